/**
 * What an operator changed of a limit by hand: more of a budget for a while, and what was used before a reset left out.
 * Both are asked at the moment they matter, so they end without a timer. Whoever looks at a limit asks here. Pure.
 */
import type { LimitAdjustments, LimitField, Limits } from '../../../shared/models/limit.ts'
import type { Measure, Moment } from './measures.ts'
import type { Scope } from './scope.ts'

/** A raise and a reset of one limit. */
export interface Adjusted {
  /** On top of the limit while `now < raisedUntil`. */
  readonly raisedBy: number
  /** Epoch ms; 0 where it is not raised. */
  readonly raisedUntil: number
  /** Left out of what was used in the period that begins on this day, counted from 1970; null for all time. */
  readonly resetUsed: number
  readonly resetPeriod: number | null
  /** Epoch ms; 0 where it was not set back. */
  readonly resetAt: number
}

/** By the field of the limit; null where nothing is adjusted, as of nearly every key. */
export type AdjustedLimits = ReadonlyMap<LimitField, Adjusted> | null

/** Counters, what bounds them, and what an operator made of that. */
export interface AdjustedScope {
  readonly scope: Scope
  readonly limits: Limits | null
  readonly adjusted: AdjustedLimits
}

const UNTOUCHED: Adjusted = { raisedBy: 0, raisedUntil: 0, resetUsed: 0, resetPeriod: null, resetAt: 0 }
const DAY_MS = 86_400_000

/** Those of the key's own limits (`overrideId` null), or of one override. */
export function adjustedLimits({ raises, resets }: LimitAdjustments, overrideId: string | null): AdjustedLimits {
  const found = new Map<LimitField, Adjusted>()
  const of = (field: LimitField) => found.get(field) ?? UNTOUCHED
  for (const raise of raises) {
    if (raise.overrideId !== overrideId) continue
    found.set(raise.field, { ...of(raise.field), raisedBy: raise.addNanos, raisedUntil: raise.until })
  }
  for (const reset of resets) {
    if (reset.overrideId !== overrideId) continue
    const resetPeriod = reset.period === '' ? null : Date.parse(reset.period) / DAY_MS
    found.set(reset.field, { ...of(reset.field), resetUsed: reset.used, resetPeriod, resetAt: reset.at })
  }
  return found.size === 0 ? null : found
}

/** What the limit is at this moment; null for no cap. A limit of 0 denies, unless it is raised. */
export function limitNow({ limits, adjusted }: AdjustedScope, field: LimitField, now: Moment): number | null {
  const limit = limits?.[field] ?? null
  if (adjusted === null || limit === null) return limit
  return limit + (raiseNow(adjusted, field, now)?.raisedBy ?? 0)
}

/** What counts towards it. The scope must have been turned to the moment's page. */
export function usedNow({ scope, adjusted }: AdjustedScope, measure: Measure, now: Moment): number {
  const used = measure.used(scope, now)
  if (adjusted === null) return used
  const reset = resetNow(adjusted, measure, now)
  return reset === null ? used : Math.max(0, used - reset.resetUsed)
}

/** The raise that counts now. */
export function raiseNow(adjusted: AdjustedLimits, field: LimitField, { at }: Moment): Adjusted | null {
  const found = adjusted?.get(field)
  return found !== undefined && at < found.raisedUntil ? found : null
}

/** The reset of the running period. One of another period, or of the days of another zone, is over. */
export function resetNow(adjusted: AdjustedLimits, measure: Measure, { page }: Moment): Adjusted | null {
  const found = adjusted?.get(measure.field)
  if (found === undefined || found.resetAt === 0) return null
  const period = measure.period === null ? null : page[measure.period]
  return found.resetPeriod === period ? found : null
}

/**
 * From when on `amount` more fit by time alone; null where time frees nothing. Of a budget that is raised: when its period
 * ends after the raise, all of the limit as it is then must be enough.
 */
export function fitsAt(bound: AdjustedScope, measure: Measure, now: Moment, amount: number): number | null {
  const limit = limitNow(bound, measure.field, now) ?? Infinity
  const at = measure.fitsAt(bound.scope, now, amount, limit)
  const raise = raiseNow(bound.adjusted, measure.field, now)
  if (at === null || raise === null || at < raise.raisedUntil) return at
  const then = limit - raise.raisedBy
  return then > 0 && amount <= then ? at : null
}

/** A limit that is raised, and what a request needs of it. */
export interface RaisedNeed {
  readonly bound: AdjustedScope
  readonly measure: Measure
  readonly amount: number
}

/**
 * The first moment from `at` on at which limits whose raise has ended by then have room as well; null where time frees
 * nothing. Without it a request that waits for one limit could meet another one that was raised while it waited.
 */
export function fitsAfterRaises(needs: readonly RaisedNeed[], now: Moment, at: number): number | null {
  let moment = at
  for (const need of needs) {
    const own = roomAt(need, now, moment)
    if (own === null) return null
    moment = Math.max(moment, own)
  }
  return moment === at ? at : fitsAfterRaises(needs, now, moment)
}

/** The first moment from `at` on at which this limit has room, where its raise is over by then. */
function roomAt({ bound, measure, amount }: RaisedNeed, now: Moment, at: number): number | null {
  const raise = raiseNow(bound.adjusted, measure.field, now)
  if (raise === null || at < raise.raisedUntil) return at
  const limit = (limitNow(bound, measure.field, now) ?? Infinity) - raise.raisedBy
  const end = measure.emptyAt(bound.scope, now)
  const used = end !== null && at >= end ? 0 : usedNow(bound, measure, now)
  if (limit > 0 && used + amount <= limit) return at
  return limit > 0 && amount <= limit && end !== null && at < end ? end : null
}
