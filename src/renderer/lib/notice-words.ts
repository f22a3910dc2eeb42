/** What a notice says, as sentences: on the page of alerts, and in the corner when a critical one arrives. Pure. */
import type { BudgetFacts, Notice } from '../../shared/models/notice.ts'
import type { LimitField } from '../../shared/models/limit.ts'
import { formatDollars, formatTime } from './format.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

export interface NoticePart {
  readonly text: string
  /** `name`: of what it is about. `time`: not to be broken over lines. */
  readonly kind: 'words' | 'name' | 'time'
}

const budgetNames: Readonly<Partial<Record<LimitField, string>>> = {
  budgetPerDay: 'budget per day',
  budgetPerWeek: 'budget per week',
  budgetPerMonth: 'budget per month',
  budgetTotal: 'budget in total',
}

/** `16:40` on the same day, `midnight` for its end, else the date, with the time where it is not its beginning. */
export function momentWords(at: number, from: number): string {
  const [day = '', time = ''] = formatTime(at, { seconds: false }).split(' ')
  if (formatTime(from).startsWith(day)) return time
  if (time !== '00:00') return `${day} ${time}`
  // A day may have 25 hours.
  return at > from && at - from <= DAY_MS + HOUR_MS ? 'midnight' : day
}

/** "Key **laptop** has used 80 % of its budget per day: $8.02 of $10.00; at this pace full at 16:40, resets at midnight". */
export function noticeParts({ kind, subject, budget, at }: Notice): readonly NoticePart[] {
  const name = { text: subject.name, kind: 'name' } as const
  if (kind === 'upstream.resetExpires') return [words('A saved reset of '), name, words(` ${EXPIRES}`)]
  if (kind === 'upstream.quotaDry') return [words('Upstream '), name, words(` ${DRY}`)]
  if (kind === 'pool.quotaDry') return [words('Every account of the Pool '), name, words(` ${POOL_DRY}`)]
  if (budget === null) return [words('Upstream '), name, words(` ${REFUSED}`)]
  return [words('Key '), name, words(` has used ${budgetWords(budget)}`), ...timeParts(budget, at), words('.')]
}

/** The same as one text. */
export function noticeText(notice: Notice): string {
  return noticeParts(notice)
    .map(({ text }) => text)
    .join('')
}

const REFUSED = 'cannot be used: its provider refuses the credential. Sign in again or replace its secret.'
const DRY = 'has used up its quota. It is in again by itself after the reset.'
const POOL_DRY = 'has used up its quota. Until the first reset only other upstreams can serve it.'
const EXPIRES = 'expires within 24 hours. Use it before, or it is lost.'

function words(text: string): NoticePart {
  return { text, kind: 'words' }
}

function budgetWords({ field, model, threshold, used, limit }: BudgetFacts): string {
  const share = threshold >= 100 ? 'up' : `${threshold} % of`
  const whose = model === null ? '' : ` for ${model}`
  return `${share} its ${budgetNames[field] ?? 'limit'}${whose}: ${formatDollars(used)} of ${formatDollars(limit)}`
}

/** What comes next, as it looked then. */
function timeParts({ fullAt, resetAt, used, limit }: BudgetFacts, at: number): readonly NoticePart[] {
  const told = [
    fullAt === null || used >= limit ? null : (['at this pace full ', fullAt] as const),
    resetAt === null ? null : (['resets ', resetAt] as const),
  ].filter((each) => each !== null)
  return told.flatMap(([before, moment], index) => [
    words(`${index === 0 ? '; ' : ', '}${before}`),
    { text: atWords(moment, at), kind: 'time' } as const,
  ])
}

/** `at 16:40`, `at midnight`, `on 2026-03-09`, `on 2026-03-05 16:40`. */
export function atWords(at: number, from: number): string {
  const said = momentWords(at, from)
  return `${said.includes('-') ? 'on' : 'at'} ${said}`
}
