/** Limits on what passes as it is: what is charged before it is sent, what after, and what is refused. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { publicIdOf } from '../../src/main/gateway/pool-key.ts'
import { countRequest } from '../../src/main/tokens/counter.ts'
import { upperBound } from '../../src/main/tokens/upper-bound.ts'
import type { LimitField, Limits } from '../../src/shared/models/limit.ts'
import { startGateway, upstreamRecord, type GatewayRig } from '../support/gateway-rig.ts'
import { priceOf, rulesOf } from '../support/limits-rig.ts'
import { FORM_TYPE, formBytes, noise, startPlainPeer, type PlainPeer } from '../support/plain-peer.ts'
import { errorOf, exchange } from '../support/raw-client.ts'

/** Nano-dollars per token. */
const IN = 5
const OUT = 40
const IMAGE = 16_384

let rig: GatewayRig
let peer: PlainPeer

beforeEach(async () => {
  rig = await startGateway({
    prices: [priceOf('gpt-image-1', IN, OUT), priceOf('m', IN, OUT), priceOf('whisper-1', IN, OUT)],
  })
  peer = await startPlainPeer()
  rig.pool([upstreamRecord('a', peer.url, { kind: 'openai' })])
})
afterEach(async () => {
  await rig.close()
  await peer.close()
})

const keyWith = (caps: Partial<Limits>) => rig.key({ limits: rulesOf(caps) })
const picture = { model: 'gpt-image-1', prompt: 'a fox', n: 2 }
const pictureBound = upperBound(Buffer.from(JSON.stringify(picture)), 'gpt-image-1')
const recording = noise(44_000)
const form = formBytes([
  { name: 'model', value: 'whisper-1' },
  { name: 'file', value: recording, file: 'x.wav' },
])

function ask(key: string, path: string, body: unknown) {
  const headers = Buffer.isBuffer(body) ? ([['content-type', FORM_TYPE]] as const) : []
  return exchange(rig.port, { path, key, body, headers })
}

function used(key: string, field: LimitField) {
  const record = rig.directory.keyByPublicId(publicIdOf(key))
  const state = record && rig.ledger.states(record, Date.now()).find((each) => each.field === field)
  return { used: state?.used, reserved: state?.reserved }
}

describe('pictures under a limit', () => {
  it('are charged as their figures say, in tokens and money', async () => {
    peer.answer = { body: { data: [], usage: { input_tokens: 12, output_tokens: 544 } } }
    const key = keyWith({ tokensPerDay: 1_000_000, budgetPerDay: 1_000_000_000 })
    const answer = await ask(key, '/v1/images/generations', picture)
    expect(answer.status).toBe(200)
    expect(used(key, 'tokensPerDay')).toEqual({ used: 556, reserved: 0 })
    expect(used(key, 'budgetPerDay')).toEqual({ used: 12 * IN + 544 * OUT, reserved: 0 })
  })

  it('hold what they may use up at most while they are made, by their number', async () => {
    const most = pictureBound + 2 * IMAGE
    const gate = Promise.withResolvers<void>()
    const held: { used?: number | undefined; reserved?: number | undefined }[] = []
    const key = keyWith({ tokensPerDay: most })
    peer.answer = () => {
      held.push(used(key, 'tokensPerDay'))
      gate.resolve()
      return { body: { data: [], usage: { input_tokens: 1, output_tokens: 2 } } }
    }
    expect((await ask(key, '/v1/images/generations', picture)).status).toBe(200)
    await gate.promise
    expect(held).toEqual([{ used: most, reserved: most }])
    const refused = await ask(keyWith({ tokensPerDay: most - 1 }), '/v1/images/generations', picture)
    expect([refused.status, errorOf(refused).code]).toEqual([400, 'request_over_limit'])
  })

  it('of a form are bounded by their files, not by their bytes', async () => {
    const body = formBytes([
      { name: 'model', value: 'gpt-image-1' },
      { name: 'image', value: noise(300_000), file: 'a.png' },
      { name: 'n', value: '3' },
    ])
    const most = 'gpt-image-1'.length + '3'.length + IMAGE + 3 * IMAGE
    expect((await ask(keyWith({ tokensPerDay: most }), '/v1/images/edits', body)).status).toBe(200)
    expect((await ask(keyWith({ tokensPerDay: most - 1 }), '/v1/images/edits', body)).status).toBe(400)
    expect(rig.counted).toEqual([])
  })

  it('without figures cost a request, and no tokens', async () => {
    peer.answer = { body: { data: [{ b64_json: 'A'.repeat(5_000) }] } }
    const key = keyWith({ tokensPerDay: 1_000_000, requestsPerDay: 1 })
    expect((await ask(key, '/v1/images/generations', picture)).status).toBe(200)
    expect([used(key, 'tokensPerDay'), used(key, 'requestsPerDay')]).toEqual([
      { used: 0, reserved: 0 },
      { used: 1, reserved: 0 },
    ])
    expect((await ask(key, '/v1/images/generations', picture)).status).toBe(429)
  })

  it('without a price are refused under a budget', async () => {
    const answer = await ask(keyWith({ budgetPerDay: 1_000_000_000 }), '/v1/images/generations', { model: 'other' })
    expect([answer.status, errorOf(answer).code, peer.calls.length]).toEqual([403, 'model_unpriced', 0])
  })
})

describe('a recording under a limit', () => {
  it('is bounded by its length, and charged as its figures say', async () => {
    peer.answer = { body: { text: 'a', usage: { type: 'tokens', input_tokens: 140, output_tokens: 45 } } }
    const most = 'whisper-1'.length + recording.length / 44 + 8_192
    const key = keyWith({ tokensPerDay: most })
    expect((await ask(key, '/v1/audio/transcriptions', form)).status).toBe(200)
    expect(used(key, 'tokensPerDay')).toEqual({ used: 185, reserved: 0 })
    expect((await ask(keyWith({ tokensPerDay: most - 1 }), '/v1/audio/transcriptions', form)).status).toBe(400)
  })
})

describe('a compaction under a limit', () => {
  const body = { model: 'm', input: [{ role: 'user', content: 'word '.repeat(400) }], max_output_tokens: 10 }
  const exact = countRequest('responses', Buffer.from(JSON.stringify(body)))

  it('is counted by a tokenizer where only that fits', async () => {
    peer.answer = { body: { output: [], usage: { input_tokens: 400, output_tokens: 6 } } }
    const key = keyWith({ tokensPerDay: exact + 10 })
    expect((await ask(key, '/v1/responses/compact', body)).status).toBe(200)
    expect([rig.counted.length, used(key, 'tokensPerDay')]).toEqual([1, { used: 406, reserved: 0 }])
    expect((await ask(keyWith({ tokensPerDay: exact + 9 }), '/v1/responses/compact', body)).status).toBe(400)
  })

  it('without figures is charged by what was sent and what came', async () => {
    peer.answer = { body: { output: ['x'.repeat(400)] } }
    const key = keyWith({ tokensPerDay: 100_000 })
    const long = { ...body, max_output_tokens: 1_000 }
    const answer = await ask(key, '/v1/responses/compact', long)
    const sent = countRequest('responses', Buffer.from(JSON.stringify(long)))
    const sum = sent + Math.ceil(answer.body.length / 4)
    await expect.poll(() => used(key, 'tokensPerDay')).toEqual({ used: sum, reserved: 0 })
    expect(rig.rows().at(-1)).toMatchObject({ usage_source: 'estimated' })
  })

  it('without figures is charged no more than it held', async () => {
    peer.answer = { body: { output: ['x'.repeat(400)] } }
    const key = keyWith({ tokensPerDay: 100_000 })
    await ask(key, '/v1/responses/compact', body)
    await expect.poll(() => used(key, 'tokensPerDay')).toEqual({ used: exact + 10, reserved: 0 })
  })
})

describe('files under a limit', () => {
  it('are requests, and nothing that a budget or a model could count', async () => {
    peer.answer = { body: { id: 'file-1', object: 'file' } }
    const limits = rulesOf({ requestsPerDay: 2, budgetPerDay: 1, tokensPerDay: 1 })
    const key = rig.key({ limits, modelPolicy: { mode: 'none' } })
    expect((await ask(key, '/v1/files', form)).status).toBe(200)
    expect((await exchange(rig.port, { method: 'GET', path: '/v1/files/file-1', key })).status).toBe(200)
    expect(used(key, 'tokensPerDay')).toEqual({ used: 0, reserved: 0 })
    expect((await ask(key, '/v1/files', form)).status).toBe(429)
    expect(rig.rows().at(-2)).toMatchObject({ model: 'files', usage_source: 'none', state: 'completed' })
  })
})
