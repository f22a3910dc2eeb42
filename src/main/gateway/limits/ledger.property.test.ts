/** The ledger against a naive model, by random limits, clocks and orders of events. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LimitState } from '../../../shared/models/limit.ts'
import {
  amountOf,
  boundsAt,
  definitionOf,
  HOUR,
  isNever,
  isPerRequest,
  limitAt,
  MINUTE,
  overrideFor,
  raiseAt,
  SECOND,
  World,
  type Bound,
  type Entry,
} from '../../../../test/support/limits-model.ts'
import {
  act,
  budgeted,
  costNanos,
  edit,
  elapse,
  forget,
  key,
  KEYS,
  model,
  MODELS,
  policy,
  raise,
  reach,
  refine,
  release,
  reset,
  restart,
  settle,
} from '../../../../test/support/limits-events.ts'
import type { Ask } from './ledger.ts'
import { compileLimits, outputCap, ruleFor } from './rules.ts'
import type { LimitRefusal } from './verdict.ts'

function reserve(world: World, key: string, ask: Ask): void {
  const at = world.now()
  const policy = world.policy(key)
  const row = overrideFor(policy, ask.model ?? '', ask.sentModel ?? '')
  const bounds = boundsAt(policy, row === null ? [] : [row], at)
  const refuses = (bound: Bound, at: number) => {
    const then = { ...bound, limit: limitAt(policy, bound, at) }
    return isNever(then, ask) || (!isPerRequest(then) && world.used(key, then, at) + amountOf(then, ask) > then.limit)
  }
  const refusing = bounds.filter((bound) => refuses(bound, at))
  const foreseen = world.ledger.check(world.record(key), ask)
  const answer = world.ledger.reserve(world.record(key), ask)
  if (refusing.length > 0) {
    expect(answer, `of ${JSON.stringify(refusing)}`).toEqual(foreseen)
    expectRefusal(world, { key, ask, answer: answer as LimitRefusal, bounds, refusing, refuses })
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
  /** All that apply, and those that refuse. */
  readonly bounds: readonly Bound[]
  readonly refusing: readonly Bound[]
  readonly refuses: (bound: Bound, at: number) => boolean
}

function expectRefusal(world: World, refused: Refused): void {
  const { key, ask, answer, refusing } = refused
  const named = refusing.find(({ rule, field }) => rule === answer.rule && field === answer.field)
  if (named === undefined) return expect.fail(`named a limit that does not refuse: ${JSON.stringify(answer)}`)
  expect(answer).toMatchObject({ keyPrefix: `sk-weir-${key}`, limit: named.limit })
  if (!isPerRequest(named)) {
    const figures = { used: world.used(key, named, world.clock), requested: amountOf(named, ask) }
    expect(answer).toMatchObject(figures)
  }
  if (refusing.some((bound) => isNever(bound, ask))) {
    expect([answer.kind, isNever(named, ask), answer.retryAt]).toEqual(['never', true, null])
  } else if (refusing.every(({ field }) => field === 'concurrentRequests')) {
    expect([answer.kind, answer.retryAt]).toEqual(['concurrency', null])
  } else {
    expect(answer.kind).toBe(answer.field.startsWith('budget') ? 'budget' : 'rate')
    expectMoment(world, refused)
  }
}

/** The first at which nothing refuses if nothing else happens; none where some limit always does. */
function expectMoment(world: World, { key, answer, bounds, refuses }: Refused): void {
  const timed = bounds.filter(({ field }) => field !== 'concurrentRequests')
  const refusingAt = (at: number) => timed.filter((bound) => refuses(bound, at))
  const { retryAt } = answer
  if (retryAt !== null) {
    expect(refusingAt(retryAt)).toEqual([])
    expect(refusingAt(retryAt - 1)).not.toEqual([])
    return
  }
  const states = world.ledger.states(world.record(key), world.raw)
  const ends = states.flatMap(({ resetAt }) => resetAt ?? [])
  for (const at of [world.clock + 61 * SECOND, world.clock + 61 * MINUTE, ...ends]) {
    expect(refusingAt(at)).not.toEqual([])
  }
}

/** Every figure that can be asked is the model's. */
function expectFigures(world: World, key: string): void {
  const at = world.now()
  const policy = world.policy(key)
  const bounds = boundsAt(policy, policy.overrides, at).filter((bound) => !isPerRequest(bound))
  const states = world.ledger.states(world.record(key), world.raw)
  expect(states.map(({ overrideId, field }) => [overrideId, field])).toEqual(
    bounds.map(({ rule, field }) => [rule, field]),
  )
  for (const [index, bound] of bounds.entries()) {
    const state = states[index] ?? expect.fail('a state is missing')
    const figures = { used: world.used(key, bound, at), reserved: world.counted(key, bound, at, true) }
    const raise = raiseAt(policy, bound, at)
    const raised = { raisedBy: raise?.addNanos ?? 0, raisedUntil: raise?.until ?? null }
    const setBackAt = world.resetAt(key, bound, at)?.at ?? null
    expect(state).toMatchObject({ ...figures, ...raised, setBackAt, limit: bound.limit })
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
  const timed = boundsAt(policy, row === null ? [] : [row], at)
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

const bound = fc.record({ input: fc.nat(4), output: fc.nat(3), costNanos, isExact: fc.boolean() })
const ask = act('ask', fc.tuple(key, model, fc.option(model, { freq: 2 }), bound), (world, facts) => {
  const [key, model, sent, bound] = facts
  reserve(world, key, { at: world.raw, model, sentModel: sent ?? model, ...bound })
})

const command = fc.oneof(
  { weight: 20, arbitrary: ask },
  { weight: 8, arbitrary: elapse },
  { weight: 6, arbitrary: settle },
  { weight: 2, arbitrary: release },
  { weight: 3, arbitrary: refine },
  { weight: 1, arbitrary: edit },
  { weight: 2, arbitrary: raise },
  { weight: 1, arbitrary: reach },
  { weight: 2, arbitrary: reset },
  { weight: 1, arbitrary: forget },
  { weight: 1, arbitrary: act('restart', fc.constant(null), restart) },
)

const spending = fc.oneof(
  { weight: 12, arbitrary: ask },
  { weight: 6, arbitrary: settle },
  { weight: 3, arbitrary: elapse },
  { weight: 5, arbitrary: raise },
  { weight: 4, arbitrary: reach },
  { weight: 3, arbitrary: reset },
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
  it.each([
    ['whatever happens in whatever order', policy, command, 200],
    ['also of budgets that are raised and set back', budgeted, spending, 400],
  ])('says what a list of all requests would say, %s', (_, policies, commands, numRuns) => {
    fc.assert(
      fc.property(
        start,
        fc.array(policies, { minLength: 2, maxLength: 2 }),
        fc.array(commands, { maxLength: 60, size: 'max' }),
        ([[zone, moment], early], ofKeys, steps) => {
          const world = new World(zone, Date.parse(moment) - early)
          for (const [index, key] of KEYS.entries()) world.policies.set(key, ofKeys[index] ?? expect.fail())
          for (const { run } of steps) {
            run(world)
            for (const key of KEYS) expectFigures(world, key)
          }
          for (const key of KEYS) for (const model of MODELS) expectRemaining(world, key, model)
        },
      ),
      { numRuns },
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
