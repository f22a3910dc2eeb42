/** The ledger against a naive model, by random limits, clocks and orders of events. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LimitField, LimitState } from '../../../shared/models/limit.ts'
import {
  amountOf,
  boundsOf,
  countersOf,
  DAY,
  definitionOf,
  FIELDS,
  HOUR,
  isNever,
  isPerRequest,
  MINUTE,
  NO_LIMITS,
  overrideFor,
  SECOND,
  World,
  type Bound,
  type Entry,
  type Policy,
} from '../../../../test/support/limits-model.ts'
import { createLedger, type Ask } from './ledger.ts'
import { compileLimits, outputCap, ruleFor } from './rules.ts'
import type { LimitRefusal } from './verdict.ts'

function reserve(world: World, key: string, ask: Ask): void {
  const at = world.now()
  const policy = world.policy(key)
  const row = overrideFor(policy, ask.model ?? '', ask.sentModel ?? '')
  const bounds = boundsOf(policy, row === null ? [] : [row])
  const refuses = (bound: Bound, at: number) =>
    isNever(bound, ask) || (!isPerRequest(bound) && world.used(key, bound, at) + amountOf(bound, ask) > bound.limit)
  const refusing = bounds.filter((bound) => refuses(bound, at))
  const foreseen = world.ledger.check(world.record(key), ask)
  const answer = world.ledger.reserve(world.record(key), ask)
  if (refusing.length > 0) {
    expect(answer, `of ${JSON.stringify(refusing)}`).toEqual(foreseen)
    expectRefusal(world, { key, ask, answer: answer as LimitRefusal, refusing, refuses })
    return
  }
  if (answer.kind !== 'reserved') return expect.fail(`refused what fits: ${JSON.stringify(answer)}`)
  expect(foreseen).toBeNull()
  expect(answer.rule).toBe(row?.id ?? null)
  const { input, output } = ask
  const costNanos = ask.costNanos ?? 0
  const charged = { key, rule: answer.rule, at, input, output, tokens: input + output, costNanos }
  const entry: Entry = { ...charged, isOpen: true, isExact: ask.isExact === true }
  world.entries.push(entry)
  world.running.push({ entry, reservation: answer })
  for (const bound of bounds) {
    if (!isPerRequest(bound)) expect(world.used(key, bound, at)).toBeLessThanOrEqual(bound.limit)
  }
}

interface Refused {
  readonly key: string
  readonly ask: Ask
  readonly answer: LimitRefusal
  readonly refusing: readonly Bound[]
  readonly refuses: (bound: Bound, at: number) => boolean
}

function expectRefusal(world: World, { key, ask, answer, refusing, refuses }: Refused): void {
  const named = refusing.find(({ rule, field }) => rule === answer.rule && field === answer.field)
  if (named === undefined) return expect.fail(`named a limit that does not refuse: ${JSON.stringify(answer)}`)
  expect(answer).toMatchObject({ keyPrefix: `sk-weir-${key}`, limit: named.limit })
  if (!isPerRequest(named)) {
    const figures = { used: world.used(key, named, world.clock), requested: amountOf(named, ask) }
    expect(answer).toMatchObject(figures)
  }
  const timed = refusing.filter((bound) => !isPerRequest(bound) && definitionOf(bound.field)[2] !== 'never')
  if (refusing.some((bound) => isNever(bound, ask))) {
    expect([answer.kind, isNever(named, ask), answer.retryAt]).toEqual(['never', true, null])
  } else if (refusing.some(({ field }) => field === 'budgetTotal')) {
    expect([answer.field, answer.kind, answer.retryAt]).toEqual(['budgetTotal', 'budget', null])
  } else if (timed.length === 0) {
    expect([answer.field, answer.kind, answer.retryAt]).toEqual(['concurrentRequests', 'concurrency', null])
  } else {
    const at = answer.retryAt ?? expect.fail('no moment')
    expect(answer.kind).toBe(answer.field.startsWith('budget') ? 'budget' : 'rate')
    expect(timed.filter((bound) => refuses(bound, at))).toEqual([])
    expect(timed.filter((bound) => refuses(bound, at - 1))).not.toEqual([])
  }
}

/** Every figure that can be asked is the model's. */
function expectFigures(world: World, key: string): void {
  const at = world.now()
  const policy = world.policy(key)
  const bounds = boundsOf(policy, policy.overrides).filter((bound) => !isPerRequest(bound))
  const states = world.ledger.states(world.record(key), world.raw)
  expect(states.map(({ overrideId, field }) => [overrideId, field])).toEqual(
    bounds.map(({ rule, field }) => [rule, field]),
  )
  for (const [index, bound] of bounds.entries()) {
    const state = states[index] ?? expect.fail('a state is missing')
    const figures = { used: world.used(key, bound, at), reserved: world.used(key, bound, at, true) }
    expect(state).toMatchObject({ ...figures, limit: bound.limit })
    expectReset(world, key, state)
  }
  const bounded = world.entries.filter((entry) => entry.key === key && entry.isOpen && !entry.isExact)
  const unrefined = world.ledger.unrefined(key, null)
  expect(unrefined.length).toBe(bounded.length)
  for (const reservation of unrefined) {
    expect(bounded).toContain(world.running.find((each) => each.reservation === reservation)?.entry)
  }
}

function expectReset(world: World, key: string, { overrideId: rule, field, limit, resetAt }: LimitState): void {
  const [counts, , kind] = definitionOf(field)
  const at = world.clock
  const used = (then: number) => world.used(key, { rule, field }, then)
  if (limit === 0 || kind === 'never') expect(resetAt).toBeNull()
  else if (resetAt === null) expect.fail(`${field} never resets`)
  else if (kind === 'calendar') {
    expect([counts(at, resetAt - 1, world.zone), counts(at, resetAt, world.zone)]).toEqual([true, false])
  } else if (used(at) < limit) expect(resetAt).toBe(at)
  else expect([used(resetAt - 1) < limit, used(resetAt) < limit]).toEqual([false, true])
}

function expectRemaining(world: World, key: string, model: string): void {
  const at = world.now()
  const policy = world.policy(key)
  const row = overrideFor(policy, model, model)
  const asked = { at: world.raw, model, sentModel: model }
  const { requests, tokens, fullest } = world.ledger.remaining(world.record(key), asked)
  const timed = boundsOf(policy, row === null ? [] : [row])
    .filter((bound) => !isPerRequest(bound) && bound.field !== 'concurrentRequests')
    .map((bound) => ({ ...bound, used: world.used(key, bound, at) }))
  const least = (unit: string) =>
    timed
      .filter(({ field }) => field.startsWith(unit))
      .reduce((least, { limit, used }) => Math.min(least, Math.max(0, limit - used)), Infinity)
  expect([requests?.remaining ?? Infinity, tokens?.remaining ?? Infinity]).toEqual([least('requests'), least('tokens')])
  expect(fullest?.share ?? -1).toBe(
    timed.reduce((most, { limit, used }) => Math.max(most, limit === 0 ? 1 : used / limit), -1),
  )
  for (const room of [requests, tokens]) {
    if (room === null) continue
    const used = (then: number) => world.used(key, room, then)
    expect(used(room.resetAt)).toBe(0)
    if (used(at) > 0) expect(used(room.resetAt - 1)).toBeGreaterThan(0)
  }
}

/** A kill and a start: what ran is charged what it held. */
function restart(world: World): void {
  const at = world.now()
  for (const entry of world.entries) entry.isOpen = false
  world.running.length = 0
  world.ledger = createLedger({ zone: () => world.zone })
  for (const key of KEYS) {
    for (const rule of [null, ...PATTERNS.map(idOf)]) {
      const counted = world.entries.filter((entry) => entry.key === key && (rule === null || entry.rule === rule))
      if (rule !== null && counted.length === 0) continue
      world.ledger.seed(key, rule, countersOf(counted, at, world.zone))
    }
  }
}

const KEYS = ['one', 'two'] as const
const PATTERNS = ['gpt-5', 'gpt-5-mini', 'gpt-5*', 'gpt-*', 'o*', '*']
const MODELS = ['gpt-5', 'gpt-5-mini', 'gpt-5-nano', 'gpt-4', 'o3', 'claude']
const idOf = (pattern: string) => `row ${pattern}`

const key = fc.constantFrom(...KEYS)
const model = fc.constantFrom(...MODELS)
const costNanos = fc.option(fc.nat(5), { freq: 4 })
const cap = fc.oneof(
  { weight: 320, arbitrary: fc.constant(null) },
  { weight: 80, arbitrary: fc.integer({ min: 2, max: 18 }) },
  { weight: 1, arbitrary: fc.constant(0) },
)
const limits = fc.record(Object.fromEntries(FIELDS.map((field) => [field, cap])) as Record<LimitField, typeof cap>)
const policy: fc.Arbitrary<Policy> = fc.record({
  limits,
  overrides: fc
    .tuple(fc.subarray(PATTERNS), fc.array(limits, { minLength: PATTERNS.length, maxLength: PATTERNS.length }))
    .map(([patterns, caps]) =>
      patterns.map((pattern, index) => ({ id: idOf(pattern), model: pattern, limits: caps[index] ?? NO_LIMITS })),
    ),
})

const step = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0, 1, 999, SECOND, 59_999, MINUTE, 59 * MINUTE, HOUR, DAY, 7 * DAY) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 20 * SECOND }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 2 * HOUR }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 20 * DAY }) },
  { weight: 2, arbitrary: fc.integer({ min: -2 * HOUR, max: 0 }) },
)

interface Command {
  readonly run: (world: World) => void
  /** What a counterexample shows. */
  readonly [fc.toStringMethod]: () => string
}

function act<T>(name: string, facts: fc.Arbitrary<T>, run: (world: World, facts: T) => void): fc.Arbitrary<Command> {
  return facts.map((facts) => ({
    run: (world) => run(world, facts),
    [fc.toStringMethod]: () => `${name} ${JSON.stringify(facts)}`,
  }))
}

/** One of those that run. */
function picked(world: World, pick: number): number {
  return pick % Math.max(1, world.running.length)
}

const bound = fc.record({ input: fc.nat(4), output: fc.nat(3), costNanos, isExact: fc.boolean() })
const ask = act('ask', fc.tuple(key, model, fc.option(model, { freq: 2 }), bound), (world, facts) => {
  const [key, model, sent, bound] = facts
  reserve(world, key, { at: world.raw, model, sentModel: sent ?? model, ...bound })
})

const elapse = act('elapse', step, (world, ms) => {
  world.raw += ms
})

const settle = act('settle', fc.tuple(fc.nat(), fc.nat(9), costNanos), (world, [pick, tokens, costNanos]) => {
  const [ended] = world.running.splice(picked(world, pick), 1)
  if (ended === undefined) return
  Object.assign(ended.entry, { tokens, costNanos: costNanos ?? 0, isOpen: false })
  world.ledger.settle(ended.reservation, { tokens, costNanos })
  // Whatever is said of it afterwards changes nothing.
  world.ledger.settle(ended.reservation, { tokens: 99, costNanos: 99 })
  world.ledger.refine(ended.reservation, { input: 99, costNanos: 99 })
  world.ledger.release(ended.reservation)
})

const release = act('release', fc.nat(), (world, pick) => {
  const [ended] = world.running.splice(picked(world, pick), 1)
  if (ended === undefined) return
  world.entries = world.entries.filter((entry) => entry !== ended.entry)
  world.ledger.release(ended.reservation)
  world.ledger.release(ended.reservation)
  world.ledger.settle(ended.reservation, { tokens: 99, costNanos: 99 })
})

const refine = act('refine', fc.tuple(fc.nat(), fc.nat(6), costNanos), (world, [pick, input, costNanos]) => {
  const running = world.running[picked(world, pick)]
  if (running === undefined) return
  const { entry } = running
  Object.assign(entry, { input, tokens: input + entry.output, costNanos: costNanos ?? 0, isExact: true })
  world.ledger.refine(running.reservation, { input, costNanos })
})

const edit = act('edit', fc.tuple(key, policy), (world, [key, policy]) => {
  world.policies.set(key, policy)
})

const forget = act('forget', fc.tuple(key, fc.option(fc.constantFrom(...PATTERNS))), (world, [key, pattern]) => {
  if (pattern === null) {
    world.entries = world.entries.filter((entry) => entry.key !== key)
    world.ledger.forget(key)
    return
  }
  for (const entry of world.entries) if (entry.key === key && entry.rule === idOf(pattern)) entry.rule = null
  world.ledger.forgetRule(key, idOf(pattern))
})

const command = fc.oneof(
  { weight: 20, arbitrary: ask },
  { weight: 8, arbitrary: elapse },
  { weight: 6, arbitrary: settle },
  { weight: 2, arbitrary: release },
  { weight: 3, arbitrary: refine },
  { weight: 1, arbitrary: edit },
  { weight: 1, arbitrary: forget },
  { weight: 1, arbitrary: act('restart', fc.constant(null), restart) },
)

/** Where clocks are changed, and where months and years end. */
const MOMENTS = [
  ['Europe/Berlin', '2026-03-29T01:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00Z'],
  ['Europe/Berlin', '2026-12-31T23:00Z'],
  ['America/New_York', '2026-03-08T07:00Z'],
  ['America/New_York', '2026-11-01T06:00Z'],
  ['America/New_York', '2028-02-29T05:00Z'],
  ['America/Santiago', '2026-09-06T04:00Z'],
  ['UTC', '2028-03-01T00:00Z'],
] as const
const start = fc.tuple(fc.constantFrom(...MOMENTS), fc.nat(26 * HOUR))

describe('ledger', () => {
  it('says what a list of all requests would say, whatever happens in whatever order', () => {
    fc.assert(
      fc.property(
        start,
        fc.array(policy, { minLength: 2, maxLength: 2 }),
        fc.array(command, { maxLength: 60, size: 'max' }),
        ([[zone, moment], early], policies, commands) => {
          const world = new World(zone, Date.parse(moment) - early)
          for (const [index, key] of KEYS.entries()) world.policies.set(key, policies[index] ?? expect.fail())
          for (const { run } of commands) {
            run(world)
            for (const key of KEYS) expectFigures(world, key)
          }
          for (const key of KEYS) for (const model of MODELS) expectRemaining(world, key, model)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('finds the override that sorting all of them finds', () => {
    fc.assert(
      fc.property(policy, model, model, (policy, asked, sent) => {
        const rules = compileLimits(policy.limits, policy.overrides)
        const rule = ruleFor(rules, asked, sent)
        const row = overrideFor(policy, asked, sent)
        expect(rule?.id ?? null).toBe(row?.id ?? null)
        const caps = [policy.limits.outputTokensPerRequest, row?.limits.outputTokensPerRequest ?? null]
        const set = caps.filter((cap) => cap !== null)
        expect(outputCap(rules, rule)).toBe(set.length === 0 ? null : Math.min(...set))
      }),
      { numRuns: 500 },
    )
  })
})
