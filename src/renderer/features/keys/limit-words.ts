/** How a limit and its use are put into words; what each is called is in shared/limit-names.ts. Pure. */
import { budgetFields, isBudget, limitFields, limitNames, unitWords } from '../../../shared/limit-names.ts'
import type { LimitField, Limits, LimitState, ResettableField } from '../../../shared/models/limit.ts'
import { formatCount, formatDollars } from '../../lib/format.ts'

export { budgetFields, isBudget, limitFields, limitNames }

/** Counts by the calendar, or for all time, so that it can be set back to 0. */
export function isResettable(field: LimitField): field is ResettableField {
  return isBudget(field) || field === 'requestsPerDay' || field === 'tokensPerDay' || field === 'tokensPerWeek'
}

/** Within a sentence: `budget per day`, `tokens per week for gpt-5*`. */
export function limitPhrase({ field, model }: Pick<LimitState, 'field' | 'model'>): string {
  const { long } = limitNames[field]
  return `${long.charAt(0).toLowerCase()}${long.slice(1)}${model === null ? '' : ` for ${model}`}`
}

/** They bound one request by itself, so nothing is counted against them. */
export const perRequestFields = ['inputTokensPerRequest', 'outputTokensPerRequest'] as const satisfies LimitField[]

/** Their windows slide: they are never empty at once, but free up bit by bit. */
const sliding: ReadonlySet<LimitField> = new Set([
  'requestsPerMinute',
  'requestsPerHour',
  'tokensPerMinute',
] satisfies LimitField[])

export function formatAmount(field: LimitField, value: number): string {
  return limitNames[field].unit === 'usd' ? formatDollars(value) : formatCount(value)
}

/** `100 requests a minute`, `$5.00 a day`, `0 tokens a day: denied`. */
export function limitWords(field: LimitField, value: number): string {
  const words = `${formatAmount(field, value)} ${unitWords(field, value)}`
  return value === 0 ? `${words}: denied` : words
}

/** Every cap that is set, in the order of the fields. */
export function limitsWords(limits: Limits): readonly string[] {
  return limitFields.flatMap((field) => {
    const value = limits[field]
    return value === null ? [] : [limitWords(field, value)]
  })
}

export type Fill = 'calm' | 'near' | 'full'

/** Settled and reserved together, as a share of the limit; a limit of 0 is full. */
export function fillOf({ limit, used }: Pick<LimitState, 'limit' | 'used'>): Fill {
  if (used >= limit * 0.95) return 'full'
  return used >= limit * 0.8 ? 'near' : 'calm'
}

/** In percent of the bar: what is settled, and behind it what running requests hold. Together at most 100. */
export function partsOf({ limit, used, reserved }: Pick<LimitState, 'limit' | 'used' | 'reserved'>): {
  readonly settled: number
  readonly reserved: number
} {
  if (limit === 0) return { settled: 100, reserved: 0 }
  const settled = Math.min(100, (Math.max(0, used - reserved) / limit) * 100)
  return { settled, reserved: Math.min(100 - settled, (reserved / limit) * 100) }
}

/** `73 of 100 requests a minute`, `27 left`: without the time, which runs on. */
export function stateWords(state: LimitState): readonly string[] {
  const { field, limit, used, reserved } = state
  const { behind } = limitNames[field]
  if (limit === 0) return [`${limitNames[field].long}: denied`]
  const left = Math.max(0, limit - used)
  const isHeld = reserved > 0 && field !== 'concurrentRequests'
  return [
    `${formatAmount(field, used)} of ${formatAmount(field, limit)} ${behind}`,
    ...(isHeld ? [`${formatAmount(field, reserved)} of it held by running requests`] : []),
    left === 0 ? 'none left' : `${formatAmount(field, left)} left`,
  ]
}

/** Before the time: "resets in 12 s". Null where time alone frees nothing, or where there is nothing to wait for. */
export function resetWord({
  field,
  limit,
  used,
  resetAt,
}: Pick<LimitState, 'field' | 'limit' | 'used' | 'resetAt'>): string | null {
  if (resetAt === null || limit === 0 || used === 0) return null
  if (!sliding.has(field)) return 'resets'
  return used >= limit ? 'room again' : null
}
