/** One account: the words that wait to be read, and what they came to. */
import type { IncomingHttpHeaders } from 'node:http'
import type { AccountCredits, AccountWindow } from '../../shared/models/quota.ts'
import { parseJsonObject } from '../dialects/json.ts'
import { eventData } from '../dialects/sse.ts'
import { readQuotaEvent, readQuotaHeaders, refusingMeter, type QuotaReading } from './account-reading.ts'
import { AccountWindows, isFresh, isReset } from './account-windows.ts'
import { CLEAR, type QuotaLeft, type QuotaNotes, type QuotaStanding } from './quota-view.ts'

const BEHIND: QuotaStanding = { until: null, isBehind: true }

/** What an answer said when it refused the account. */
export interface AccountRefusal {
  readonly model: string
  /** Epoch ms. */
  readonly until: number
  /** Of the refusing answer; null where it came in a stream. */
  readonly headers: IncomingHttpHeaders | null
}

export interface AccountView {
  readonly windows: readonly AccountWindow[]
  readonly credits: AccountCredits | null
  /** By the provider's own name. */
  readonly plan: string | null
}

interface Word {
  readonly headers: IncomingHttpHeaders | null
  readonly event: Buffer | null
  readonly at: number
}

/** Heads that wait to be read: one for each count that a request can go to. */
const MAX_WAITING = 8
/** For so long a head that says the same is not read again; one of its names may be new after all. */
const REPEATED_MS = 60_000

/** Real owned state on the request path: a class keeps it in one shape. */
export class Account implements QuotaNotes {
  readonly windows = new AccountWindows()
  credits: AccountCredits | null = null
  plan: string | null = null
  #waiting: Word[] = []
  #lastHead: { readonly headers: IncomingHttpHeaders; readonly at: number; readonly names: readonly string[] } | null =
    null
  #refusedAt = 0
  #isTold = false
  readonly #now: () => number
  readonly #tell: () => void

  constructor(now: () => number, tell: () => void) {
    this.#now = now
    this.#tell = tell
  }

  note(headers: IncomingHttpHeaders): void {
    if (headers['x-codex-active-limit'] === undefined && headers['x-codex-primary-used-percent'] === undefined) return
    // A later head of the same count says all that the earlier one said, unless its figures are others.
    const same = this.#waiting.findIndex(({ headers: before }) => before !== null && isSaying(before, headers))
    if (same >= 0) this.#waiting.splice(same, 1)
    this.#keep({ headers, event: null, at: this.#now() })
  }

  event(event: Buffer): void {
    // The bytes belong to the chunk that they came in, which may be large.
    this.#keep({ headers: null, event: Buffer.from(event), at: this.#now() })
  }

  #keep(word: Word): void {
    this.#waiting.push(word)
    if (this.#waiting.length > MAX_WAITING) this.read()
    this.news()
  }

  news(): void {
    if (this.#isTold) return
    this.#isTold = true
    this.#tell()
  }

  looked(): void {
    this.#isTold = false
  }

  read(): void {
    if (this.#waiting.length === 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const { headers, event, at } of waiting) {
      if (headers !== null && this.#repeats(headers, at)) continue
      const reading = headers === null ? eventReading(event, at) : readQuotaHeaders(headers, at)
      if (reading !== null) this.take(reading, at)
    }
  }

  /** The same as the last head said, as nearly always: only its time is new. */
  #repeats(headers: IncomingHttpHeaders, at: number): boolean {
    const last = this.#lastHead
    if (
      last !== null &&
      at - last.at < REPEATED_MS &&
      last.names.every((name) => headers[name] === last.headers[name])
    ) {
      this.windows.confirm(at)
      if (this.credits !== null && at > this.credits.observedAt) this.credits = { ...this.credits, observedAt: at }
      return true
    }
    this.#lastHead = { headers, at, names: Object.keys(headers).filter(isFigure) }
    return false
  }

  take(reading: QuotaReading, at: number, overrules = false): void {
    this.windows.take(reading, at, overrules)
    if (reading.credits !== null) this.credits = { ...reading.credits, observedAt: at }
    this.plan = reading.plan ?? this.plan
    if (overrules) this.#refusedAt = 0
  }

  refuse({ model, until, headers }: AccountRefusal): void {
    this.read()
    const at = this.#now()
    const named = refusingMeter(headers)
    const meter = named === null ? this.windows.meterOf(model) : this.windows.named(named)
    this.windows.refuse(meter, until, at)
    // Whatever is bought did not help this time.
    this.#refusedAt = at
  }

  standing(model: string, now: number): QuotaStanding {
    if (this.#waiting.length > 0) this.read()
    const { windows } = this
    if (!windows.hasFull) return CLEAR
    const meter = windows.meterOf(model)
    let until: number | null = null
    let isBehind = false
    for (const window of windows.all) {
      if (window.meter !== meter || window.usedPercent < 100 || isReset(window, now)) continue
      if (window.resetsAt === null || !isFresh(window, now)) isBehind = true
      else until = Math.max(until ?? 0, window.resetsAt)
    }
    if (until === null) return isBehind ? BEHIND : CLEAR
    return this.#hasCredits(now) ? BEHIND : { until, isBehind }
  }

  #hasCredits(now: number): boolean {
    const { credits } = this
    if (credits === null || !isFresh(credits, now) || credits.observedAt <= this.#refusedAt) return false
    return credits.hasCredits || credits.isUnlimited
  }

  left(model: string, now: number): QuotaLeft | null {
    if (this.#waiting.length > 0) this.read()
    const meter = this.windows.meterOf(model)
    let least: QuotaLeft | null = null
    for (const window of this.windows.all) {
      if (window.meter !== meter) continue
      const isFull = isReset(window, now)
      if (!isFull && !isFresh(window, now)) continue
      const percent = isFull ? 100 : 100 - window.usedPercent
      if (least === null || percent < least.percent) least = { percent, resetsAt: isFull ? null : window.resetsAt }
    }
    return least
  }
}

/** What counts down is said as a moment, too. */
function isFigure(name: string): boolean {
  return (
    name.startsWith('x-') && /-(?:used-percent|window-minutes|reset-at|limit-name|active-limit|has-credits)$/.test(name)
  )
}

const OPEN_BRACE = 0x7b

/** An event of a stream, or what a frame of a WebSocket holds. */
const TELLING = ['x-codex-active-limit', 'x-codex-primary-used-percent', 'x-codex-secondary-used-percent'] as const

function isSaying(before: IncomingHttpHeaders, headers: IncomingHttpHeaders): boolean {
  return TELLING.every((name) => before[name] === headers[name])
}

function eventReading(event: Buffer | null, at: number): QuotaReading | null {
  if (event === null) return null
  const data = parseJsonObject(event[0] === OPEN_BRACE ? event.toString('utf8') : eventData(event))
  return data === null ? null : readQuotaEvent(data, at)
}
