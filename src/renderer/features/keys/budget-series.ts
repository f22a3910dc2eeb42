/** What a key spent, as its chart shows it: day by day, and added up over the month. Pure. */
import type { KeySpend } from '../../../shared/models/limit.ts'
import { dayNumberStart } from '../../../shared/zone.ts'
import { cumulate } from '../../components/charts/series.ts'
import { withParams } from '../../lib/url-state.ts'

const DAY_MS = 86_400_000

export type SpendDay = KeySpend['days'][number]

export interface MonthDay extends SpendDay {
  /** With all days of its month before it that are shown; nano-dollars. */
  readonly sumNanos: number
}

/** The days of the running month, which the last one is in. */
export function daysOfMonth(days: readonly SpendDay[]): readonly SpendDay[] {
  const month = days.at(-1)?.day.slice(0, 7)
  return days.filter(({ day }) => day.slice(0, 7) === month)
}

/** Each day of the running month with what the month came to by then. */
export function monthSoFar(days: readonly SpendDay[]): readonly MonthDay[] {
  const ofMonth = daysOfMonth(days)
  const sums = cumulate(ofMonth.map(({ costNanos }) => costNanos))
  return ofMonth.map((day, index) => ({ ...day, sumNanos: sums[index] ?? 0 }))
}

/** From its first moment to that of the next day, epoch ms, by the clock of that zone. */
export function spanOf(day: string, zone: string): { readonly from: number; readonly to: number } {
  const number = Date.parse(`${day}T00:00:00Z`) / DAY_MS
  return { from: dayNumberStart(zone, number), to: dayNumberStart(zone, number + 1) }
}

/** Where the requests of that day are. */
export function logOf(keyId: string, day: string, zone: string): string {
  return withParams('/requests', { key: keyId, ...spanOf(day, zone) })
}
