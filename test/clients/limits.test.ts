/**
 * What a limit of a key means to the person at a client: a sentence that names it after one request where waiting is no
 * use, and no more than the wait where it is. The relay does the counting.
 */
import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCodex } from './support/codex.ts'
import { keyOfUpstream, limitedKey } from './support/keys.ts'
import { createOpencode } from './support/opencode.ts'
import { startOutside, type Outside } from './support/outside.ts'
import { succeeded } from './support/process.ts'
import { startWeir, type Weir } from './support/weir.ts'

/** A thousandth of a cent for a token of output. */
const OUTPUT_RATE = 10_000_000
/** What is reserved where neither client nor model has a maximum. */
const RESERVED_OUTPUT = 8_192
/** What OpenCode asks for, by its settings in these tests. */
const OPENCODE_OUTPUT = 32_000

let weir: Weir
let outside: Outside

beforeAll(async () => {
  weir = await startWeir()
  outside = await startOutside()
  await weir.rpc('price.set', { model: 'sim-chat', rates: { input: 0, output: OUTPUT_RATE } })
})
beforeEach(() => {
  weir.relay.requests.length = 0
})
afterAll(async () => {
  await outside?.close()
  await weir?.close()
})

function statuses(): (number | null)[] {
  return weir.relay.requests.filter(({ method }) => method === 'POST').map(({ status }) => status)
}

function sdk(apiKey: string): OpenAI {
  return new OpenAI({ apiKey, baseURL: weir.baseUrl })
}

async function spendOne(apiKey: string): Promise<void> {
  await sdk(apiKey).responses.create({ model: 'sim-chat', input: 'say: one' })
  weir.relay.requests.length = 0
}

interface Refusal {
  readonly title: string
  readonly code: string
  readonly said: RegExp
  /** What Codex says of it. */
  readonly saidByCodex: RegExp
  readonly status: { readonly sdk: number; readonly codex: number; readonly opencode: number }
  /** `maxOutput`: what the client reserves for one answer, tokens. */
  readonly key: (name: string, maxOutput: number) => Promise<string>
}

const refusals: readonly Refusal[] = [
  {
    title: 'a limit of 0',
    code: 'request_over_limit',
    said: /limited to 0 requests a day/,
    saidByCodex: /limited to 0 requests a day/,
    status: { sdk: 400, codex: 400, opencode: 400 },
    key: (name) => limitedKey(weir, name, { requestsPerDay: 0 }),
  },
  {
    title: 'a spent hour',
    code: 'limit_reached',
    said: /limited to 1 request an hour; 1 is used/,
    saidByCodex: /usage limit/i,
    status: { sdk: 429, codex: 429, opencode: 403 },
    key: async (name) => {
      const secret = await limitedKey(weir, name, { requestsPerHour: 1 })
      await spendOne(secret)
      return secret
    },
  },
  {
    title: 'a spent budget without an end',
    code: 'budget_spent',
    said: /limited to \$0\.\d+ in total; .* used/,
    saidByCodex: /in total; .* used/,
    status: { sdk: 429, codex: 400, opencode: 403 },
    key: async (name, maxOutput) => {
      // Room for the reservation of one answer, and not for what the first one cost besides.
      const secret = await limitedKey(weir, name, { budgetTotal: (maxOutput * OUTPUT_RATE) / 1_000 + 1 })
      await spendOne(secret)
      return secret
    },
  },
]

describe.each(refusals)('$title', ({ code, said, saidByCodex, status, key, title }) => {
  it('costs the openai SDK one request', async () => {
    const apiKey = await key(`sdk, ${title}`, RESERVED_OUTPUT)
    const refusal = { status: status.sdk, code, message: expect.stringMatching(said) }
    await expect(sdk(apiKey).responses.create({ model: 'sim-chat', input: 'hello' })).rejects.toMatchObject(refusal)
    expect(statuses()).toEqual([status.sdk])
  })

  it('costs codex one request', async () => {
    const apiKey = await key(`codex, ${title}`, RESERVED_OUTPUT)
    const codex = await createCodex({ setup: 'custom', baseUrl: weir.baseUrl, apiKey, env: outside.env })
    const turn = await codex.turn('sim-chat', 'hello').finally(() => codex.close())
    expect(turn.code).toBe(1)
    expect(turn.failure).toMatch(saidByCodex)
    expect(statuses()).toEqual([status.codex])
  })

  it('costs opencode one request', async () => {
    const apiKey = await key(`opencode, ${title}`, OPENCODE_OUTPUT)
    const npm = '@ai-sdk/openai-compatible'
    const opencode = await createOpencode({ npm, baseUrl: weir.baseUrl, apiKey, env: outside.env })
    const asked = opencode.turn('sim-chat', 'hello', { asText: true, title: 'limited' })
    const turn = await asked.finally(() => opencode.close())
    expect(turn.code).not.toBe(0)
    expect(turn.screen).toMatch(said)
    expect(statuses()).toEqual([status.opencode])
  })
})

describe('a place that comes free', () => {
  let apiKey: string

  beforeAll(async () => {
    const secret = await keyOfUpstream(weir, { kind: 'simulator', name: 'slow', simulator: { latencyMs: 1_500 } })
    const key = (await weir.rpc('key.list', {})).find(({ name }) => name === 'slow')
    await weir.rpc('key.update', { id: key!.id, patch: { limits: { concurrentRequests: 1 } } })
    apiKey = secret
  })

  /** Runs for a second and a half. */
  async function occupy(): Promise<() => Promise<unknown>> {
    const first = sdk(apiKey).responses.create({ model: 'sim-chat', input: 'say: first' })
    await expect.poll(() => weir.relay.requests.length).toBe(1)
    return () => first
  }

  function expectOneWait(): void {
    const [, second, third] = weir.relay.requests
    expect(second).toMatchObject({ status: 429, answerHeaders: expect.objectContaining({ 'retry-after': '1' }) })
    expect(statuses().filter((status) => status === 200)).toHaveLength(2)
    expect(third!.at - second!.at).toBeGreaterThanOrEqual(900)
  }

  it('is waited for by the openai SDK', async () => {
    const first = await occupy()
    const answer = await sdk(apiKey).responses.create({ model: 'sim-chat', input: 'say: second' })
    expect(answer.output_text).toBe('second')
    await first()
    expectOneWait()
  })

  it('is waited for by codex', async () => {
    const codex = await createCodex({ setup: 'custom', baseUrl: weir.baseUrl, apiKey, env: outside.env })
    await weir.rpc('upstream.update', {
      id: (await weir.rpc('upstream.list', {})).find(({ name }) => name === 'slow')!.id,
      patch: { simulator: { latencyMs: 4_000 } },
    })
    const first = await occupy()
    const turn = succeeded(await codex.turn('sim-chat', 'say: second').finally(() => codex.close()))
    expect(turn.answer).toBe('second')
    await first()
    expectOneWait()
  })
})
