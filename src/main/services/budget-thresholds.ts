/** Which threshold of a budget its operator must be told of now. Pure. */
import type { LimitState } from '../../shared/models/limit.ts'
import type { BudgetFacts, NoticeLevel } from '../../shared/models/notice.ts'

/** The budget that a key's notices are about: its period, and the last reset within it. */
export interface BudgetPeriod {
  readonly keyId: string
  readonly overrideId: string | null
  readonly field: LimitState['field']
  /** The first day; empty for all time. */
  readonly period: string
  readonly setBackAt: number | null
}

/** How the names of all notices of this budget begin in this period. */
export function placeOf({ keyId, overrideId, field, period, setBackAt }: BudgetPeriod): string {
  return `budget ${keyId} ${overrideId ?? '-'} ${field} ${period === '' ? 'total' : period} ${setBackAt ?? 0} `
}

/** One notice: of this threshold under this limit. */
export function onceOf(place: string, limit: number, threshold: number): string {
  return `${place}${limit} ${threshold}`
}

export function levelOf(threshold: number): NoticeLevel {
  if (threshold >= 100) return 'critical'
  return threshold >= 80 ? 'warning' : 'info'
}

/** Below it a request that was refused was too large, rather than the budget spent. */
const SPENT_FROM = 0.5

/** `asked`: what the smallest request needed that was refused since; null where none was. */
export interface Standing {
  /** Nano-dollars, as it is now, raised or not. */
  readonly limit: number
  readonly settled: number
  readonly asked: number | null
}

/** The highest threshold that is reached; null where none is. A limit of 0 denies, which nobody needs to be told. */
export function reachedThreshold({ limit, settled, asked }: Standing, thresholds: readonly number[]): number | null {
  if (limit === 0) return null
  const isSpent = asked !== null && settled + asked > limit && settled >= limit * SPENT_FROM
  const reached = thresholds.filter((threshold) => isSpent || isReached(settled, limit, threshold))
  return reached.length === 0 ? null : Math.max(...reached)
}

/** Multiplied out: a share as a fraction would miss some thresholds by its rounding. */
function isReached(used: number, limit: number, threshold: number): boolean {
  return used * 100 >= limit * threshold
}

/**
 * Whether a bell as loud has rung before: of this limit, or of another one when as much was used as this threshold means.
 * So one bell stands for the lower thresholds, and a raise does not ring them again.
 */
export function isTold(
  told: readonly Pick<BudgetFacts, 'threshold' | 'limit' | 'used'>[],
  threshold: number,
  limit: number,
): boolean {
  const isSame = (each: (typeof told)[number]) => each.limit === limit || isReached(each.used, limit, threshold)
  return told.some((each) => each.threshold >= threshold && isSame(each))
}
