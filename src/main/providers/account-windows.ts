/**
 * The quota windows of one account, as the last word of each stands. A word that comes is weighed against the one that is
 * there: an event of a stream is stronger than a head or a refusal, and these are stronger than the usage page, which lags.
 */
import type { AccountWindow, AccountWindowState, QuotaSource } from '../../shared/models/quota.ts'
import type { QuotaReading, ReadMeter, ReadWindow } from './account-reading.ts'

/** How long a figure is gone by. */
export const FRESH_MS = 900_000
/** For so long a stronger word holds against weaker ones. */
const STRONG_FOR_MS = 300_000
/** Answers overlap: for so long the higher figure of one window holds against a lower one. */
const OVERLAP_MS = 60_000
/** Two resets nearer than this are one: providers count from the second of the answer. */
export const SAME_RESET_MS = 120_000
const MAX_WINDOWS = 40

const RANK: Readonly<Record<QuotaSource, number>> = { event: 3, headers: 2, refusal: 2, usage: 1 }

export interface KeptWindow extends ReadWindow {
  /** Empty for the account as a whole, else the meter's name where it is known, else its id. */
  readonly meter: string
  readonly observedAt: number
  readonly source: QuotaSource
}

export function isReset({ resetsAt }: Pick<KeptWindow, 'resetsAt'>, now: number): boolean {
  return resetsAt !== null && resetsAt <= now
}

export function isFresh({ observedAt }: Pick<KeptWindow, 'observedAt'>, now: number): boolean {
  return now - observedAt <= FRESH_MS
}

export function stateOf(window: KeptWindow, now: number): AccountWindowState {
  if (isReset(window, now)) return 'reset'
  if (!isFresh(window, now)) return 'stale'
  return window.usedPercent >= 100 ? 'exhausted' : 'ok'
}

/** As a page shows it; the forecast is made elsewhere. */
export function toAccountWindow(window: KeptWindow, now: number): AccountWindow {
  return { ...window, state: stateOf(window, now), emptyAt: null }
}

/** Models and meters are spelled differently: `GPT-5.3-Codex-Spark` counts `gpt-5.3-codex-spark`. */
export function spelling(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[_\s]+/g, '-')
}

function takes(kept: KeptWindow, next: ReadWindow, word: Word): boolean {
  const { at, source, overrules } = word
  const age = at - kept.observedAt
  if (age < 0) return false
  if (overrules || isReset(kept, at)) return true
  const moved = next.resetsAt !== null && kept.resetsAt !== null ? next.resetsAt - kept.resetsAt : 0
  // A later reset is another window, whoever says so; an earlier one is the past.
  if (moved > SAME_RESET_MS) return true
  if (moved < -SAME_RESET_MS && RANK[source] < RANK[kept.source]) return age > STRONG_FOR_MS
  if (next.usedPercent < kept.usedPercent && age < OVERLAP_MS) return false
  return RANK[source] >= RANK[kept.source] || age > STRONG_FOR_MS
}

interface Word {
  readonly at: number
  readonly source: QuotaSource
  /** The operator asked, or something was done about it: what was known before does not count. */
  readonly overrules: boolean
}

export class AccountWindows {
  #kept: readonly KeptWindow[] = []
  /** By the provider's id of a meter. */
  readonly #names = new Map<string, string>()
  /** By how models are spelled. */
  #meters: readonly { readonly spelled: string; readonly meter: string }[] = []
  /** Some window is used up: only then is there anything to weigh for a request. */
  hasFull = false

  get all(): readonly KeptWindow[] {
    return this.#kept
  }

  /** The meter that counts this model; empty for the account as a whole. */
  meterOf(model: string): string {
    if (this.#meters.length === 0) return ''
    const spelled = spelling(model)
    return this.#meters.find((each) => each.spelled === spelled)?.meter ?? ''
  }

  /** The meter's name, where its id is known by one. */
  named(id: string): string {
    return this.#names.get(id) ?? id
  }

  idOf(meter: string): string {
    for (const [id, name] of this.#names) if (name === meter) return id
    return meter
  }

  take(reading: QuotaReading, at: number, overrules = false): void {
    const word: Word = { at, source: reading.source, overrules }
    for (const meter of reading.meters) this.#takeMeter(meter, word, reading.isWhole)
    this.#look()
  }

  /** As it was found in the table: older than anything that comes. */
  seed(windows: readonly KeptWindow[]): void {
    const known = new Set(this.#kept.map(keyOf))
    this.#kept = [...this.#kept, ...windows.filter((window) => !known.has(keyOf(window)))].slice(0, MAX_WINDOWS)
    this.#look()
  }

  /** What heads said last is so still. */
  confirm(at: number): void {
    this.#kept = this.#kept.map((window) =>
      window.source === 'headers' && window.observedAt < at ? { ...window, observedAt: at } : window,
    )
  }

  /** The account was refused until then, for what this meter counts: its window that ends then is used up. */
  refuse(meter: string, until: number, at: number): void {
    const own = this.#kept.filter((window) => window.meter === meter)
    const near = own.find(({ resetsAt }) => resetsAt !== null && Math.abs(resetsAt - until) <= SAME_RESET_MS)
    const minutes = near?.minutes ?? lengthFor(own, until - at)
    const window: KeptWindow = { meter, minutes, usedPercent: 100, resetsAt: until, observedAt: at, source: 'refusal' }
    this.#kept = [...this.#kept.filter((each) => keyOf(each) !== keyOf(window)), window].slice(-MAX_WINDOWS)
    this.#look()
  }

  #takeMeter({ id, name, windows }: ReadMeter, word: Word, isWhole: boolean): void {
    if (name !== null && id !== '') this.#rename(id, name)
    const meter = this.named(id)
    const next = new Map(windows.map((window) => [window.minutes, window]))
    const kept: KeptWindow[] = []
    for (const window of this.#kept) {
      const read = window.meter === meter ? next.get(window.minutes) : undefined
      if (read !== undefined) {
        next.delete(window.minutes)
        kept.push(takes(window, read, word) ? this.#word(meter, read, word) : window)
      } else if (!(isWhole && window.meter === meter && isOutspoken(window, word))) kept.push(window)
    }
    for (const read of next.values()) kept.push(this.#word(meter, read, word))
    this.#kept = kept.slice(-MAX_WINDOWS)
  }

  #word(meter: string, { minutes, usedPercent, resetsAt }: ReadWindow, { at, source }: Word): KeptWindow {
    return { meter, minutes, usedPercent, resetsAt, observedAt: at, source }
  }

  #rename(id: string, name: string): void {
    if (this.#names.get(id) === name) return
    const before = this.named(id)
    this.#names.set(id, name)
    this.#kept = this.#kept.map((window) => (window.meter === before ? { ...window, meter: name } : window))
  }

  #look(): void {
    this.hasFull = this.#kept.some(({ usedPercent }) => usedPercent >= 100)
    const meters = new Set(this.#kept.map(({ meter }) => meter))
    meters.delete('')
    this.#meters = [...meters].map((meter) => ({ spelled: spelling(meter), meter }))
  }
}

function keyOf({ meter, minutes }: Pick<KeptWindow, 'meter' | 'minutes'>): string {
  return `${meter} ${minutes}`
}

/** A whole word that leaves the window out says that it is gone, unless a stronger one just said otherwise. */
function isOutspoken(kept: KeptWindow, { at, source, overrules }: Word): boolean {
  const age = at - kept.observedAt
  return age >= 0 && (overrules || RANK[source] >= RANK[kept.source] || age > STRONG_FOR_MS)
}

const USUAL_LENGTHS = [300, 10_080, 43_200] as const
const LONGEST = 43_200

/** The shortest that can still take so long, of those that the account has, else of the usual ones. */
function lengthFor(own: readonly KeptWindow[], waitMs: number): number {
  const wait = (waitMs - SAME_RESET_MS) / 60_000
  const lengths = own.map(({ minutes }) => minutes).sort((a, b) => a - b)
  return lengths.find((each) => each >= wait) ?? USUAL_LENGTHS.find((each) => each >= wait) ?? LONGEST
}
