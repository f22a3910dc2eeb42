/** What can happen to the model and the ledger beside a request: random, and each with its words for a counterexample. */
import fc from 'fast-check'
import { createLedger } from '../../src/main/gateway/limits/ledger.ts'
import type { LimitField, Limits } from '../../src/shared/models/limit.ts'
import { adjustmentsOf, raiseBudget, reachRaise, setBack } from './limits-adjustments.ts'
import { countersOf, DAY, FIELDS, HOUR, MINUTE, NO_LIMITS, SECOND, type Policy, type World } from './limits-model.ts'

/** A kill and a start: what ran is charged what it held. */
export function restart(world: World): void {
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

export const KEYS = ['one', 'two'] as const
const PATTERNS = ['gpt-5', 'gpt-5-mini', 'gpt-5*', 'gpt-*', 'o*', '*']
export const MODELS = ['gpt-5', 'gpt-5-mini', 'gpt-5-nano', 'gpt-4', 'o3', 'claude']
const idOf = (pattern: string) => `row ${pattern}`

export const key = fc.constantFrom(...KEYS)
export const model = fc.constantFrom(...MODELS)
export const costNanos = fc.option(fc.nat(5), { freq: 4 })
const cap = fc.oneof(
  { weight: 320, arbitrary: fc.constant(null) },
  { weight: 80, arbitrary: fc.integer({ min: 2, max: 18 }) },
  { weight: 1, arbitrary: fc.constant(0) },
)
const limits = fc.record(Object.fromEntries(FIELDS.map((field) => [field, cap])) as Record<LimitField, typeof cap>)
export const policy: fc.Arbitrary<Policy> = fc.record({
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

export interface Command {
  readonly run: (world: World) => void
  /** What a counterexample shows. */
  readonly [fc.toStringMethod]: () => string
}

export function act<T>(
  name: string,
  facts: fc.Arbitrary<T>,
  run: (world: World, facts: T) => void,
): fc.Arbitrary<Command> {
  return facts.map((facts) => ({
    run: (world) => run(world, facts),
    [fc.toStringMethod]: () => `${name} ${JSON.stringify(facts)}`,
  }))
}

/** One of those that run. */
function picked(world: World, pick: number): number {
  return pick % Math.max(1, world.running.length)
}

export const elapse = act('elapse', step, (world, ms) => {
  world.raw += ms
})

export const settle = act('settle', fc.tuple(fc.nat(), fc.nat(9), costNanos), (world, [pick, tokens, costNanos]) => {
  const [ended] = world.running.splice(picked(world, pick), 1)
  if (ended === undefined) return
  Object.assign(ended.entry, { tokens, costNanos: costNanos ?? 0, isOpen: false })
  world.ledger.settle(ended.reservation, { tokens, costNanos })
  // Whatever is said of it afterwards changes nothing.
  world.ledger.settle(ended.reservation, { tokens: 99, costNanos: 99 })
  world.ledger.refine(ended.reservation, { input: 99, costNanos: 99 })
  world.ledger.release(ended.reservation)
})

export const release = act('release', fc.nat(), (world, pick) => {
  const [ended] = world.running.splice(picked(world, pick), 1)
  if (ended === undefined) return
  world.entries = world.entries.filter((entry) => entry !== ended.entry)
  world.ledger.release(ended.reservation)
  world.ledger.release(ended.reservation)
  world.ledger.settle(ended.reservation, { tokens: 99, costNanos: 99 })
})

export const refine = act('refine', fc.tuple(fc.nat(), fc.nat(6), costNanos), (world, [pick, input, costNanos]) => {
  const running = world.running[picked(world, pick)]
  if (running === undefined) return
  const { entry } = running
  Object.assign(entry, { input, tokens: input + entry.output, costNanos: costNanos ?? 0, isExact: true })
  world.ledger.refine(running.reservation, { input, costNanos })
})

/** What was raised or set back of a limit that is gone does nothing. */
export const edit = act('edit', fc.tuple(key, policy), (world, [key, policy]) => {
  world.policies.set(key, { ...policy, by: adjustmentsOf(world, key) })
})

const span = fc.oneof(fc.constantFrom(1, SECOND, HOUR, DAY, 7 * DAY), fc.integer({ min: 1, max: 3 * DAY }))
const raising = fc.record({ key, pick: fc.nat(), addNanos: fc.integer({ min: 1, max: 6 }), span })
export const raise = act('raise', raising, raiseBudget)
export const reach = act('reach', fc.nat(), reachRaise)
export const reset = act('reset', fc.record({ key, pick: fc.nat() }), setBack)

export const forget = act('forget', fc.tuple(key, fc.option(fc.constantFrom(...PATTERNS))), (world, [key, pattern]) => {
  if (pattern === null) {
    world.entries = world.entries.filter((entry) => entry.key !== key)
    world.ledger.forget(key)
    return
  }
  for (const entry of world.entries) if (entry.key === key && entry.rule === idOf(pattern)) entry.rule = null
  world.ledger.forgetRule(key, idOf(pattern))
})

/** Budgets that a few requests fill, so that what is raised and set back decides. */
const few = fc.oneof(
  { weight: 2, arbitrary: fc.constant(null) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 6 }) },
)
const budgets = fc
  .record({ budgetPerDay: few, budgetPerWeek: few, budgetPerMonth: few, budgetTotal: few })
  .map((caps): Limits => ({ ...NO_LIMITS, ...caps }))
export const budgeted: fc.Arbitrary<Policy> = fc.tuple(budgets, budgets).map(([own, row]) => ({
  limits: own,
  overrides: [{ id: idOf('gpt-*'), model: 'gpt-*', limits: row }],
}))
