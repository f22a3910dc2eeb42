/** A 429 with Retry-After: clients wait as they are told, try a bounded number of times, and go on when it is over. */
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { generateText } from 'ai'
import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { SimulatorBehaviour } from '../../src/shared/models/upstream.ts'
import { createCodex, type Codex } from './support/codex.ts'
import { keyOfUpstream } from './support/keys.ts'
import { createOpencode } from './support/opencode.ts'
import { startOutside, type Outside } from './support/outside.ts'
import { succeeded } from './support/process.ts'
import { startWeir, type Weir } from './support/weir.ts'

const limited: Partial<SimulatorBehaviour> = { fault: 'status', faultStatus: 429, retryAfterSeconds: 1 }

let weir: Weir
let outside: Outside
let apiKey: string
let codex: Codex

async function behave(simulator: Partial<SimulatorBehaviour>): Promise<void> {
  const upstream = (await weir.rpc('upstream.list', {})).find((each) => each.name === 'limited')
  await weir.rpc('upstream.update', { id: upstream!.id, patch: { simulator } })
}

beforeAll(async () => {
  weir = await startWeir()
  outside = await startOutside()
  apiKey = await keyOfUpstream(weir, { kind: 'simulator', name: 'limited' })
  codex = await createCodex({ setup: 'custom', baseUrl: weir.baseUrl, apiKey, env: outside.env })
})
beforeEach(async () => {
  await behave(limited)
  weir.relay.requests.length = 0
})
afterAll(async () => {
  await codex?.close()
  await outside?.close()
  await weir?.close()
})

/** Every refusal said when to come back, and nobody came back sooner. */
function expectPatience(requestCount: number): void {
  const { requests } = weir.relay
  expect(requests).toHaveLength(requestCount)
  expect(requests.map((request) => [request.status, request.answerHeaders['retry-after']])).toEqual(
    requests.map(() => [429, '1']),
  )
  const waits = requests.slice(1).map((request, index) => request.at - requests[index]!.at)
  // Timers may fire a little early, and the relay sees a request a little after it was sent.
  expect(waits.filter((wait) => wait < 900)).toEqual([])
}

describe('a rate limit that stays', () => {
  it('costs the openai SDK three requests', async () => {
    const client = new OpenAI({ apiKey, baseURL: weir.baseUrl })
    const asked = client.responses.create({ model: 'sim-chat', input: 'hello' })
    await expect(asked).rejects.toMatchObject({ status: 429, message: expect.stringMatching(/limit|cooling|later/i) })
    expectPatience(3)
  })

  it('costs the ai SDK three requests', async () => {
    const model = createOpenAICompatible({ name: 'weir', baseURL: weir.baseUrl, apiKey })('sim-chat')
    const failure = { name: 'AI_RetryError', lastError: expect.objectContaining({ statusCode: 429 }) }
    await expect(generateText({ model, prompt: 'hello' })).rejects.toMatchObject(failure)
    expectPatience(3)
  })

  it('costs codex six requests', async () => {
    const turn = await codex.turn('sim-chat', 'hello')
    expect(turn.code).toBe(1)
    expect(turn.failure).toContain('429')
    expectPatience(6)
  })

  it('costs opencode six requests', async () => {
    const npm = '@ai-sdk/openai-compatible'
    const opencode = await createOpencode({ npm, baseUrl: weir.baseUrl, apiKey, env: outside.env })
    const asked = opencode.turn('sim-chat', 'hello', { asText: true, title: 'limited' })
    const turn = await asked.finally(() => opencode.close())
    expect(turn.code).not.toBe(0)
    expect(turn.screen).toMatch(/Error: .*(limit|cooling|later)/i)
    expectPatience(6)
  })
})

describe('a rate limit that passes', () => {
  /** Lifts the limit as soon as the first request has met it. */
  async function liftAfterFirst(): Promise<void> {
    await expect.poll(() => weir.relay.requests[0]?.status, { timeout: 10_000 }).toBe(429)
    await behave({ fault: 'none' })
  }

  function expectOneSuccess(): void {
    const statuses = weir.relay.requests.map((request) => request.status)
    expect(statuses.at(-1)).toBe(200)
    expect(statuses.slice(0, -1).every((status) => status === 429)).toBe(true)
    expect(statuses.length).toBeLessThanOrEqual(3)
  }

  it('is waited out by the openai SDK', async () => {
    const client = new OpenAI({ apiKey, baseURL: weir.baseUrl })
    const asked = client.responses.create({ model: 'sim-chat', input: 'say: patience' })
    const [answer] = await Promise.all([asked, liftAfterFirst()])
    expect(answer.output_text).toBe('patience')
    expectOneSuccess()
  })

  it('is waited out by codex', async () => {
    const [turn] = await Promise.all([codex.turn('sim-chat', 'say: patience'), liftAfterFirst()])
    expect(succeeded(turn).answer).toBe('patience')
    expectOneSuccess()
  })
})
