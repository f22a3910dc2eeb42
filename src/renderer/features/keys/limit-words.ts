/** What each limit is called, and how it and its use are put into words. Pure. */
import type { LimitField, Limits, LimitState } from '../../../shared/models/limit.ts'
import { formatCount, formatUsd } from '../../lib/format.ts'

export type LimitUnit = 'requests' | 'tokens' | 'usd'

export interface LimitName {
  readonly unit: LimitUnit
  /** In its group: "per minute". */
  readonly short: string
  /** Alone: "Requests per minute". */
  readonly long: string
  /** Behind the number: "requests a minute". */
  readonly behind: string
}

export const limitNames: Readonly<Record<LimitField, LimitName>> = {
  requestsPerMinute: requests('minute'),
  requestsPerHour: requests('hour', 'an'),
  requestsPerDay: requests('day'),
  tokensPerMinute: tokens('minute'),
  tokensPerDay: tokens('day'),
  tokensPerWeek: tokens('week'),
  inputTokensPerRequest: perRequest('input'),
  outputTokensPerRequest: perRequest('output'),
  concurrentRequests: {
    unit: 'requests',
    short: 'requests',
    long: 'Requests at a time',
    behind: 'requests at a time',
  },
  budgetPerDay: budget('per day', 'a day'),
  budgetPerWeek: budget('per week', 'a week'),
  budgetPerMonth: budget('per month', 'a month'),
  budgetTotal: budget('in total', 'in total'),
}

function requests(span: string, article = 'a'): LimitName {
  const short = `per ${span}`
  return { unit: 'requests', short, long: `Requests ${short}`, behind: `requests ${article} ${span}` }
}

function tokens(span: string): LimitName {
  return { unit: 'tokens', short: `per ${span}`, long: `Tokens per ${span}`, behind: `tokens a ${span}` }
}

function perRequest(way: 'input' | 'output'): LimitName {
  const short = `${way} tokens`
  const long = `${way === 'input' ? 'Input' : 'Output'} tokens per request`
  return { unit: 'tokens', short, long, behind: `${short} a request` }
}

function budget(short: string, behind: string): LimitName {
  return { unit: 'usd', short, long: `Budget ${short}`, behind }
}

export const limitFields = Object.keys(limitNames) as readonly LimitField[]
export const budgetFields = limitFields.filter((field) => limitNames[field].unit === 'usd')

/** They bound one request by itself, so nothing is counted against them. */
export const perRequestFields = ['inputTokensPerRequest', 'outputTokensPerRequest'] as const satisfies LimitField[]

/** Their windows slide: they are never empty at once, but free up bit by bit. */
const sliding: ReadonlySet<LimitField> = new Set([
  'requestsPerMinute',
  'requestsPerHour',
  'tokensPerMinute',
] satisfies LimitField[])

export function formatAmount(field: LimitField, value: number): string {
  if (limitNames[field].unit !== 'usd') return formatCount(value)
  // Cents, and more digits only where there are any.
  return formatUsd(value).replace(/(\.\d\d)0+$/, '$1')
}

/** `100 requests a minute`, `$5.00 a day`, `0 tokens a day: denied`. */
export function limitWords(field: LimitField, value: number): string {
  const { behind } = limitNames[field]
  const words = `${formatAmount(field, value)} ${value === 1 ? behind.replace(/(request|token)s/, '$1') : behind}`
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
export function resetWord({ field, limit, used, resetAt }: LimitState): string | null {
  if (resetAt === null || limit === 0 || used === 0) return null
  if (!sliding.has(field)) return 'resets'
  return used >= limit ? 'room again' : null
}
