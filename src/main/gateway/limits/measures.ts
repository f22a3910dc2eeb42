/** Each limit that counts something over time: what it counts, in which window, and when that frees. */
import type { LimitField, Limits } from '../../../shared/models/limit.ts'
import { MINUTE_MS, SECOND_MS, type Scope } from './scope.ts'
import { BUCKETS, type CalendarPage, type SlidingWindow } from './windows.ts'

/** A request's share of a measure. */
export interface Amounts {
  readonly tokens: number
  /** Nano-dollars. */
  readonly costNanos: number
}

/** A moment of the ledger: epoch ms, and the page of the calendar it is on. */
export interface Moment {
  readonly at: number
  readonly page: CalendarPage
}

export interface Measure {
  readonly field: LimitField
  readonly kind: 'rate' | 'concurrency' | 'budget'
  /** `slots` and `requests` count each request once. */
  readonly unit: 'requests' | 'tokens' | 'nanos' | 'slots'
  /** Whether its time is a period that ends as a whole, and which. */
  readonly isCalendar: boolean
  readonly period: Period | null
  /** The scope must have been turned to the moment's page. */
  used(scope: Scope, now: Moment): number
  /** Whether what was admitted at `then` is still counted. */
  reaches(then: Moment, now: Moment): boolean
  /** From when on `amount` more fit under `limit` by time alone; null where time frees nothing. */
  fitsAt(scope: Scope, now: Moment, amount: number, limit: number): number | null
  /** From when on nothing is counted, by time alone. */
  emptyAt(scope: Scope, now: Moment): number | null
}

export type Period = keyof typeof PERIODS

type Rate = Pick<Measure, 'field' | 'unit'>

function sliding(rate: Rate, bucketMs: number, windowOf: (scope: Scope) => SlidingWindow): Measure {
  return {
    ...rate,
    isCalendar: false,
    period: null,
    kind: 'rate',
    used: (scope, now) => windowOf(scope).usedAt(now.at),
    reaches: (then, now) => Math.floor(then.at / bucketMs) > Math.floor(now.at / bucketMs) - BUCKETS,
    fitsAt: (scope, now, amount, limit) => windowOf(scope).fitsAt(now.at, amount, limit),
    emptyAt: (scope, now) => windowOf(scope).emptyAt(now.at),
  }
}

const PERIODS = { day: 'nextDay', week: 'nextWeek', month: 'nextMonth' } as const

function calendar({ field, unit }: Rate, period: Period, used: (scope: Scope) => number): Measure {
  const next = PERIODS[period]
  return {
    field,
    unit,
    isCalendar: true,
    period,
    kind: unit === 'nanos' ? 'budget' : 'rate',
    used,
    reaches: (then, now) => then.page[period] === now.page[period],
    fitsAt: (scope, now, amount, limit) => (used(scope) + amount <= limit ? now.at : now.page[next]),
    emptyAt: (_scope, now) => now.page[next],
  }
}

function untimed(measure: Pick<Measure, 'field' | 'unit' | 'kind'>, used: (scope: Scope) => number): Measure {
  const never = { isCalendar: false, period: null, fitsAt: () => null, emptyAt: () => null }
  return { ...measure, ...never, used, reaches: () => true }
}

/** In the order of the fields of `Limits`. */
export const MEASURES: readonly Measure[] = [
  sliding({ field: 'requestsPerMinute', unit: 'requests' }, SECOND_MS, (scope) => scope.requestsMinute),
  sliding({ field: 'requestsPerHour', unit: 'requests' }, MINUTE_MS, (scope) => scope.requestsHour),
  calendar({ field: 'requestsPerDay', unit: 'requests' }, 'day', (scope) => scope.requestsDay),
  sliding({ field: 'tokensPerMinute', unit: 'tokens' }, SECOND_MS, (scope) => scope.tokensMinute),
  calendar({ field: 'tokensPerDay', unit: 'tokens' }, 'day', (scope) => scope.tokensDay),
  calendar({ field: 'tokensPerWeek', unit: 'tokens' }, 'week', (scope) => scope.tokensWeek),
  untimed({ field: 'concurrentRequests', unit: 'slots', kind: 'concurrency' }, (scope) => scope.running),
  calendar({ field: 'budgetPerDay', unit: 'nanos' }, 'day', (scope) => scope.costDay),
  calendar({ field: 'budgetPerWeek', unit: 'nanos' }, 'week', (scope) => scope.costWeek),
  calendar({ field: 'budgetPerMonth', unit: 'nanos' }, 'month', (scope) => scope.costMonth),
  untimed({ field: 'budgetTotal', unit: 'nanos', kind: 'budget' }, (scope) => scope.costTotal),
]

/** A limit over time that is set, as it is without a raise. */
export interface Cap {
  readonly measure: Measure
  readonly limit: number
}

/** Those that are set, once: a request asks after all of them several times. */
export function capsOf(limits: Limits | null): readonly Cap[] {
  if (limits === null) return []
  return MEASURES.flatMap((measure) => {
    const limit = limits[measure.field]
    return limit === null ? [] : [{ measure, limit }]
  })
}

export const BUDGETS: readonly Measure[] = MEASURES.filter(({ kind }) => kind === 'budget')

export function amountIn(measure: Measure, amounts: Amounts): number {
  if (measure.unit === 'tokens') return amounts.tokens
  return measure.unit === 'nanos' ? amounts.costNanos : 1
}
