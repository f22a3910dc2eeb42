/** What is left of a signed-in account, in words: its windows by their length, their state, and what comes next. Pure. */
import type { AccountQuota, AccountWindow } from '../../shared/models/quota.ts'
import type { Upstream } from '../../shared/models/upstream.ts'
import { formatNoun, formatShare } from './format.ts'
import { atWords } from './notice-words.ts'

const HOUR = 60
const DAY = 24 * HOUR
/** Less than this is little, percent. */
export const LITTLE_LEFT = 20

const NAMES: Readonly<Record<number, string>> = { [HOUR]: 'Hour', [DAY]: 'Day', [7 * DAY]: 'Week', [30 * DAY]: 'Month' }

/** `5 hours`, `Week`, `Month`, `3 days`, `90 min`. */
function windowWord(minutes: number): string {
  const name = NAMES[minutes]
  if (name !== undefined) return name
  if (minutes % DAY === 0) return `${minutes / DAY} days`
  return minutes % HOUR === 0 ? `${minutes / HOUR} hours` : `${minutes} min`
}

/** Of a model's own meter with its name: `Week, gpt-6.1-sol`. */
export function windowTitle({ meter, minutes }: Pick<AccountWindow, 'meter' | 'minutes'>): string {
  return meter === '' ? windowWord(minutes) : `${windowWord(minutes)}, ${meter}`
}

/** 0 to 100. A window whose reset has passed is full until somebody says otherwise. */
export function percentLeft({ usedPercent, state }: Pick<AccountWindow, 'usedPercent' | 'state'>): number {
  return state === 'reset' ? 100 : Math.min(100, Math.max(0, 100 - usedPercent))
}

/** `62 %`. */
export function leftWord(window: Pick<AccountWindow, 'usedPercent' | 'state'>): string {
  return formatShare(percentLeft(window) / 100)
}

/** The account's own windows first, short ones before long ones; then those of single models. */
export function inOrder<T extends Pick<AccountWindow, 'meter' | 'minutes'>>(windows: readonly T[]): readonly T[] {
  return windows.toSorted(
    (a, b) =>
      Number(a.meter !== '') - Number(b.meter !== '') || a.meter.localeCompare(b.meter) || a.minutes - b.minutes,
  )
}

/**
 * The window of which the least is left; null where nothing is known. An old figure counts, too: what was used is not
 * less by now. A model's own meter does not speak for the account, unless there is nothing else.
 */
export function leastLeft(quota: Pick<AccountQuota, 'windows'> | null): AccountWindow | null {
  const all = quota?.windows ?? []
  const whole = all.filter(({ meter }) => meter === '')
  const own = whole.length > 0 ? whole : all
  return own.toSorted((a, b) => percentLeft(a) - percentLeft(b) || a.minutes - b.minutes)[0] ?? null
}

export interface Glance {
  readonly shown: readonly AccountWindow[]
  readonly rest: readonly AccountWindow[]
}

/** Where there is room for `most` windows: all of them in their order, or else those that end first. */
export function atGlance(windows: readonly AccountWindow[], most: number, now: number): Glance {
  const all = inOrder(windows)
  if (all.length <= most) return { shown: all, rest: [] }
  const worst = all.toSorted((a, b) => severity(a, now) - severity(b, now))
  return { shown: worst.slice(0, most), rest: worst.slice(most) }
}

/** The lower, the worse: used up, then by what is left. One that will not last counts as if little were left. */
function severity(window: AccountWindow, now: number): number {
  if (window.state === 'exhausted') return -1
  const left = percentLeft(window)
  return forecastWords(window, now) === null ? left : Math.min(left, LITTLE_LEFT)
}

/** Stands for windows that are not shown: `and 2 other windows, at least 62 % left`. Empty for none. */
export function restWords(rest: Glance['rest']): string {
  const least = rest.toSorted((a, b) => percentLeft(a) - percentLeft(b))[0]
  if (least === undefined) return ''
  const usedUp = rest.filter(({ state }) => state === 'exhausted').length
  const left = `${rest.length > 1 ? 'at least ' : ''}${leftWord(least)} left`
  const some = usedUp === rest.length ? 'used up' : `${usedUp} of them used up`
  return `and ${formatNoun(rest.length, 'other window')}, ${usedUp === 0 ? left : some}`
}

/** "At this pace empty at 16:40, resets at 18:05." Null where it will last, or cannot be told. */
export function forecastWords({ emptyAt, resetsAt, state }: AccountWindow, now: number): string | null {
  if (state !== 'ok' || emptyAt === null || emptyAt <= now) return null
  const end = resetsAt === null ? '' : `, resets ${atWords(resetsAt, now)}`
  return `At this pace empty ${atWords(emptyAt, now)}${end}.`
}

export interface QuotaReset {
  readonly upstreamId: string
  readonly name: string
  /** `requests`, `Week`: which of its limits. */
  readonly what: string
  readonly at: number
}

/** Of API keys and of accounts alike: every reset that is known and still ahead, the next one first. */
export function comingResets(upstreams: readonly Upstream[], now: number): readonly QuotaReset[] {
  return upstreams
    .flatMap(({ id, name, quota, accountQuota }) => [
      ...quota.map(({ name: what, resetsAt }) => ({ upstreamId: id, name, what, at: resetsAt })),
      // A full window comes to a reset as well, which is news to nobody.
      ...(accountQuota?.windows ?? [])
        .filter((window) => percentLeft(window) < 100)
        .map((window) => ({ upstreamId: id, name, what: windowTitle(window), at: window.resetsAt })),
    ])
    .flatMap((each) => (each.at === null || each.at <= now ? [] : [{ ...each, at: each.at }]))
    .toSorted((a, b) => a.at - b.at)
}
