import { describe, expect, it } from 'vitest'
import { limits as limitsSchema, type Limits } from '../../../shared/models/limit.ts'
import { createLedger, type Ask } from './ledger.ts'
import type { Reservation } from './reservation.ts'
import { compileLimits } from './rules.ts'
import type { LimitRefusal } from './verdict.ts'

const NOON = Date.parse('2026-11-21T12:00Z')
const MINUTE = 60_000
const some = (set: Partial<Limits>) => limitsSchema.parse(set)
const NOTHING = { requests: 0, tokens: 0, costNanos: 0 }

function keyWith(own: Partial<Limits>, overrides: Record<string, Partial<Limits>> = {}) {
  const rows = Object.entries(overrides).map(([model, set]) => ({ id: `row-${model}`, model, limits: some(set) }))
  return { id: 'k', prefix: 'sk-weir-abc', limits: compileLimits(some(own), rows) }
}

const ask = (over: Partial<Ask> = {}): Ask => ({
  at: NOON,
  model: 'gpt-5',
  sentModel: 'gpt-5',
  input: 10,
  output: 5,
  costNanos: 100,
  ...over,
})

const utcLedger = () => createLedger({ zone: () => 'UTC' })
const admitted = (answer: Reservation | LimitRefusal): Reservation =>
  answer.kind === 'reserved' ? answer : expect.fail(JSON.stringify(answer))

describe('ledger', () => {
  it.each([
    { requestsPerMinute: 100 },
    { requestsPerDay: 100 },
    { tokensPerMinute: 1_500 },
    { tokensPerWeek: 1_514 },
    { concurrentRequests: 100 },
    { budgetPerMonth: 10_000 },
    { budgetTotal: 10_099 },
  ])('lets exactly 100 of 10,000 concurrent asks pass under %j', async (set) => {
    const ledger = utcLedger()
    const key = keyWith(set)
    const client = async (index: number) => {
      await new Promise((go) => setImmediate(go))
      if (index % 3 === 0) await Promise.resolve()
      return ledger.reserve(key, ask()).kind === 'reserved'
    }
    const answers = await Promise.all(Array.from({ length: 10_000 }, (_, index) => client(index)))
    expect(answers.filter(Boolean).length).toBe(100)
  })

  it.each([
    [{ requestsPerMinute: 0 }, 'requestsPerMinute', 1],
    [{ tokensPerDay: 0 }, 'tokensPerDay', 15],
    [{ tokensPerDay: 14 }, 'tokensPerDay', 15],
    [{ concurrentRequests: 0 }, 'concurrentRequests', 1],
    [{ budgetTotal: 0 }, 'budgetTotal', 100],
    [{ budgetPerDay: 99 }, 'budgetPerDay', 100],
    [{ inputTokensPerRequest: 9 }, 'inputTokensPerRequest', 10],
    [{ inputTokensPerRequest: 0 }, 'inputTokensPerRequest', 10],
    [{ outputTokensPerRequest: 0 }, 'outputTokensPerRequest', 5],
  ])('under %j can never serve it', (set, field, requested) => {
    const refusal = { kind: 'never', keyPrefix: 'sk-weir-abc', rule: null, model: null, used: 0, retryAt: null }
    const limit = Object.values(set)[0]
    expect(utcLedger().reserve(keyWith(set), ask())).toEqual({ ...refusal, field, limit, requested })
  })

  it('names the override that refuses, and leaves other models alone', () => {
    const ledger = utcLedger()
    const key = keyWith({ requestsPerDay: 3 }, { 'gpt-5*': { requestsPerMinute: 1 } })
    expect(admitted(ledger.reserve(key, ask())).rule).toBe('row-gpt-5*')
    expect(ledger.reserve(key, ask({ at: NOON + 500 }))).toEqual({
      kind: 'rate',
      keyPrefix: 'sk-weir-abc',
      rule: 'row-gpt-5*',
      model: 'gpt-5*',
      field: 'requestsPerMinute',
      limit: 1,
      used: 1,
      requested: 1,
      retryAt: NOON + MINUTE,
    })
    const other = { model: 'claude', sentModel: 'claude' }
    expect(admitted(ledger.reserve(key, ask(other))).rule).toBeNull()
    admitted(ledger.reserve(key, ask({ at: NOON + MINUTE })))
    expect(ledger.reserve(key, ask({ ...other, at: NOON + MINUTE }))).toMatchObject({
      rule: null,
      field: 'requestsPerDay',
      used: 3,
    })
  })

  it.each([
    // What can never fit goes before what frees late, and that before what frees early.
    [{ requestsPerMinute: 1, tokensPerDay: 29, inputTokensPerRequest: 11 }, { input: 12 }, 'inputTokensPerRequest'],
    [{ requestsPerMinute: 1, tokensPerDay: 29, budgetTotal: 150 }, {}, 'budgetTotal'],
    [{ requestsPerMinute: 1, tokensPerDay: 29, budgetPerMonth: 150 }, {}, 'budgetPerMonth'],
    [{ requestsPerMinute: 1, tokensPerDay: 29 }, {}, 'tokensPerDay'],
    [{ requestsPerMinute: 1, concurrentRequests: 1 }, {}, 'requestsPerMinute'],
    [{ concurrentRequests: 1 }, {}, 'concurrentRequests'],
  ])('of what refuses under %j for %j names %s', (set, over, field) => {
    const ledger = utcLedger()
    admitted(ledger.reserve(keyWith(set), ask()))
    expect(ledger.reserve(keyWith(set), ask(over))).toMatchObject({ field })
  })

  it('says when a budget is there again, by the zone and across a change of its clock', () => {
    const ledger = createLedger({ zone: () => 'Europe/Berlin' })
    const at = Date.parse('2026-10-24T22:30Z')
    const key = keyWith({ budgetPerDay: 100 })
    admitted(ledger.reserve(key, ask({ at })))
    const refusal = { kind: 'budget', used: 100, retryAt: Date.parse('2026-10-25T23:00Z') }
    expect(ledger.reserve(key, ask({ at: at + 1 }))).toMatchObject(refusal)
    admitted(ledger.reserve(key, ask({ at: refusal.retryAt })))
  })

  it('charges what ends in the next minute or day to where it began', () => {
    const ledger = utcLedger()
    const key = keyWith({ tokensPerMinute: 1_000, tokensPerDay: 1_000, tokensPerWeek: 1_000, budgetTotal: 1_000 })
    const late = Date.parse('2026-11-21T23:59:59Z')
    const first = admitted(ledger.reserve(key, ask({ at: late })))
    const used = (at: number) => ledger.states(key, at).map(({ used }) => used)
    expect(used(late + 1_000)).toEqual([15, 0, 15, 100])
    ledger.settle(first, { tokens: 40, costNanos: 300 })
    expect(used(late + 1_000)).toEqual([40, 0, 40, 300])
    expect(used(late + MINUTE)).toEqual([0, 0, 40, 300])
  })

  it('counts a key without limits, so that a limit set later knows what was used', () => {
    const ledger = utcLedger()
    const bare = { id: 'k', prefix: 'sk-weir-abc', limits: null }
    for (let index = 0; index < 7; index++)
      ledger.settle(admitted(ledger.reserve(bare, ask())), { tokens: 3, costNanos: 2 })
    const key = keyWith({
      requestsPerMinute: 9,
      requestsPerHour: 9,
      requestsPerDay: 9,
      tokensPerWeek: 99,
      budgetTotal: 99,
    })
    expect(ledger.states(key, NOON).map(({ used }) => used)).toEqual([7, 7, 7, 21, 14])
    expect(ledger.states(bare, NOON)).toEqual([])
  })

  it('makes room by better figures for those that hold bounds', () => {
    const ledger = utcLedger()
    const key = keyWith({ tokensPerMinute: 100 }, { 'o*': {} })
    const first = admitted(ledger.reserve(key, ask({ input: 80, output: 5 })))
    const other = admitted(
      ledger.reserve(key, ask({ model: 'o3', sentModel: 'o3', input: 1, output: 1, isExact: true })),
    )
    expect(ledger.reserve(key, ask({ input: 20 })).kind).toBe('rate')
    expect(ledger.unrefined('k', null)).toEqual([first])
    expect(ledger.unrefined('k', other.rule)).toEqual([])
    ledger.refine(first, { input: 30, costNanos: 7 })
    expect(ledger.unrefined('k', null)).toEqual([])
    expect(first).toMatchObject({ input: 30, output: 5, costNanos: 7 })
    admitted(ledger.reserve(key, ask({ input: 20 })))
    expect(ledger.states(key, NOON)[0]).toMatchObject({ used: 62, reserved: 62, limit: 100, resetAt: NOON })
  })

  it('names what is left for the heads of answers', () => {
    const ledger = utcLedger()
    const key = keyWith(
      { requestsPerMinute: 5, requestsPerDay: 5, tokensPerMinute: 1_000, concurrentRequests: 1, budgetTotal: 110 },
      { 'gpt-5': { tokensPerDay: 20 } },
    )
    admitted(ledger.reserve(key, ask()))
    expect(ledger.remaining(key, ask({ at: NOON + 1 }))).toEqual({
      requests: {
        field: 'requestsPerDay',
        rule: null,
        limit: 5,
        remaining: 4,
        resetAt: Date.parse('2026-11-22T00:00Z'),
      },
      tokens: {
        field: 'tokensPerDay',
        rule: 'row-gpt-5',
        limit: 20,
        remaining: 5,
        resetAt: Date.parse('2026-11-22T00:00Z'),
      },
      fullest: { field: 'budgetTotal', rule: null, share: 100 / 110 },
    })
    const bare = { ...key, limits: null }
    expect(ledger.remaining(bare, ask())).toEqual({ requests: null, tokens: null, fullest: null })
  })

  it('counts rows of a clock that was ahead as of now, so that they leave the window in time', () => {
    const ledger = utcLedger()
    const key = keyWith({ requestsPerMinute: 2, requestsPerDay: 50 })
    const recent = [
      { at: NOON + 86_400_000, requests: 1, tokens: 1 },
      { at: NOON - MINUTE, requests: 1, tokens: 1 },
      { at: NOON - MINUTE + 1_000, requests: 1, tokens: 1 },
    ]
    const day = { requests: 40, tokens: 40, costNanos: 40 }
    ledger.seed('k', null, { at: NOON, day, week: day, month: day, total: day, recent })
    expect(ledger.states(key, NOON).map(({ used }) => used)).toEqual([2, 40])
    expect(ledger.reserve(key, ask())).toMatchObject({ used: 2, retryAt: NOON + 1_000 })
    expect(ledger.states(key, NOON + MINUTE)[0]?.used).toBe(0)
  })

  it('forgets a key or one override, whatever of it still runs', () => {
    const ledger = utcLedger()
    const key = keyWith({ concurrentRequests: 9 }, { '*': { concurrentRequests: 9 } })
    const running = admitted(ledger.reserve(key, ask()))
    ledger.forgetRule('k', 'row-*')
    expect(ledger.states(key, NOON).map(({ used, reserved }) => [used, reserved])).toEqual([
      [1, 1],
      [0, 0],
    ])
    ledger.forget('k')
    ledger.settle(running, { tokens: 1, costNanos: 1 })
    expect(ledger.states(key, NOON).map(({ used }) => used)).toEqual([0, 0])
    ledger.seed('k', 'row-*', { at: NOON, day: NOTHING, week: NOTHING, month: NOTHING, total: NOTHING, recent: [] })
    admitted(ledger.reserve(key, ask()))
    expect(ledger.states(key, NOON).map(({ used }) => used)).toEqual([1, 1])
  })
})
