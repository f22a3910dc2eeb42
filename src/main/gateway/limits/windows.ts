/** What is counted over time: the last 60 buckets, or a day, week or month of the operator's calendar. */
import { dayNumber, dayNumberStart, firstOfMonth, mondayOf } from '../../../shared/zone.ts'

export const BUCKETS = 60

/** A sum over the running bucket and the 59 before it. Time only goes on: an earlier moment finds what a later one left. */
export class SlidingWindow {
  readonly #bucketMs: number
  /** Made by the first amount: most windows of most keys never see one. */
  #buckets: Float64Array | null = null
  /** The newest bucket, counted from 1970. */
  #head = 0
  #used = 0

  constructor(bucketMs: number) {
    this.#bucketMs = bucketMs
  }

  usedAt(at: number): number {
    this.#turnTo(Math.floor(at / this.#bucketMs))
    return this.#used
  }

  /** Adds to the bucket of a moment, or takes back from it. Does nothing where that has left the window. */
  add(at: number, amount: number): void {
    const bucket = Math.floor(at / this.#bucketMs)
    this.#turnTo(bucket)
    if (bucket <= this.#head - BUCKETS || amount === 0) return
    const buckets = (this.#buckets ??= new Float64Array(BUCKETS))
    const place = bucket % BUCKETS
    buckets[place] = (buckets[place] ?? 0) + amount
    this.#used += amount
  }

  /**
   * From when on `amount` more stay within `limit` if nothing else is added: the start of a bucket, or `at` where they do
   * already. `amount` alone must not be more than `limit`.
   */
  fitsAt(at: number, amount: number, limit: number): number {
    let excess = this.usedAt(at) + amount - limit
    if (excess <= 0) return at
    let bucket = this.#head - BUCKETS
    while (excess > 0 && bucket < this.#head) {
      bucket++
      excess -= this.#buckets?.[bucket % BUCKETS] ?? 0
    }
    return (bucket + BUCKETS) * this.#bucketMs
  }

  /** From when on nothing is counted if nothing else is added. */
  emptyAt(at: number): number {
    if (this.usedAt(at) === 0) return at
    let bucket = this.#head
    while (bucket > this.#head - BUCKETS && this.#buckets?.[bucket % BUCKETS] === 0) bucket--
    return (bucket + BUCKETS) * this.#bucketMs
  }

  #turnTo(bucket: number): void {
    if (bucket <= this.#head) return
    if (this.#used !== 0 && this.#buckets !== null) this.#drop(this.#buckets, bucket)
    this.#head = bucket
  }

  #drop(buckets: Float64Array, bucket: number): void {
    if (bucket - this.#head >= BUCKETS) {
      buckets.fill(0)
      this.#used = 0
      return
    }
    for (let next = this.#head + 1; next <= bucket; next++) {
      const place = next % BUCKETS
      this.#used -= buckets[place] ?? 0
      buckets[place] = 0
    }
  }
}

/** A day of the operator's calendar, and the periods it lies in. Made once a day. */
export interface CalendarPage {
  readonly zone: string
  /** The date, the Monday of its week, the first of its month: days since 1970-01-01. */
  readonly day: number
  readonly week: number
  readonly month: number
  /** Epoch ms. */
  readonly nextDay: number
  readonly nextWeek: number
  readonly nextMonth: number
}

/**
 * `notBefore` is the last date that was counted in: it goes on where another zone would lead back to an earlier one, so that
 * no period is begun twice.
 */
export function calendarPage(zone: string, at: number, notBefore = 0): CalendarPage {
  const day = Math.max(dayNumber(zone, at), notBefore)
  const week = mondayOf(day)
  return {
    zone,
    day,
    week,
    month: firstOfMonth(day),
    nextDay: dayNumberStart(zone, day + 1),
    nextWeek: dayNumberStart(zone, week + 7),
    nextMonth: dayNumberStart(zone, firstOfMonth(day, 1)),
  }
}

/** The ledger's time. It never goes back: after a backward jump it stands until the other clock has caught up. */
export class LedgerClock {
  at = 0
  page: CalendarPage
  readonly #zone: () => string

  constructor(zone: () => string) {
    this.#zone = zone
    this.page = calendarPage(zone(), 0)
  }

  moveTo(at: number): void {
    if (at > this.at) this.at = at
    const zone = this.#zone()
    if (this.at < this.page.nextDay && zone === this.page.zone) return
    this.page = calendarPage(zone, this.at, this.page.day)
  }
}
