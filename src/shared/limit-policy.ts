/** The limits of a key in words, and what of them denies or does nothing: for the Review step and for edits. Pure. */
import { budgetFields, isBudget, limitFields, limitNames, unitWords } from './limit-names.ts'
import type { EffectivePolicy, PoolKey } from './models/key.ts'
import type { LimitField, LimitOverride, Limits, UnpricedPolicy } from './models/limit.ts'

export type LimitPolicy = Pick<PoolKey, 'limits' | 'limitOverrides' | 'unpriced' | 'alertThresholds'>

const NANOS_PER_DOLLAR = 1_000_000_000

/** `Requests per minute`. */
export function limitLabel(field: LimitField): string {
  return limitNames[field].long
}

/** Every digit there is, two at least: `$5.00`, `$0.000125`. */
export function dollarsInWords(nanos: number): string {
  const rest = nanos % NANOS_PER_DOLLAR
  const behind = String(rest).padStart(9, '0').replace(/0+$/, '').padEnd(2, '0')
  return `$${((nanos - rest) / NANOS_PER_DOLLAR).toLocaleString('en-US')}.${behind}`
}

/** `60 requests a minute`, `$5.00 a day`, `0 tokens a day`. */
function capInWords(field: LimitField, cap: number): string {
  const amount = isBudget(field) ? dollarsInWords(cap) : cap.toLocaleString('en-US')
  return `${amount} ${unitWords(field, cap)}`
}

/** As `60 requests a minute`; a cap of 0 as `0 tokens a day: denied`. */
export function limitInWords(field: LimitField, cap: number): string {
  return `${capInWords(field, cap)}${cap === 0 ? ': denied' : ''}`
}

function eachCap(limits: Limits): { readonly field: LimitField; readonly cap: number }[] {
  return limitFields.flatMap((field) => {
    const cap = limits[field]
    return cap === null ? [] : [{ field, cap }]
  })
}

export function limitsOf({ limits }: LimitPolicy): EffectivePolicy['limits'] {
  return eachCap(limits).map(({ field, cap }) => ({ field, words: limitInWords(field, cap) }))
}

export function overridesOf({ limitOverrides }: LimitPolicy): EffectivePolicy['overrides'] {
  return limitOverrides.map(({ model, limits }) => ({ model, words: capsInWords(limits) }))
}

function capsInWords(limits: Limits): string[] {
  return eachCap(limits).map(({ field, cap }) => limitInWords(field, cap))
}

const UNPRICED: Readonly<Record<UnpricedPolicy, string>> = {
  refuse: 'refused where there is a budget',
  warn: 'allowed with a warning',
  free: 'allowed, at no cost',
}

/** Ascending; null where there is no budget that could reach one. */
export function thresholdsOf(key: LimitPolicy): number[] | null {
  return hasBudget(key) ? key.alertThresholds.toSorted((a, b) => a - b) : null
}

/** `at 50 %, 80 % and 100 % of a budget`, `none`. */
function thresholdsInWords({ alertThresholds }: LimitPolicy): string {
  const shares = alertThresholds.toSorted((a, b) => a - b).map((percent) => `${String(percent)} %`)
  const last = shares.pop()
  if (last === undefined) return 'none'
  return `at ${shares.length === 0 ? last : `${shares.join(', ')} and ${last}`} of a budget`
}

type Words = readonly [field: string, label: string, words: (key: LimitPolicy) => string]

/** One line per limit, and one per model with limits of its own on either side. */
export function limitLines(before: LimitPolicy, after: LimitPolicy): Words[] {
  const models = new Set([...before.limitOverrides, ...after.limitOverrides].map(({ model }) => model))
  return [
    ...limitFields.map((field): Words => {
      return [`limits.${field}`, limitNames[field].long, ({ limits }) => wordsOrNone(field, limits[field])]
    }),
    ...[...models].map((model): Words => {
      return [`limitOverrides.${model}`, `Limits of ${model}`, (key) => overrideInWords(key, model)]
    }),
    ['unpriced', 'Models without a price', ({ unpriced }) => UNPRICED[unpriced]],
    ['alertThresholds', 'Budget alerts', thresholdsInWords],
  ]
}

function wordsOrNone(field: LimitField, cap: number | null): string {
  return cap === null ? 'no cap' : limitInWords(field, cap)
}

function overrideInWords({ limitOverrides }: LimitPolicy, model: string): string {
  const row = limitOverrides.find((each) => each.model === model)
  if (row === undefined) return 'none of its own'
  return capsInWords(row.limits).join(', ') || 'counted apart, no cap'
}

/**
 * Smaller windows with the larger ones that hold them. `times`: a window that may lie across two of the larger ones can
 * use both, so it is out of reach only from twice their cap on.
 */
const NESTED: readonly (readonly [smaller: LimitField, larger: LimitField, times: 1 | 2])[] = [
  ['requestsPerMinute', 'requestsPerHour', 1],
  ['requestsPerMinute', 'requestsPerDay', 2],
  ['requestsPerHour', 'requestsPerDay', 2],
  ['tokensPerMinute', 'tokensPerDay', 2],
  ['tokensPerMinute', 'tokensPerWeek', 2],
  ['tokensPerDay', 'tokensPerWeek', 1],
  ['budgetPerDay', 'budgetPerWeek', 1],
  ['budgetPerDay', 'budgetPerMonth', 1],
  ['budgetPerWeek', 'budgetPerMonth', 2],
  ['budgetPerDay', 'budgetTotal', 1],
  ['budgetPerWeek', 'budgetTotal', 1],
  ['budgetPerMonth', 'budgetTotal', 1],
]

/** `whose`: empty, or ` for gpt-5*`. */
function warningsOfCaps(limits: Limits, whose: string): string[] {
  const denying = eachCap(limits).filter(({ cap }) => cap === 0)
  const idle = NESTED.filter(([smaller, larger, times]) => {
    const [low, high] = [limits[smaller], limits[larger]]
    return low !== null && high !== null && high > 0 && low > high * times
  })
  const told = new Set<LimitField>()
  return [
    ...denying.map(({ field, cap }) => `The limit of ${capInWords(field, cap)}${whose} denies every request.`),
    ...idle.flatMap(([smaller, larger]) => {
      if (told.has(smaller)) return []
      told.add(smaller)
      const [low, high] = [capInWords(smaller, limits[smaller] ?? 0), capInWords(larger, limits[larger] ?? 0)]
      return [`The limit of ${low}${whose} has no effect: that of ${high} is reached first.`]
    }),
  ]
}

/** Above the key's own cap, which counts these requests as well. */
function idleCaps({ model, limits }: LimitOverride, own: Limits): string[] {
  return eachCap(limits).flatMap(({ field, cap }) => {
    const ofKey = own[field]
    if (ofKey === null || ofKey === 0 || cap <= ofKey) return []
    const words = capInWords(field, cap)
    return [`The limit of ${words} for ${model} has no effect: the key itself has ${capInWords(field, ofKey)}.`]
  })
}

function hasBudget({ limits, limitOverrides }: LimitPolicy): boolean {
  return [limits, ...limitOverrides.map((row) => row.limits)].some((each) =>
    budgetFields.some((field) => each[field] !== null),
  )
}

/** Whether a row's pattern names one of these models. */
function names(pattern: string, models: readonly string[]): boolean {
  if (!pattern.endsWith('*')) return models.includes(pattern)
  const start = pattern.slice(0, -1)
  return models.some((model) => model.startsWith(start))
}

/** `models`: what the key may ask for and what is sent for it; null where it may ask for every model. */
export function limitWarnings(key: LimitPolicy, models: readonly string[] | null): string[] {
  const { limits, limitOverrides, unpriced } = key
  return [
    ...warningsOfCaps(limits, ''),
    ...limitOverrides.flatMap((row) => [
      ...warningsOfCaps(row.limits, ` for ${row.model}`),
      ...idleCaps(row, limits),
      ...(models === null || names(row.model, models)
        ? []
        : [`The limits for ${row.model} have no effect: the key may not use such a model.`]),
    ]),
    ...(unpriced === 'free' && hasBudget(key)
      ? ['Models without a price count nothing towards the budget: they may be used without end.']
      : []),
  ]
}
