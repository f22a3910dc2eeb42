/**
 * What a request's cost is made of. The log keeps the sum alone; its parts follow from the tokens and the price of then,
 * which the history of prices still has. They are told only where they come to the very sum that was charged.
 */
import type { Price, PriceRates } from '../../shared/models/price.ts'
import type { RequestCost, StoredRequest } from '../../shared/models/request.ts'
import { cacheWriteOf, costBreakdown, type CostBreakdown } from '../../shared/price-math.ts'
import type { PriceBook } from '../prices/price-book.ts'

export function costOfThen(prices: Pick<PriceBook, 'find'>, request: StoredRequest): RequestCost | null {
  const { at, durationMs, upstreamId, costNanos } = request
  const model = request.sentModel ?? request.model
  if (costNanos === null || model === null || upstreamId === null) return null
  // It keeps the price of its admission. Earlier versions priced it when it ended.
  const then = [at, at + Math.ceil(durationMs ?? 0)].flatMap((moment) => prices.find(model, upstreamId, moment) ?? [])
  for (const explain of [asLogged, withCacheWrites]) {
    for (const { rates, ...price } of then) {
      const found = rates === null ? null : explain(rates, request, costNanos)
      if (found !== null) return told(found, price)
    }
  }
  return null
}

function told({ tier, isLongContext, parts }: CostBreakdown, price: Omit<Price, 'rates'>): RequestCost {
  const { model, upstreamId, source, from } = price
  return { parts: parts.map((part) => ({ ...part })), tier, isLongContext, price: { model, upstreamId, source, from } }
}

function asLogged(rates: PriceRates, { usage, serviceTier }: StoredRequest, nanos: number): CostBreakdown | null {
  const found = costBreakdown(rates, usage, serviceTier)
  return found.nanos === nanos ? found : null
}

/** The log has no count of them: they are what the sum is more, or less, than the rest of the tokens come to. */
function withCacheWrites(rates: PriceRates, { usage, serviceTier }: StoredRequest, nanos: number) {
  const cacheWrite = cacheWriteOf(rates, usage, { nanos, serviceTier })
  return cacheWrite === null ? null : costBreakdown(rates, { ...usage, cacheWrite }, serviceTier)
}
