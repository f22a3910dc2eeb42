/** How full the limits of a key are: for its page, and for the heads of answers. */
import type { KeyUsageGlance, LimitField, LimitState } from '../../../shared/models/limit.ts'
import { limitNow, raiseNow, resetNow, usedNow } from './adjusted.ts'
import { amountIn, MEASURES, type Measure, type Moment } from './measures.ts'
import type { Held } from './reservation.ts'
import { limitOf, type BoundScope } from './verdict.ts'

/** What is left of one limit. */
export interface Headroom {
  readonly field: LimitField
  /** The override whose limit it is; null for the key's own. */
  readonly rule: string | null
  readonly limit: number
  /** Not below 0. */
  readonly remaining: number
  /** When all of it is there again if nothing else happens; epoch ms. */
  readonly resetAt: number
}

export interface Remaining {
  /** Of the limits on requests the one with the least left; of those the one that resets last. Null where none is set. */
  readonly requests: Headroom | null
  readonly tokens: Headroom | null
  /**
   * The fullest limit; null where none is set. `share` is 0 to 1, more where a provider used more than was reserved.
   * Running requests are left out: a client that asks one after the other would always be at its limit of one.
   */
  readonly fullest: { readonly field: LimitField; readonly rule: string | null; readonly share: number } | null
}

/** The running requests of a key, and which of its limits are asked for. */
export interface StateAsk {
  readonly open: readonly Held[]
  readonly measures: readonly Measure[]
}

export function statesOf(bounds: readonly BoundScope[], { open, measures }: StateAsk, now: Moment): LimitState[] {
  return bounds.flatMap((bound) => {
    const { limits, rule, scope } = bound
    if (limits === null) return []
    scope.turnTo(now.page)
    const running = rule === null ? open : open.filter((held) => held.override === scope)
    return measures.flatMap((measure) => {
      const limit = limitNow(bound, measure.field, now)
      return limit === null ? [] : [stateOf({ bound, measure, limit }, running, now)]
    })
  })
}

interface SetLimit {
  readonly bound: BoundScope
  readonly measure: Measure
  readonly limit: number
}

function stateOf({ bound, measure, limit }: SetLimit, running: readonly Held[], now: Moment): LimitState {
  const { scope, rule, adjusted } = bound
  const raise = raiseNow(adjusted, measure.field, now)
  let reserved = 0
  for (const held of running) if (measure.reaches(held, now)) reserved += amountIn(measure, held)
  return {
    field: measure.field,
    overrideId: rule?.id ?? null,
    model: rule?.model ?? null,
    limit,
    used: usedNow(bound, measure, now),
    reserved,
    resetAt: limit === 0 ? null : resetAt(scope, measure, { limit, now }),
    raisedUntil: raise?.raisedUntil ?? null,
    raisedBy: raise?.raisedBy ?? 0,
    setBackAt: resetNow(adjusted, measure, now)?.resetAt ?? null,
    // The pace of late is not the ledger's to know.
    fullAt: null,
  }
}

/** A calendar's period ends whether or not there is room in it. */
function resetAt(
  scope: BoundScope['scope'],
  measure: Measure,
  { limit, now }: { readonly limit: number; readonly now: Moment },
): number | null {
  return measure.isCalendar ? measure.emptyAt(scope, now) : measure.fitsAt(scope, now, 1, limit)
}

export function remainingOf(bounds: readonly BoundScope[], now: Moment): Remaining {
  let requests: Headroom | null = null
  let tokens: Headroom | null = null
  let fullest: Remaining['fullest'] = null
  for (const bound of bounds) {
    if (bound.limits === null) continue
    bound.scope.turnTo(now.page)
    const rule = bound.rule?.id ?? null
    for (const cap of bound.caps) {
      const { measure } = cap
      if (measure.unit === 'slots') continue
      const limit = limitOf(bound, cap, now)
      const used = usedNow(bound, measure, now)
      const share = limit === 0 ? 1 : used / limit
      if (fullest === null || share > fullest.share) fullest = { field: measure.field, rule, share }
      const remaining = Math.max(0, limit - used)
      if (measure.unit === 'nanos') continue
      const known = measure.unit === 'requests' ? requests : tokens
      // When it resets matters of the tightest only, and is asked for every answer.
      if (known !== null && remaining > known.remaining) continue
      const resetAt = measure.emptyAt(bound.scope, now) ?? now.at
      const room = tighter(known, { field: measure.field, rule, limit, remaining, resetAt })
      if (measure.unit === 'requests') requests = room
      else tokens = room
    }
  }
  return { requests, tokens, fullest }
}

/**
 * How many limits have a state, and the fullest of them; null where none has. Slots are the fullest only where nothing
 * else is limited: a client that asks one after the other would always be at its limit of one.
 */
export function glanceOf(bounds: readonly BoundScope[], now: Moment): Omit<KeyUsageGlance, 'id'> | null {
  let limits = 0
  let fullest: { readonly bound: BoundScope; readonly measure: Measure } | null = null
  let most = -Infinity
  for (const bound of bounds) {
    if (bound.limits === null) continue
    bound.scope.turnTo(now.page)
    for (const measure of MEASURES) {
      const limit = limitNow(bound, measure.field, now)
      if (limit === null) continue
      limits++
      const share = measure.unit === 'slots' ? -1 : limit === 0 ? 1 : usedNow(bound, measure, now) / limit
      if (share <= most) continue
      most = share
      fullest = { bound, measure }
    }
  }
  if (fullest === null) return null
  const { bound, measure } = fullest
  const limit = limitNow(bound, measure.field, now) ?? 0
  const { field, model, used, resetAt } = stateOf({ bound, measure, limit }, [], now)
  return { limits, fullest: { field, model, limit, used, resetAt } }
}

/** Of two that both hold: a key and its token. */
export function tightest(a: Remaining, b: Remaining): Remaining {
  return {
    requests: b.requests === null ? a.requests : tighter(a.requests, b.requests),
    tokens: b.tokens === null ? a.tokens : tighter(a.tokens, b.tokens),
    fullest: (b.fullest?.share ?? -1) > (a.fullest?.share ?? -1) ? b.fullest : a.fullest,
  }
}

function tighter(known: Headroom | null, next: Headroom): Headroom {
  if (known === null || next.remaining < known.remaining) return next
  return next.remaining === known.remaining && next.resetAt > known.resetAt ? next : known
}
