/** Whether a request fits under every limit of its key, and if not, which limit says so. Pure. */
import type { LimitField, Limits } from '../../../shared/models/limit.ts'
import { fitsAfterRaises, fitsAt, limitNow, raiseNow, usedNow, type AdjustedScope } from './adjusted.ts'
import { amountIn, MEASURES, type Amounts, type Cap, type Measure, type Moment } from './measures.ts'
import type { OverrideRule } from './rules.ts'

export interface LimitRefusal {
  /** `never`: it cannot fit at any time, because alone it is more than the limit, or the limit is 0. */
  readonly kind: 'rate' | 'concurrency' | 'budget' | 'never'
  readonly keyPrefix: string
  /** The override whose limit it is; null for the key's own. */
  readonly rule: string | null
  /** The override's pattern. */
  readonly model: string | null
  readonly field: LimitField
  /** Requests, tokens or nano-dollars, as the field says. */
  readonly limit: number
  readonly used: number
  readonly requested: number
  /** When the request fits if nothing else happens, epoch ms; null where time alone does not help or nobody knows. */
  readonly retryAt: number | null
}

export interface Claim extends Amounts {
  readonly input: number
  readonly output: number
}

/** Counters and what bounds them: of the key itself, or of the override that applies. */
export interface BoundScope extends AdjustedScope {
  /** Those of its limits that count over time and are set. */
  readonly caps: readonly Cap[]
  readonly rule: OverrideRule | null
}

/** Whose request it is: the refusal names it. */
interface Asked {
  readonly keyPrefix: string
  readonly claim: Claim
}

/**
 * Of several limits that refuse, one that can never be met is named first; else the one that frees last, so that its moment
 * is the first at which the request fits.
 */
export function refusalOf(asked: Asked, bounds: readonly BoundScope[], now: Moment): LimitRefusal | null {
  let worst: LimitRefusal | null = null
  for (const bound of bounds) {
    if (bound.limits === null) continue
    bound.scope.turnTo(now.page)
    worst = worse(worst, perRequest(asked, bound, bound.limits))
    for (const { measure, limit: set } of bound.caps) {
      const limit = limitOf(bound, { measure, limit: set }, now)
      worst = worse(worst, measured(asked, bound, { measure, limit, now }))
    }
  }
  return worst === null || worst.retryAt === null ? worst : withRaises(worst, asked, bounds, now)
}

/** The moment once more, where raises end before it. */
function withRaises(refusal: LimitRefusal, { claim }: Asked, bounds: readonly BoundScope[], now: Moment): LimitRefusal {
  const needs = bounds.flatMap((bound) =>
    bound.adjusted === null ? [] : MEASURES.map((measure) => ({ bound, measure, amount: amountIn(measure, claim) })),
  )
  if (needs.length === 0 || refusal.retryAt === null) return refusal
  return { ...refusal, retryAt: fitsAfterRaises(needs, now, refusal.retryAt) }
}

/** What one set limit makes of a request. */
export interface LimitVerdict {
  readonly field: LimitField
  /** The override whose limit it is, and its pattern; null for the key's own. */
  readonly rule: string | null
  readonly model: string | null
  readonly limit: number
  /** Of the limit, what a raise adds; 0 where there is none. */
  readonly raisedBy: number
  /** By what came before; 0 where it bounds each request by itself. */
  readonly used: number
  readonly requested: number
  /** Null where the request fits. */
  readonly refusal: LimitRefusal | null
  /** From when on nothing is counted, by time alone; null where time frees nothing. */
  readonly emptyAt: number | null
}

/** Every set limit by itself, decided as `refusalOf` does: the key's own first, each scope in the order of the fields. */
export function verdictsOf(asked: Asked, bounds: readonly BoundScope[], now: Moment): LimitVerdict[] {
  return bounds.flatMap((bound) => {
    const { limits, scope, rule } = bound
    if (limits === null) return []
    scope.turnTo(now.page)
    const of = { rule: rule?.id ?? null, model: rule?.model ?? null }
    const once = { ...of, raisedBy: 0, used: 0, emptyAt: null }
    const single = PER_REQUEST.flatMap(({ field, amount, refusal }) => {
      const limit = limits[field]
      if (limit === null) return []
      const requested = asked.claim[amount]
      return [{ ...once, field, limit, requested, refusal: refusal(asked, bound, limit) }]
    })
    const counted = MEASURES.flatMap((measure) => {
      const { field } = measure
      const limit = limitNow(bound, field, now)
      if (limit === null) return []
      const used = usedNow(bound, measure, now)
      const requested = amountIn(measure, asked.claim)
      const refusal = measured(asked, bound, { measure, limit, now })
      const raisedBy = raiseNow(bound.adjusted, field, now)?.raisedBy ?? 0
      return [{ ...of, field, limit, raisedBy, used, requested, refusal, emptyAt: measure.emptyAt(scope, now) }]
    })
    return [...single, ...counted]
  })
}

function named({ keyPrefix }: Asked, { rule }: BoundScope): Pick<LimitRefusal, 'keyPrefix' | 'rule' | 'model'> {
  return { keyPrefix, rule: rule?.id ?? null, model: rule?.model ?? null }
}

const PER_REQUEST = [
  { field: 'inputTokensPerRequest', amount: 'input', refusal: overInput },
  { field: 'outputTokensPerRequest', amount: 'output', refusal: overOutput },
] as const

function perRequest(asked: Asked, bound: BoundScope, limits: Limits): LimitRefusal | null {
  const { inputTokensPerRequest: mostInput, outputTokensPerRequest: mostOutput } = limits
  const byInput = mostInput === null ? null : overInput(asked, bound, mostInput)
  return byInput ?? (mostOutput === null ? null : overOutput(asked, bound, mostOutput))
}

function overInput(asked: Asked, bound: BoundScope, limit: number): LimitRefusal | null {
  const { input } = asked.claim
  if (limit > 0 && input <= limit) return null
  const field = 'inputTokensPerRequest'
  return { kind: 'never', ...named(asked, bound), field, limit, used: 0, requested: input, retryAt: null }
}

/** The output's cap is for the caller to enforce: only one of 0 refuses here. */
function overOutput(asked: Asked, bound: BoundScope, limit: number): LimitRefusal | null {
  if (limit > 0) return null
  const { output } = asked.claim
  const field = 'outputTokensPerRequest'
  return { kind: 'never', ...named(asked, bound), field, limit, used: 0, requested: output, retryAt: null }
}

interface SetLimit {
  readonly measure: Measure
  readonly limit: number
  readonly now: Moment
}

/** With its raise, where there is one. */
export function limitOf(bound: BoundScope, { measure, limit }: Cap, now: Moment): number {
  return bound.adjusted === null ? limit : (limitNow(bound, measure.field, now) ?? limit)
}

function measured(asked: Asked, bound: BoundScope, { measure, limit, now }: SetLimit): LimitRefusal | null {
  const requested = amountIn(measure, asked.claim)
  const used = usedNow(bound, measure, now)
  if (limit > 0 && used + requested <= limit) return null
  const isNever = limit === 0 || requested > limit
  return {
    kind: isNever ? 'never' : measure.kind,
    ...named(asked, bound),
    field: measure.field,
    limit,
    used,
    requested,
    retryAt: isNever ? null : fitsAt(bound, measure, now, requested),
  }
}

/** A spent total is later than any moment; a slot may come free at once. */
function lateness({ kind, retryAt }: LimitRefusal): number {
  if (kind === 'never') return Infinity
  if (retryAt !== null) return retryAt
  return kind === 'budget' ? Number.MAX_VALUE : 0
}

function worse(worst: LimitRefusal | null, next: LimitRefusal | null): LimitRefusal | null {
  if (worst === null || next === null) return worst ?? next
  return lateness(next) > lateness(worst) ? next : worst
}
