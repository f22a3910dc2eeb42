/** The counters of a key, or of one of its overrides. */
import { SlidingWindow, type CalendarPage } from './windows.ts'

export const SECOND_MS = 1_000
export const MINUTE_MS = 60_000

export interface Sums {
  readonly requests: number
  readonly tokens: number
  /** Nano-dollars. */
  readonly costNanos: number
}

/** What a scope counted before the ledger was made: settled requests only. */
export interface SeedCounters {
  /** The moment the sums were made for; epoch ms. They are those of its day, week and month. */
  readonly at: number
  readonly day: Sums
  readonly week: Sums
  readonly month: Sums
  readonly total: Sums
  /** The last hour by admission: the last minute of it to the second, the rest to the minute or finer. In any order. */
  readonly recent: readonly { readonly at: number; readonly requests: number; readonly tokens: number }[]
}

export class Scope {
  readonly requestsMinute = new SlidingWindow(SECOND_MS)
  readonly requestsHour = new SlidingWindow(MINUTE_MS)
  readonly tokensMinute = new SlidingWindow(SECOND_MS)
  requestsDay = 0
  tokensDay = 0
  tokensWeek = 0
  costDay = 0
  costWeek = 0
  costMonth = 0
  costTotal = 0
  /** Requests that are not settled. */
  running = 0
  #day = 0
  #week = 0
  #month = 0

  /** Begins the periods that the page is in. What was counted in others is over. */
  turnTo(page: CalendarPage): void {
    if (page.day === this.#day) return
    this.#day = page.day
    this.requestsDay = this.tokensDay = this.costDay = 0
    if (page.week !== this.#week) {
      this.#week = page.week
      this.tokensWeek = this.costWeek = 0
    }
    if (page.month !== this.#month) {
      this.#month = page.month
      this.costMonth = 0
    }
  }

  /** Adds to the buckets and periods of an admission, or takes back from them; those that are over stay as they were. */
  add(at: number, page: CalendarPage, { requests, tokens, costNanos }: Sums): void {
    if (requests !== 0) {
      this.requestsMinute.add(at, requests)
      this.requestsHour.add(at, requests)
    }
    this.tokensMinute.add(at, tokens)
    if (page.day === this.#day) {
      this.requestsDay += requests
      this.tokensDay += tokens
      this.costDay += costNanos
    }
    if (page.week === this.#week) {
      this.tokensWeek += tokens
      this.costWeek += costNanos
    }
    if (page.month === this.#month) this.costMonth += costNanos
    this.costTotal += costNanos
  }

  seed({ day, week, month, total, recent }: SeedCounters, at: number, page: CalendarPage): void {
    this.turnTo(page)
    this.requestsDay = day.requests
    this.tokensDay = day.tokens
    this.tokensWeek = week.tokens
    this.costDay = day.costNanos
    this.costWeek = week.costNanos
    this.costMonth = month.costNanos
    this.costTotal = total.costNanos
    for (const each of recent) {
      // A clock that was wrong wrote rows of the future: they count as of now, so that they leave the window in time.
      const from = Math.min(each.at, at)
      this.requestsMinute.add(from, each.requests)
      this.requestsHour.add(from, each.requests)
      this.tokensMinute.add(from, each.tokens)
    }
  }
}
