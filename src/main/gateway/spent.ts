/** What attempts used that came to nothing, as far as their providers say so: it is paid for like an answer. */
import { addUsage } from '../dialects/usage.ts'
import type { TokenUsage } from '../../shared/models/request.ts'
import type { Limiter } from './limiter.ts'
import type { SettledRow } from './ports.ts'
import type { Reserved } from './stages.ts'

export interface Spent {
  readonly upstreamId: string
  readonly usage: TokenUsage
}

/** Each at the price of its own upstream. */
export function withSpent(
  settled: SettledRow,
  spent: readonly Spent[],
  { held, limiter }: { readonly held: Reserved; readonly limiter: Pick<Limiter, 'cost'> },
): SettledRow {
  let { usage, costNanos } = settled
  for (const { upstreamId, usage: more } of spent) {
    const cost = limiter.cost(held, upstreamId, more)
    usage = addUsage(usage, more)
    if (cost !== null) costNanos = (costNanos ?? 0) + cost
  }
  const usageSource = settled.usageSource === 'none' ? 'reported' : settled.usageSource
  return { ...settled, usage, usageSource, costNanos }
}
