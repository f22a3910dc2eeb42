import { describe, expect, it } from 'vitest'
import { limits as limitsSchema, type LimitAdjustments, type Limits } from '../../../shared/models/limit.ts'
import { createLedger, type Ask } from './ledger.ts'
import { compileLimits } from './rules.ts'

/** A Saturday. */
const NOON = Date.parse('2026-11-21T12:00Z')
const MIDNIGHT = Date.parse('2026-11-22T00:00Z')
const HOUR = 3_600_000
const some = (set: Partial<Limits>) => limitsSchema.parse(set)
const ROW = { id: 'lim_1', model: 'gpt*', limits: some({ budgetPerDay: 50 }) }

function keyWith(own: Partial<Limits>, by: Partial<LimitAdjustments>) {
  const limits = compileLimits(some(own), [ROW], { raises: [], resets: [], ...by })
  return { id: 'k', prefix: 'sk-weir-abc', limits }
}

const raise = (addNanos: number, until: number, overrideId: string | null = null) => ({
  overrideId,
  field: 'budgetPerDay' as const,
  addNanos,
  at: NOON,
  until,
})
const reset = (used: number, period = '2026-11-21') => ({
  overrideId: null,
  field: 'budgetPerDay' as const,
  period,
  used,
  at: NOON,
})
const ask = (costNanos: number, over: Partial<Ask> = {}): Ask => ({
  at: NOON,
  model: 'claude',
  sentModel: 'claude',
  input: 1,
  output: 1,
  costNanos,
  ...over,
})
const utcLedger = () => createLedger({ zone: () => 'UTC' })

describe('a raised budget', () => {
  it('holds more up to its moment, and from it on no more', () => {
    const ledger = utcLedger()
    const until = NOON + HOUR
    const key = keyWith({ budgetPerDay: 10 }, { raises: [raise(5, until)] })
    const state = { limit: 15, raisedBy: 5, raisedUntil: until, setBackAt: null, fullAt: null }
    expect(ledger.states(key, until - 1)[0]).toMatchObject(state)
    expect(ledger.check(key, ask(15, { at: until - 1 }))).toBeNull()
    expect(ledger.check(key, ask(16, { at: until - 1 }))).toMatchObject({ kind: 'never', limit: 15 })
    expect(ledger.check(key, ask(11, { at: until }))).toMatchObject({ kind: 'never', limit: 10 })
    expect(ledger.states(key, until)[0]).toMatchObject({ limit: 10, raisedBy: 0, raisedUntil: null })
  })

  it('is the override’s alone where that is raised, and nothing where no limit is', () => {
    const ledger = utcLedger()
    const key = keyWith(
      { budgetPerDay: 10 },
      { raises: [raise(5, NOON + HOUR, 'lim_1'), raise(9, NOON + HOUR, 'gone')] },
    )
    expect(ledger.states(key, NOON).map(({ limit }) => limit)).toEqual([10, 55])
    const unlimited = keyWith({}, { raises: [raise(5, NOON + HOUR)] })
    expect(ledger.states(unlimited, NOON).map(({ limit }) => limit)).toEqual([50])
  })

  it('serves under a limit of 0, which denies again when it ends', () => {
    const ledger = utcLedger()
    const key = keyWith({ budgetPerDay: 0 }, { raises: [raise(5, NOON + HOUR)] })
    expect(ledger.check(key, ask(5))).toBeNull()
    expect(ledger.check(key, ask(0, { at: NOON + HOUR }))).toMatchObject({ kind: 'never', limit: 0 })
  })

  it.each([
    // The next day has room for it without the raise.
    [10, MIDNIGHT - 1, 8, MIDNIGHT],
    // Only with the raise, which holds into it.
    [10, MIDNIGHT + 1, 14, MIDNIGHT],
    // Only with the raise, which is over by then.
    [10, MIDNIGHT, 14, null],
    [0, MIDNIGHT, 3, null],
  ])('of %i, raised by 5 until %i, has room for %i more at %s', (limit, until, cost, retryAt) => {
    const ledger = utcLedger()
    const key = keyWith({ budgetPerDay: limit }, { raises: [raise(5, until)] })
    ledger.reserve(key, ask(limit + 5))
    expect(ledger.check(key, ask(cost))).toMatchObject({ kind: 'budget', limit: limit + 5, retryAt })
  })
})

describe('a request that waits for its tokens of the week', () => {
  const monday = Date.parse('2026-11-23T00:00Z')
  const month = Date.parse('2026-12-01T00:00Z')

  it.each([
    ['longer, where the raise of a budget with room ends before', MIDNIGHT, 30, 25, month],
    ['no longer, where it holds', monday + 1, 30, 25, monday],
    ['no longer, where there is room without it', MIDNIGHT, 30, 20, monday],
    ['in vain, where the budget without it is too small', MIDNIGHT, 8, 5, null],
  ])('waits %s', (_, until, budgetPerMonth, spent, retryAt) => {
    const ledger = utcLedger()
    const raised = { ...raise(20, until), field: 'budgetPerMonth' as const }
    const key = keyWith({ tokensPerWeek: 2, budgetPerMonth }, { raises: [raised] })
    ledger.reserve(key, ask(spent))
    expect(ledger.check(key, ask(10))).toMatchObject({ field: 'tokensPerWeek', kind: 'rate', retryAt })
  })
})

describe('a limit that was set back', () => {
  it('leaves out what was used before, in that period only', () => {
    const ledger = utcLedger()
    const bare = keyWith({ budgetPerDay: 10, budgetPerWeek: 100 }, {})
    const first = ledger.reserve(bare, ask(10))
    expect(ledger.check(bare, ask(1))).toMatchObject({ kind: 'budget', used: 10 })
    const key = keyWith({ budgetPerDay: 10, budgetPerWeek: 100 }, { resets: [reset(10)] })
    expect(ledger.states(key, NOON).map(({ used, setBackAt }) => [used, setBackAt])).toEqual([
      [0, NOON],
      [10, null],
      [0, null],
    ])
    expect(ledger.check(key, ask(10))).toBeNull()
    expect(ledger.check(key, ask(11))).toMatchObject({ kind: 'never' })
    expect(first.kind).toBe('reserved')
    ledger.reserve(key, ask(7, { at: MIDNIGHT }))
    expect(ledger.states(key, MIDNIGHT)[0]).toMatchObject({ used: 7, setBackAt: null })
  })

  it.each([
    ['of another day', reset(10, '2026-11-20'), 10],
    ['of more than is counted, as by the days of another zone', reset(99), 0],
  ])('%s', (_, by, used) => {
    const ledger = utcLedger()
    ledger.reserve(keyWith({ budgetPerDay: 10 }, {}), ask(10))
    expect(ledger.states(keyWith({ budgetPerDay: 10 }, { resets: [by] }), NOON)[0]?.used).toBe(used)
  })

  it('is of all time for a total', () => {
    const ledger = utcLedger()
    ledger.reserve(keyWith({ budgetTotal: 10 }, {}), ask(10))
    const total = { ...reset(10, ''), field: 'budgetTotal' as const }
    const key = keyWith({ budgetTotal: 10 }, { resets: [total] })
    expect(ledger.check(key, ask(10, { at: NOON + 400 * 24 * HOUR }))).toBeNull()
  })
})

describe('periods', () => {
  it.each([
    ['tokensPerDay', '2026-11-21'],
    ['tokensPerWeek', '2026-11-16'],
    ['budgetPerMonth', '2026-11-01'],
    ['budgetTotal', ''],
  ] as const)('of %s begin on %s', (field, day) => {
    expect(utcLedger().periodOf(field, NOON)).toBe(day)
  })
})

describe('a glance', () => {
  it('shows the fullest limit by its share, as it is raised and set back', () => {
    const ledger = utcLedger()
    const own = { budgetPerDay: 10, budgetPerWeek: 20, concurrentRequests: 1 }
    ledger.reserve(keyWith(own, {}), ask(10))
    expect(ledger.glance(keyWith(own, {}), NOON)).toMatchObject({
      limits: 4,
      fullest: { field: 'budgetPerDay', used: 10 },
    })
    expect(ledger.glance(keyWith(own, { raises: [raise(30, NOON + HOUR)] }), NOON)).toMatchObject({
      fullest: { field: 'budgetPerWeek', limit: 20 },
    })
    expect(ledger.glance(keyWith(own, { resets: [reset(10)] }), NOON)).toMatchObject({
      fullest: { field: 'budgetPerWeek' },
    })
    expect(ledger.glance({ id: 'k', prefix: 'p', limits: null }, NOON)).toBeNull()
    expect(
      ledger.glance({ id: 'k', prefix: 'p', limits: compileLimits(some({ concurrentRequests: 1 }), []) }, NOON),
    ).toEqual({
      limits: 1,
      fullest: { field: 'concurrentRequests', model: null, limit: 1, used: 1, resetAt: null },
    })
  })
})
