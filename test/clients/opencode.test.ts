/** The real OpenCode through Weir, with both providers that a user would configure. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createOpencode, type Opencode, type OpencodeOptions } from './support/opencode.ts'
import { startOutside, type Outside } from './support/outside.ts'
import { succeeded } from './support/process.ts'
import { bodyOf } from './support/relay.ts'
import { startWeir, type Weir } from './support/weir.ts'

let weir: Weir
let outside: Outside

beforeAll(async () => {
  weir = await startWeir()
  outside = await startOutside()
})
beforeEach(() => {
  weir.relay.requests.length = 0
})
afterAll(async () => {
  await outside?.close()
  await weir?.close()
})

const providers: readonly { npm: OpencodeOptions['npm']; path: string; history: 'messages' | 'input' }[] = [
  { npm: '@ai-sdk/openai-compatible', path: '/v1/chat/completions', history: 'messages' },
  { npm: '@ai-sdk/openai', path: '/v1/responses', history: 'input' },
]

describe.each(providers)('opencode, $npm', ({ npm, path, history }) => {
  let opencode: Opencode

  beforeAll(async () => {
    opencode = await createOpencode({ npm, baseUrl: weir.baseUrl, apiKey: weir.apiKey, env: outside.env })
  })
  afterAll(() => opencode?.close())

  it('completes a turn, and resumes its session with everything said before', async () => {
    const first = succeeded(await opencode.turn('sim-chat', 'say: remember the blue door'))
    expect(first.answer).toContain('remember the blue door')
    // A title for the session, then the turn.
    expect(weir.relay.requests.map((request) => `${request.path} ${request.status}`)).toEqual([
      `${path} 200`,
      `${path} 200`,
    ])

    weir.relay.requests.length = 0
    const second = succeeded(await opencode.turn('sim-chat', 'say: still here', { resume: first.sessionId! }))
    expect(second).toMatchObject({ sessionId: first.sessionId, answer: expect.stringContaining('still here') })
    const turn = bodyOf(weir.relay.requests.at(-1)!)[history] as { role?: string }[]
    const assistant = turn.filter((item) => item.role === 'assistant')
    expect(assistant).toHaveLength(1)
    expect(JSON.stringify(assistant)).toContain('remember the blue door')
  })

  it('completes a tool-call turn: the command runs and its output goes back', async () => {
    const turn = succeeded(await opencode.turn('sim-tools', 'run the command'))
    const ran = { command: 'echo weir-simulator', output: 'weir-simulator\n', status: 'completed' }
    expect(turn.commands).toEqual([ran])
    expect(turn.answer).toContain("The tool's output was received")
    expect(weir.relay.requests.map((request) => request.status)).toEqual([200, 200, 200])
    const { rows } = await weir.rpc('request.list', { limit: 3 })
    expect(rows.map((row) => [row.client, row.state, row.usageSource])).toEqual(
      rows.map(() => ['opencode', 'completed', 'reported']),
    )
  })

  it('takes nothing but its own plug-ins from elsewhere', () => {
    expect(outside.calls.filter((call) => !call.startsWith('registry.'))).toEqual([])
  })
})
