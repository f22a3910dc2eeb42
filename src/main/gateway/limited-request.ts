/** What of a key, and of the token that it lent, limits a request. Pure. */
import { AppError } from '../../shared/errors.ts'
import type { Exclusion } from '../../shared/models/request.ts'
import { upperBoundCost } from '../../shared/price-math.ts'
import { hasBudget, needsTokens, outputCap, ruleFor, type OverrideRule } from './limits/rules.ts'
import { modelAt } from './model-at.ts'
import { askedModel } from './permit.ts'
import type { Prices, PriceSource, UpstreamRecord } from './ports.ts'
import type { Admitted, Grant, Plan, Routed } from './stages.ts'

/** What tells which limits apply to a request. */
export type LimitedRequest = Pick<Routed, 'key' | 'token' | 'facts' | 'grant'>

/** What tells how much of them it needs. */
export type LimitedPlan = LimitedRequest & Pick<Routed, 'dialect' | 'plain' | 'fields' | 'form' | 'plan'>

/** Whether anything of key or token is limited: else nothing of this is asked, and the log may follow the request. */
export function isLimited({ key, token }: Pick<Admitted, 'key' | 'token'>): boolean {
  return key.limits !== null || (token !== null && token.limits !== null)
}

/** Whether a limit asks for the tokens of a request. A token has no overrides: its limits apply to whatever it asks. */
export function isMeasured({ key, token }: LimitedRequest, rule: OverrideRule | null): boolean {
  return needsTokens(key.limits, rule) || (token !== null && needsTokens(token.limits, null))
}

/** Whether a budget counts it. */
export function isBudgeted({ key, token }: LimitedRequest, rule: OverrideRule | null): boolean {
  return hasBudget(key.limits, rule) || (token !== null && hasBudget(token.limits, null))
}

/** The most output tokens that both allow; null for no cap. */
export function capOf({ key, token }: LimitedRequest, rule: OverrideRule | null): number | null {
  const ofKey = outputCap(key.limits, rule)
  const ofToken = token === null ? null : outputCap(token.limits, null)
  if (ofKey === null || ofToken === null) return ofKey ?? ofToken
  return Math.min(ofKey, ofToken)
}

/** Whether the operator wants a word about an answer that no budget of key or token can count. */
export function isUnpriced(asked: LimitedRequest, upstreamId: string | null, prices: Prices): boolean {
  const { limits, unpriced } = asked.key
  if (unpriced !== 'warn' || upstreamId === null) return false
  const { model, sentModel } = modelsOf(asked)
  return (
    isBudgeted(asked, ruleFor(limits, model, sentModel)) &&
    prices.rates(modelAt(asked.grant, upstreamId), upstreamId) === null
  )
}

/** An enforced model stands for the client's, or a client could choose by a name whose limits count it. */
export function modelsOf(asked: LimitedRequest) {
  return { model: askedModel(asked), sentModel: asked.grant.model }
}

/** The most tokens that the model puts out, whoever of them serves it. Null where that is not known. */
export function mostOutput(
  grant: Grant,
  candidates: readonly UpstreamRecord[],
  prices: Pick<PriceSource, 'maxOutput'>,
): number | null {
  if (!grant.modelBy) return prices.maxOutput(grant.model)
  const most = Math.max(...candidates.map(({ id }) => prices.maxOutput(modelAt(grant, id)) ?? Infinity))
  return Number.isFinite(most) ? most : null
}

/** Who may serve a request, and what they cost then. */
export interface Priced {
  readonly grant: Grant
  readonly candidates: readonly UpstreamRecord[]
  readonly prices: Prices
}

/** Nano-dollars: the most that so many tokens cost at any of them. */
export function costBound(
  { grant, candidates, prices }: Priced,
  tokens: { readonly input: number; readonly output: number },
): number {
  let worst = 0
  for (const { id } of candidates) {
    const rates = prices.rates(modelAt(grant, id), id)
    if (rates !== null) worst = Math.max(worst, upperBoundCost(rates, tokens, grant.serviceTier ?? undefined))
  }
  return worst
}

/**
 * Under a budget, what has no price can't be bounded: by the key's choice such upstreams are left out.
 * @throws AppError `model_unpriced` when none is left.
 */
export function withPrices({ key, token, plan, grant }: LimitedRequest & Pick<Routed, 'plan'>, prices: Prices): Plan {
  if (key.unpriced !== 'refuse') return plan
  const isPriced = ({ id }: UpstreamRecord): boolean => prices.rates(modelAt(grant, id), id) !== null
  const candidates = plan.candidates.filter(isPriced)
  if (candidates.length === plan.candidates.length) return plan
  const exclusions: Exclusion[] = plan.candidates
    .filter((record) => !isPriced(record))
    .map(({ id }) => ({ upstreamId: id, reason: 'model_unpriced', until: null }))
  if (candidates.length > 0) {
    const left = new Set(candidates.map(({ id }) => id))
    const order = plan.order?.filter(({ upstreamId }) => left.has(upstreamId))
    const rest = { ...plan, candidates, exclusions: [...plan.exclusions, ...exclusions] }
    return order === undefined ? rest : { ...rest, order }
  }
  const isOfToken = token !== null && hasBudget(token.limits, null)
  const budgeted = isOfToken ? `token ${token.prefix}` : `key ${key.prefix}`
  const message = `The ${budgeted} has a budget and refuses models without a price; "${grant.model}" has none.`
  throw new AppError('model_unpriced', message, { details: { key: key.prefix, model: grant.model, rule: 'unpriced' } })
}
