/** The real Codex CLI through Weir, in the three ways in which people point it at a gateway. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCodex, type Codex, type CodexSetup } from './support/codex.ts'
import { succeeded } from './support/process.ts'
import { startOutside, type Outside } from './support/outside.ts'
import { bodyOf, turnsOf, type RelayedRequest } from './support/relay.ts'
import { startWeir, type Weir } from './support/weir.ts'

const zstdMagic = '28b52ffd'

let weir: Weir
let outside: Outside

beforeAll(async () => {
  weir = await startWeir()
  outside = await startOutside()
})
beforeEach(() => {
  weir.relay.requests.length = 0
  outside.calls.length = 0
})
afterAll(async () => {
  await outside?.close()
  await weir?.close()
})

function turns(): RelayedRequest[] {
  return turnsOf(weir.relay.requests)
}

/** As where no upstream of the Pool speaks WebSocket. */
async function overHttp<T>(use: () => Promise<T>): Promise<T> {
  await weir.rpc('settings.update', { patch: { 'gateway.maxSockets': 0 } })
  return use().finally(() => weir.rpc('settings.update', { patch: { 'gateway.maxSockets': null } }))
}

function upgrades(): RelayedRequest[] {
  return weir.relay.requests.filter((request) => request.headers['upgrade'] === 'websocket')
}

function inputOf(request: RelayedRequest): { type: string; role?: string; content?: { text: string }[] }[] {
  return bodyOf(request)['input'] as ReturnType<typeof inputOf>
}

const setups: readonly { setup: CodexSetup; title: string; way: 'POST' | 'WS' }[] = [
  { setup: 'custom', title: 'codex, custom provider', way: 'POST' },
  { setup: 'builtin', title: 'codex, built-in provider with an API key', way: 'WS' },
  { setup: 'chatgpt', title: 'codex, built-in provider with a ChatGPT login', way: 'WS' },
]

describe.each(setups)('$title', ({ setup, way }) => {
  let codex: Codex

  beforeAll(async () => {
    codex = await createCodex({ setup, baseUrl: weir.baseUrl, apiKey: weir.apiKey, env: outside.env })
  })
  afterAll(() => codex?.close())

  it('completes a turn', async () => {
    const turn = succeeded(await codex.turn('sim-chat', 'say: the gate is open'))
    expect(turn).toMatchObject({ answer: 'the gate is open', failure: undefined })
    expect(turns().map(({ method, status }) => [method, status])).toEqual([[way, 200]])
  })

  it('resumes the session with everything said before', async () => {
    const first = succeeded(await codex.turn('sim-chat', 'say: remember the blue door'))
    const second = succeeded(await codex.turn('sim-chat', 'say: still here', { resume: true }))
    expect(second).toMatchObject({ answer: 'still here', threadId: first.threadId })
    const assistant = inputOf(turns().at(-1)!).filter((item) => item.role === 'assistant')
    expect(assistant.map((item) => item.content?.[0]?.text)).toEqual(['remember the blue door'])
  })

  it('completes a tool-call turn: the command runs and its output goes back', async () => {
    const turn = succeeded(await codex.turn('sim-tools', 'run the command'))
    expect(turn).toMatchObject({
      commands: [{ command: expect.stringContaining('echo weir-simulator'), output: 'weir-simulator\n', exitCode: 0 }],
      answer: expect.stringContaining("The tool's output was received"),
    })
    expect(turns().map((request) => request.status)).toEqual([200, 200])
    expect(inputOf(turns()[1]!).at(-1)?.type).toBe('function_call_output')
  })

  it('resumes a session that used a tool', async () => {
    const first = succeeded(await codex.turn('sim-tools', 'run the command'))
    const second = succeeded(await codex.turn('sim-chat', 'say: carried on', { resume: true }))
    expect(second).toMatchObject({ answer: 'carried on', threadId: first.threadId })
    const types = inputOf(turns().at(-1)!).map((item) => item.type)
    expect(types).toEqual(expect.arrayContaining(['function_call', 'function_call_output']))
  })

  it('reports the usage that Weir logs', async () => {
    const turn = succeeded(await codex.turn('sim-chat', 'say: counted'))
    const usage = turn.events.find((event) => event.type === 'turn.completed')?.usage
    const { rows } = await weir.rpc('request.list', { limit: 1 })
    expect(rows[0]).toMatchObject({ client: 'codex', state: 'completed', stream: true, usageSource: 'reported' })
    expect(rows[0]?.usage.input).toBe(usage?.input_tokens)
    expect(rows[0]?.usage.output).toBe(usage?.output_tokens)
  })
})

describe('codex and the WebSocket', () => {
  it.each(['builtin', 'chatgpt'] as const)('falls back to HTTP at once and without a word (%s)', async (setup) => {
    const codex = await createCodex({ setup, baseUrl: weir.baseUrl, apiKey: weir.apiKey, env: outside.env })
    const asked = overHttp(() => codex.turn('sim-chat', 'say: over http'))
    const turn = succeeded(await asked.finally(() => codex.close()))
    expect(turn.answer).toBe('over http')
    expect(upgrades().map((request) => request.status)).toEqual([426])
    expect(turns().map(({ method, status }) => [method, status])).toEqual([['POST', 200]])
    expect(turn.events.filter((event) => event.type === 'error')).toEqual([])
    expect(turn.screen).not.toMatch(/falling back|reconnecting/i)
  })

  it.each(['builtin', 'chatgpt'] as const)('has its turns over one (%s)', async (setup) => {
    const codex = await createCodex({ setup, baseUrl: weir.baseUrl, apiKey: weir.apiKey, env: outside.env })
    const turn = succeeded(await codex.turn('sim-tools', 'run the command').finally(() => codex.close()))
    expect(turn.answer).toContain("The tool's output was received")
    expect(
      upgrades()
        .filter(({ method }) => method === 'GET')
        .map(({ status }) => status),
    ).toEqual([101])
    expect(turns().map(({ method, status }) => [method, status])).toEqual([
      ['WS', 200],
      ['WS', 200],
    ])
    // It sends nothing but what is new.
    expect(inputOf(turns()[1]!).map(({ type }) => type)).toEqual(['function_call_output'])
    const { rows } = await weir.rpc('request.list', { limit: 2 })
    expect(rows.map(({ route, state }) => [route, state])).toEqual(rows.map(() => ['WS /v1/responses', 'completed']))
    expect(turn.screen).not.toMatch(/falling back|reconnecting/i)
  })

  it('is not tried by a custom provider', async () => {
    const codex = await createCodex({ setup: 'custom', baseUrl: weir.baseUrl, apiKey: weir.apiKey, env: outside.env })
    await codex.turn('sim-chat', 'say: hello').finally(() => codex.close())
    expect(weir.relay.requests.map((request) => `${request.method} ${request.path}`)).toEqual(['POST /v1/responses'])
    expect(outside.calls).toEqual([])
  })
})

describe('codex with a ChatGPT login', () => {
  it('sends zstd bodies, which Weir decodes, and reads the model list Weir offers it', async () => {
    const codex = await createCodex({ setup: 'chatgpt', baseUrl: weir.baseUrl, apiKey: weir.apiKey, env: outside.env })
    const asked = overHttp(() => codex.turn('sim-tools', 'run the command'))
    const turn = succeeded(await asked.finally(() => codex.close()))
    expect(turns()).toHaveLength(2)
    for (const request of turns()) {
      expect(request.headers['content-encoding']).toBe('zstd')
      expect(request.body.toString('hex', 0, 4)).toBe(zstdMagic)
      expect(request.headers['chatgpt-account-id']).toBe('account-of-the-user')
    }
    const lists = weir.relay.requests.filter((request) => request.path.startsWith('/v1/models?client_version='))
    expect(lists.length).toBeGreaterThan(0)
    expect(lists.map((request) => request.status)).toEqual(lists.map(() => 200))
    expect(turn.screen).not.toMatch(/failed to refresh available models|Model metadata for .* not found/)
  })

  it('asks nobody for a new login', async () => {
    const codex = await createCodex({ setup: 'chatgpt', baseUrl: weir.baseUrl, apiKey: weir.apiKey, env: outside.env })
    await codex.turn('sim-chat', 'say: hello').finally(() => codex.close())
    // It looks up account settings there, which is its own affair and fails without harm; a token refresh would not be.
    expect(outside.calls.filter((call) => !call.startsWith('chatgpt.com:'))).toEqual([])
  })
})
