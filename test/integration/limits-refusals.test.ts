/** Each limit of a key at exactly its cap, over real sockets: who is served, and what the others are told. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { limitField, noLimits, type LimitField } from '../../src/shared/models/limit.ts'
import { poolKeyPrefix, publicIdOf } from '../../src/main/gateway/pool-key.ts'
import {
  chatBody,
  exactInput,
  MAX_OUTPUT,
  priceOf,
  refusalOf,
  startLimitsRig,
  type LimitsRig,
} from '../support/limits-rig.ts'
import type { RawAnswer } from '../support/raw-client.ts'

/** A Wednesday; its month ended yesterday, its week goes on. */
const START = Date.UTC(2026, 3, 1, 12, 34, 56, 250)
const MIDNIGHT = Date.UTC(2026, 3, 2)
const MONDAY = Date.UTC(2026, 3, 6)
const MAY = Date.UTC(2026, 4, 1)
const RATES = [2_000, 8_000] as const

const INPUT = exactInput(chatBody())
const ASK = INPUT + MAX_OUTPUT
const ASK_COST = INPUT * RATES[0] + MAX_OUTPUT * RATES[1]
/** What the upstream reports. */
const USED = 15
const USED_COST = 10 * RATES[0] + 5 * RATES[1]

let rig: LimitsRig

beforeEach(async () => {
  rig = await startLimitsRig({ now: START, prices: [priceOf('m', ...RATES)] })
})
afterEach(() => rig.close())

const fits = { requests: 2, tokens: USED + ASK, nanos: USED_COST + ASK_COST } as const
const unitOf = (field: LimitField): keyof typeof fits =>
  field.startsWith('requests') ? 'requests' : field.startsWith('tokens') ? 'tokens' : 'nanos'
const usedOf = { requests: 2, tokens: 2 * USED, nanos: 2 * USED_COST } as const
const asksOf = { requests: 1, tokens: ASK, nanos: ASK_COST } as const

const timed = [
  ['requestsPerMinute', 'limit_reached', START - 250 + 60_000],
  ['requestsPerHour', 'limit_reached', START - 56_250 + 3_600_000],
  ['requestsPerDay', 'limit_reached', MIDNIGHT],
  ['tokensPerMinute', 'limit_reached', START - 250 + 60_000],
  ['tokensPerDay', 'limit_reached', MIDNIGHT],
  ['tokensPerWeek', 'limit_reached', MONDAY],
  ['budgetPerDay', 'budget_spent', MIDNIGHT],
  ['budgetPerWeek', 'budget_spent', MONDAY],
  ['budgetPerMonth', 'budget_spent', MAY],
  ['budgetTotal', 'budget_spent', null],
] as const satisfies readonly (readonly [LimitField, string, number | null])[]

function expectHeaders(answer: RawAnswer, unit: 'requests' | 'tokens' | 'nanos', facts: object): void {
  const named = (name: string) => answer.headers[`x-ratelimit-${name}-${unit}`]
  const all = Object.keys(answer.headers).filter((name) => name.startsWith('x-ratelimit-'))
  if (unit === 'nanos') expect(all).toEqual([])
  else expect({ limit: named('limit'), remaining: named('remaining'), reset: named('reset') }).toMatchObject(facts)
}

describe('a limit over time', () => {
  it.each(timed)('%s lets exactly its cap through and says %s', async (field, code, resetAt) => {
    const unit = unitOf(field)
    const cap = fits[unit]
    const key = rig.key({ [field]: cap })
    const prefix = poolKeyPrefix(publicIdOf(key))
    const served = rig.upstream.bodies.length
    expect(await rig.statuses(key, 2)).toEqual([200, 200])
    const refused = await rig.ask(key)
    expect(refused.status).toBe(429)
    expect(rig.upstream.bodies.length).toBe(served + 2)
    const { code: said, limit, message, type } = refusalOf(refused)
    expect([said, type]).toEqual([code, 'rate_limit_error'])
    const numbers = { limit: cap, used: usedOf[unit], requested: asksOf[unit], resetAt }
    expect(limit).toEqual({ key: prefix, rule: field, model: null, ...numbers })
    expect(message).toContain(prefix)
    const seconds = resetAt === null ? null : Math.ceil((resetAt - START) / 1_000)
    expect(refused.headers['retry-after']).toBe(seconds === null ? undefined : String(seconds))
    expect(refused.headers['x-should-retry']).toBe(seconds === null || seconds > 60 ? 'false' : undefined)
    const remaining = String(Math.max(0, cap - usedOf[unit]))
    expectHeaders(refused, unit, { limit: String(cap), remaining, reset: `${seconds}s` })
    expect(rig.gateway.rows().at(-1)).toMatchObject({ state: 'refused', status: 429, error_code: code, attempts: 0 })
  })

  it.each(timed)('%s lets one less through with a cap that is one smaller', async (field) => {
    const unit = unitOf(field)
    const key = rig.key({ [field]: fits[unit] - 1 })
    expect(await rig.statuses(key, 2)).toEqual([200, 429])
  })

  it.each(timed.filter(([, , resetAt]) => resetAt !== null))('%s frees at the moment it named', async (field) => {
    const key = rig.key({ [field]: fits[unitOf(field)] })
    expect(await rig.statuses(key, 3)).toEqual([200, 200, 429])
    const { limit } = refusalOf(await rig.ask(key))
    rig.clock.now = (limit?.resetAt ?? 0) - 1
    expect((await rig.ask(key)).status).toBe(429)
    rig.clock.now += 1
    expect((await rig.ask(key)).status).toBe(200)
  })

  it('names the one that frees last of several', async () => {
    const key = rig.key({ requestsPerMinute: 1, requestsPerDay: 1, tokensPerWeek: fits.tokens - 1 })
    expect(await rig.statuses(key, 2)).toEqual([200, 429])
    expect(refusalOf(await rig.ask(key)).limit).toMatchObject({ rule: 'tokensPerWeek', used: USED })
  })

  it('warns from 80 % and from 95 % on', async () => {
    const key = rig.key({ requestsPerDay: 20 })
    const warnings: (string | undefined)[] = []
    for (let sent = 0; sent < 20; sent++) warnings.push((await rig.ask(key)).headers['x-weir-limit-warning'])
    const expected = Array.from({ length: 20 }, (_, index) => `requestsPerDay ${(index + 1) * 5}%`)
    expect(warnings).toEqual(expected.map((text, index) => (index < 15 ? undefined : text)))
  })
})

describe('a limit of one request', () => {
  it('refuses more input than it allows for good, and takes exactly as much', async () => {
    const key = rig.key({ inputTokensPerRequest: INPUT })
    expect((await rig.ask(key)).status).toBe(200)
    const long = chatBody({ messages: [{ role: 'user', content: 'hello hello' }] })
    const refused = await rig.ask(key, { body: long })
    expect(refused.status).toBe(400)
    expect(refused.headers).toMatchObject({ 'x-should-retry': 'false' })
    expect(refused.headers['retry-after']).toBeUndefined()
    const { code, type, limit } = refusalOf(refused)
    expect([code, type]).toEqual(['request_over_limit', 'invalid_request_error'])
    expect(limit).toMatchObject({ limit: INPUT, used: 0, requested: exactInput(long), resetAt: null })
  })

  it('sends a smaller maximum of output on, and charges that', async () => {
    const key = rig.key({ outputTokensPerRequest: 7, tokensPerDay: INPUT + 7 })
    expect((await rig.ask(key)).status).toBe(200)
    expect(rig.upstream.bodies.at(-1)).toMatchObject({ max_tokens: 7 })
    expect(rig.gateway.settled.at(-1)).toMatchObject({ usage: { input: 10, output: 5 } })
  })

  it('is told apart from a limit that is only used up: what can never fit is a 400', async () => {
    const key = rig.key({ tokensPerDay: ASK - 1 })
    const refused = await rig.ask(key)
    expect(refused.status).toBe(400)
    expect(refusalOf(refused)).toMatchObject({ code: 'request_over_limit', limit: { requested: ASK, used: 0 } })
    expect(refusalOf(refused).message).toContain('A smaller maximum of output tokens')
    expect((await rig.ask(key, { body: chatBody({ max_tokens: MAX_OUTPUT - 1 }) })).status).toBe(200)
  })
})

describe('a limit on what runs at a time', () => {
  it('counts what runs, and only that', async () => {
    const key = rig.key({ concurrentRequests: 2 })
    const before = rig.upstream.bodies.length
    const running = [1, 2].map(() => rig.ask(key, { plan: { holdAt: 'head' } }))
    await rig.upstream.arrived(before + 2)
    const refused = await rig.ask(key)
    expect([refused.status, refused.headers['retry-after'], refused.headers['x-should-retry']]).toEqual([
      429,
      '1',
      undefined,
    ])
    const { code, limit } = refusalOf(refused)
    expect(code).toBe('concurrency_limit_reached')
    expect(limit).toMatchObject({ limit: 2, used: 2, requested: 1, resetAt: null })
    rig.upstream.release()
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200])
    expect((await rig.ask(key)).status).toBe(200)
  })
})

describe('a limit that is blank or 0', () => {
  it('caps nothing when blank', async () => {
    const key = rig.key(noLimits)
    const answer = await rig.ask(key)
    expect(answer.status).toBe(200)
    expect(Object.keys(answer.headers).filter((name) => /^x-(?:ratelimit|weir-limit)/.test(name))).toEqual([])
  })

  it.each(limitField.options)('%s of 0 denies for good, without counting a token', async (field) => {
    const key = rig.key({ [field]: 0 })
    const [served, counted] = [rig.upstream.bodies.length, rig.gateway.counted.length]
    const refused = await rig.ask(key)
    expect([refused.status, refused.headers['x-should-retry'], refused.headers['retry-after']]).toEqual([
      400,
      'false',
      undefined,
    ])
    const { code, limit } = refusalOf(refused)
    expect(code).toBe('request_over_limit')
    expect(limit).toMatchObject({ rule: field, limit: 0, used: 0, resetAt: null })
    expect([rig.upstream.bodies.length, rig.gateway.counted.length]).toEqual([served, counted])
  })
})
