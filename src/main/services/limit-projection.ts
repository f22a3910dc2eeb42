/** When a limit will be full at the pace of late. Pure. */
import type { LimitField, LimitState } from '../../shared/models/limit.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** What was used in a stretch of time that ends now. */
export interface Stretch {
  readonly used: number
  /** Its length, as far as the key is old enough; ms. */
  readonly ms: number
  /** A shorter one says too little. */
  readonly leastMs: number
}

/** A limit of a day is judged by the last three hours. */
export const HOURS = { ms: 3 * HOUR_MS, leastMs: 15 * MINUTE_MS }
/** Longer ones by the running day with the one before it, and by the running day with the six before it. */
export const TWO_DAYS = { days: 2, leastMs: 2 * HOUR_MS }
export const SEVEN_DAYS = { days: 7, leastMs: 14 * HOUR_MS }

/** Total budgets that will last longer than this are not foreseen. */
const FURTHEST_MS = 366 * DAY_MS

const PROJECTED: ReadonlySet<LimitField> = new Set([
  'tokensPerDay',
  'tokensPerWeek',
  'budgetPerDay',
  'budgetPerWeek',
  'budgetPerMonth',
  'budgetTotal',
])

export function isProjected({ field, limit }: Pick<LimitState, 'field' | 'limit'>): boolean {
  return PROJECTED.has(field) && limit > 0
}

export function isOfDay(field: LimitField): boolean {
  return field.endsWith('PerDay')
}

/** The fastest of the stretches, in units per ms; null where none says enough, or nothing was used. */
export function paceOf(stretches: readonly Stretch[]): number | null {
  const paces = stretches.filter(({ ms, leastMs }) => ms >= leastMs && ms > 0).map(({ used, ms }) => used / ms)
  const fastest = Math.max(0, ...paces)
  return fastest === 0 ? null : fastest
}

/**
 * The moment at which what is settled reaches the limit; null where that is so now, or will not be before the period ends.
 * A raise that ends before makes the limit smaller from then on.
 */
export function fullAtOf(
  state: Pick<LimitState, 'limit' | 'used' | 'reserved' | 'resetAt' | 'raisedBy' | 'raisedUntil'>,
  pace: number | null,
  now: number,
): number | null {
  const settled = state.used - state.reserved
  if (pace === null || settled >= state.limit) return null
  const reaches = (limit: number) => Math.ceil(now + Math.max(0, limit - settled) / pace)
  const { raisedUntil, raisedBy, limit } = state
  const raised = reaches(limit)
  const at = raisedUntil === null || raised < raisedUntil ? raised : Math.max(raisedUntil, reaches(limit - raisedBy))
  const end = state.resetAt ?? now + FURTHEST_MS
  return at < end ? at : null
}
