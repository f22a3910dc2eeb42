/**
 * What each limit is called, for the core, the command and the page alike. Free of zod, so that the page's bundle stays so.
 * Their order is the one in which limits are shown.
 */
import type { BudgetField, LimitField } from './models/limit.ts'

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
export const budgetFields = limitFields.filter(isBudget)

/** In dollars, so it can be raised for a while. */
export function isBudget(field: LimitField): field is BudgetField {
  return limitNames[field].unit === 'usd'
}

/** What stands behind that many: `requests a minute`, `request a minute` for one. */
export function unitWords(field: LimitField, value: number): string {
  const { behind } = limitNames[field]
  return value === 1 ? behind.replace(/(request|token)s/, '$1') : behind
}
