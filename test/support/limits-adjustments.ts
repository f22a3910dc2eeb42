/** Raises and resets of the model's limits, as an operator makes them. */
import type { LimitAdjustments } from '../../src/shared/models/limit.ts'
import { BUDGETS, boundsOf, RESETTABLE, type Bound, type World } from './limits-model.ts'

export function adjustmentsOf(world: World, key: string): LimitAdjustments {
  return world.policy(key).by ?? { raises: [], resets: [] }
}

/** One of those limits of the key that are set; undefined where none is. */
function setBound(world: World, key: string, fields: readonly string[], pick: number): Bound | undefined {
  const policy = world.policy(key)
  const bounds = boundsOf(policy, policy.overrides).filter(({ field }) => fields.includes(field))
  return bounds[pick % Math.max(1, bounds.length)]
}

export interface Raising {
  readonly key: string
  readonly pick: number
  readonly addNanos: number
  /** How long it lasts, ms. */
  readonly span: number
}

/** One raise of each limit: a new one stands in the place of the old. */
export function raiseBudget(world: World, { key, pick, addNanos, span }: Raising): void {
  const bound = setBound(world, key, BUDGETS, pick)
  if (bound === undefined) return
  const by = adjustmentsOf(world, key)
  const at = world.now()
  const field = bound.field as (typeof BUDGETS)[number]
  const others = by.raises.filter((each) => each.overrideId !== bound.rule || each.field !== field)
  const raises = [...others, { overrideId: bound.rule, field, addNanos, at, until: at + span }]
  world.policies.set(key, { ...world.policy(key), by: { ...by, raises } })
}

/** To the end of a raise, or to the millisecond before. */
export function reachRaise(world: World, pick: number): void {
  const ends = [...world.policies.values()].flatMap(({ by }) => by?.raises ?? []).map(({ until }) => until)
  const end = ends[pick % Math.max(1, ends.length)]
  if (end !== undefined && end > world.raw) world.raw = end - (pick % 2)
}

/**
 * By what the ledger says is settled. @throws Error where it names another period than the calendar, or still counts more
 * than what runs.
 */
export function setBack(world: World, { key, pick }: { readonly key: string; readonly pick: number }): void {
  const bound = setBound(world, key, RESETTABLE, pick)
  if (bound === undefined) return
  const by = adjustmentsOf(world, key)
  const at = world.now()
  const field = bound.field as (typeof RESETTABLE)[number]
  const resets = by.resets.filter((each) => each.overrideId !== bound.rule || each.field !== field)
  const bare = { ...world.policy(key), by: { ...by, resets } }
  world.policies.set(key, bare)
  const states = world.ledger.states(world.record(key), world.raw)
  const state = states.find((each) => each.overrideId === bound.rule && each.field === field)
  if (state === undefined) throw new Error(`${field} is set and has no state`)
  const period = world.ledger.periodOf(field, world.raw)
  if (period !== world.periodOf(field, at)) throw new Error(`${field} does not begin on ${period}`)
  const reset = { overrideId: bound.rule, field, period, used: state.used - state.reserved, at }
  world.policies.set(key, { ...bare, by: { ...by, resets: [...resets, reset] } })
  if (world.used(key, bound, at) !== state.reserved) throw new Error(`${field} counts what was set back`)
}
