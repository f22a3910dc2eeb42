/** Limits by their definition: a list of all requests, and sums over it. Slow and simple; what the ledger is held against. */
import type {
  LimitAdjustments,
  LimitField,
  LimitOverride,
  Limits,
  ResettableField,
} from '../../src/shared/models/limit.ts'
import { createLedger, type Ask, type Ledger } from '../../src/main/gateway/limits/ledger.ts'
import type { Reservation } from '../../src/main/gateway/limits/reservation.ts'
import { compileLimits } from '../../src/main/gateway/limits/rules.ts'
import type { SeedCounters, Sums } from '../../src/main/gateway/limits/scope.ts'

export const SECOND = 1_000
export const MINUTE = 60_000
export const HOUR = 3_600_000
export const DAY = 86_400_000

/** One charged request. */
export interface Entry {
  readonly key: string
  /** Null where none applied, or where it was forgotten. */
  rule: string | null
  readonly at: number
  readonly output: number
  input: number
  tokens: number
  costNanos: number
  isOpen: boolean
  isExact: boolean
}

export interface Policy {
  readonly limits: Limits
  readonly overrides: readonly LimitOverride[]
  readonly by?: LimitAdjustments
}

const UNADJUSTED: LimitAdjustments = { raises: [], resets: [] }

const dates = new Map<string, Intl.DateTimeFormat>()
function dateOf(zone: string, at: number): string {
  const format = dates.get(zone) ?? new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' })
  dates.set(zone, format)
  return format.format(at)
}

function mondayOf(date: string): string {
  const noon = Date.parse(`${date}T12:00Z`)
  const back = (new Date(noon).getUTCDay() + 6) % 7
  return new Date(noon - back * DAY).toISOString().slice(0, 10)
}

const slides = (ms: number) => (from: number, at: number) => Math.floor(at / ms) - Math.floor(from / ms) < 60
const always = () => true
const calendar = (periodOf: (date: string) => string) => (from: number, at: number, zone: string) =>
  periodOf(dateOf(zone, from)) === periodOf(dateOf(zone, at))
const day = calendar((date) => date)
const week = calendar(mondayOf)
const month = calendar((date) => date.slice(0, 7))
const one = () => 1
const tokens = (entry: { tokens: number }) => entry.tokens
const cost = (entry: { costNanos: number }) => entry.costNanos
type Amounts = Pick<Entry, 'tokens' | 'costNanos'>
export type Definition = [
  counts: (from: number, at: number, zone: string) => boolean,
  amount: (of: Amounts) => number,
  kind: 'sliding' | 'calendar' | 'never',
]

const DEFINITIONS: Partial<Record<LimitField, Definition>> = {
  requestsPerMinute: [slides(SECOND), one, 'sliding'],
  requestsPerHour: [slides(MINUTE), one, 'sliding'],
  requestsPerDay: [day, one, 'calendar'],
  tokensPerMinute: [slides(SECOND), tokens, 'sliding'],
  tokensPerDay: [day, tokens, 'calendar'],
  tokensPerWeek: [week, tokens, 'calendar'],
  concurrentRequests: [always, one, 'never'],
  budgetPerDay: [day, cost, 'calendar'],
  budgetPerWeek: [week, cost, 'calendar'],
  budgetPerMonth: [month, cost, 'calendar'],
  budgetTotal: [always, cost, 'never'],
}
function noDefinition(field: string): never {
  throw new Error(`${field} counts nothing over time`)
}

const PERIODS: Partial<Record<LimitField, (date: string) => string>> = {
  requestsPerDay: (date) => date,
  tokensPerDay: (date) => date,
  tokensPerWeek: mondayOf,
  budgetPerDay: (date) => date,
  budgetPerWeek: mondayOf,
  budgetPerMonth: (date) => `${date.slice(0, 7)}-01`,
  budgetTotal: () => '',
}
export const RESETTABLE = Object.keys(PERIODS) as ResettableField[]
export const BUDGETS = ['budgetPerDay', 'budgetPerWeek', 'budgetPerMonth', 'budgetTotal'] as const

/** What a limit counts. */
export const definitionOf = (field: LimitField) => DEFINITIONS[field] ?? noDefinition(field)

export const NO_LIMITS: Limits = {
  requestsPerMinute: null,
  requestsPerHour: null,
  requestsPerDay: null,
  tokensPerMinute: null,
  tokensPerDay: null,
  tokensPerWeek: null,
  inputTokensPerRequest: null,
  outputTokensPerRequest: null,
  concurrentRequests: null,
  budgetPerDay: null,
  budgetPerWeek: null,
  budgetPerMonth: null,
  budgetTotal: null,
}
export const FIELDS = Object.keys(NO_LIMITS) as LimitField[]

function namedBy({ model }: LimitOverride, id: string): number {
  if (model === id) return 1_000
  return model.endsWith('*') && id.startsWith(model.slice(0, -1)) ? model.length : 0
}

/** By sorting all that match. */
export function overrideFor({ overrides }: Policy, asked: string, sent: string): LimitOverride | null {
  const ranked = overrides
    .map((row) => ({ row, rank: Math.max(namedBy(row, asked) + 0.5, namedBy(row, sent)) }))
    .filter(({ row }) => namedBy(row, asked) + namedBy(row, sent) > 0)
    .sort((a, b) => b.rank - a.rank)
  return ranked[0]?.row ?? null
}

export interface Bound {
  readonly rule: string | null
  readonly field: LimitField
  readonly limit: number
}

export function boundsOf({ limits }: Policy, overrides: readonly LimitOverride[]): Bound[] {
  const rows: { id: string | null; limits: Limits }[] = [{ id: null, limits }]
  for (const row of overrides) rows.push({ id: row.id ?? null, limits: row.limits })
  return rows.flatMap(({ id, limits }) =>
    FIELDS.flatMap((field) => {
      const limit = limits[field]
      return limit === null ? [] : [{ rule: id, field, limit }]
    }),
  )
}

/** The same with the limits as raises make them at a moment. */
export function boundsAt(policy: Policy, overrides: readonly LimitOverride[], at: number): Bound[] {
  return boundsOf(policy, overrides).map((bound) => ({ ...bound, limit: limitAt(policy, bound, at) }))
}

const isOf =
  ({ rule, field }: Pick<Bound, 'rule' | 'field'>) =>
  (each: { readonly overrideId: string | null; readonly field: LimitField }) =>
    each.overrideId === rule && each.field === field

export function raiseAt({ by = UNADJUSTED }: Policy, bound: Pick<Bound, 'rule' | 'field'>, at: number) {
  return by.raises.filter(isOf(bound)).find(({ until }) => at < until) ?? null
}

/** What a limit that is set comes to. */
export function limitAt(policy: Policy, bound: Pick<Bound, 'rule' | 'field'>, at: number): number {
  const row = bound.rule === null ? policy : policy.overrides.find(({ id }) => id === bound.rule)
  return (row?.limits[bound.field] ?? 0) + (raiseAt(policy, bound, at)?.addNanos ?? 0)
}

export const isPerRequest = ({ field }: Bound) => DEFINITIONS[field] === undefined

export class World {
  readonly zone: string
  clock = -Infinity
  raw: number
  entries: Entry[] = []
  readonly running: { entry: Entry; reservation: Reservation }[] = []
  readonly policies = new Map<string, Policy>()
  ledger: Ledger

  constructor(zone: string, at: number) {
    this.zone = zone
    this.raw = at
    this.ledger = createLedger({ zone: () => zone })
  }

  policy(key: string): Policy {
    return this.policies.get(key) ?? { limits: NO_LIMITS, overrides: [] }
  }

  record(key: string) {
    const { limits, overrides, by } = this.policy(key)
    return { id: key, prefix: `sk-weir-${key}`, limits: compileLimits(limits, overrides, by) }
  }

  /** Without what was set back. */
  used(key: string, bound: Pick<Bound, 'rule' | 'field'>, at: number): number {
    return Math.max(0, this.counted(key, bound, at) - (this.resetAt(key, bound, at)?.used ?? 0))
  }

  /** The reset that counts. */
  resetAt(key: string, bound: Pick<Bound, 'rule' | 'field'>, at: number) {
    const { by = UNADJUSTED } = this.policy(key)
    return by.resets.filter(isOf(bound)).find(({ field, period }) => this.periodOf(field, at) === period) ?? null
  }

  periodOf(field: ResettableField, at: number): string {
    return PERIODS[field]?.(dateOf(this.zone, at)) ?? noDefinition(field)
  }

  /** As the log has it. */
  counted(key: string, { rule, field }: Pick<Bound, 'rule' | 'field'>, at: number, onlyOpen = false): number {
    const [counts, amount] = definitionOf(field)
    const isHeld = onlyOpen || field === 'concurrentRequests'
    return this.entries
      .filter((entry) => entry.key === key && (rule === null || entry.rule === rule))
      .filter((entry) => (entry.isOpen || !isHeld) && counts(entry.at, at, this.zone))
      .reduce((sum, entry) => sum + amount(entry), 0)
  }

  /** Moves on time as far as the ledger's goes. */
  now(): number {
    this.clock = Math.max(this.clock, this.raw)
    return this.clock
  }
}

export function amountOf(bound: Bound, ask: Ask): number {
  return definitionOf(bound.field)[1]({ tokens: ask.input + ask.output, costNanos: ask.costNanos ?? 0 })
}

export function isNever(bound: Bound, ask: Ask): boolean {
  if (bound.limit === 0) return true
  if (bound.field === 'inputTokensPerRequest') return ask.input > bound.limit
  return !isPerRequest(bound) && amountOf(bound, ask) > bound.limit
}

/** What a database would say of requests at a start: sums by date, and the rows of the last hour. */
export function countersOf(entries: readonly Entry[], at: number, zone: string): SeedCounters {
  const sums = (counts: Definition[0]): Sums => {
    const counted = entries.filter((entry) => counts(entry.at, at, zone))
    return {
      requests: counted.length,
      tokens: counted.reduce((sum, entry) => sum + entry.tokens, 0),
      costNanos: counted.reduce((sum, entry) => sum + entry.costNanos, 0),
    }
  }
  const recent = entries.map((entry) => {
    const grain = at - entry.at < 61 * SECOND ? SECOND : MINUTE
    return { at: Math.floor(entry.at / grain) * grain, requests: 1, tokens: entry.tokens }
  })
  return { at, day: sums(day), week: sums(week), month: sums(month), total: sums(always), recent: recent.toReversed() }
}
