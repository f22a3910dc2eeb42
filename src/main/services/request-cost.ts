/**
 * What a request's cost is made of. The log keeps the sum alone; its parts follow from the tokens and the price of then,
 * which the history of prices still has. They are told only where they come to the very sum that was charged.
 */
import type { RequestCost, StoredRequest } from '../../shared/models/request.ts'
import { costBreakdown } from '../../shared/price-math.ts'
import type { PriceBook } from '../prices/price-book.ts'

export function costOfThen(prices: Pick<PriceBook, 'find'>, request: StoredRequest): RequestCost | null {
  const { at, durationMs, upstreamId, usage, serviceTier, costNanos } = request
  const model = request.sentModel ?? request.model
  if (costNanos === null || model === null || upstreamId === null) return null
  // It was priced when it ended. The clock may have been set meanwhile, so its beginning is looked at too.
  for (const moment of [at + Math.ceil(durationMs ?? 0), at]) {
    const price = prices.find(model, upstreamId, moment)
    if (price === null || price.rates === null) continue
    const { nanos, tier, isLongContext, parts } = costBreakdown(price.rates, usage, serviceTier)
    if (nanos !== costNanos) continue
    const { source, from } = price
    return {
      parts: parts.map((part) => ({ ...part })),
      tier,
      isLongContext,
      price: { model: price.model, upstreamId: price.upstreamId, source, from },
    }
  }
  return null
}
