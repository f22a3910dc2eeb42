/** What a request of a size that is easy to picture would cost by a price. Pure. */
import type { PriceRates } from '../../../shared/models/price.ts'
import { costOf } from '../../../shared/price-math.ts'
import { writeUsd } from '../../lib/amount.ts'
import { formatCount } from '../../lib/format.ts'

const INPUT = 10_000
const OUTPUT = 1_000

export interface Example {
  /** "10,000 in, 1,000 out". */
  readonly size: string
  /** Service tier, or null for the standard rates. */
  readonly tier: string | null
  readonly nanos: number
}

function example(price: PriceRates, input: number, tier: string | null): Example {
  const nanos = costOf(price, { input, cached: 0, output: OUTPUT, reasoning: 0 }, tier)
  return { size: `${formatCount(input)} in, ${formatCount(OUTPUT)} out`, tier, nanos }
}

/** The standard one first; then of each tier, then of a request that is 10,000 tokens into the long rates. */
export function examplesOf(price: PriceRates): readonly Example[] {
  const { longContext, tiers } = price
  return [
    example(price, INPUT, null),
    ...Object.keys(tiers).map((tier) => example(price, INPUT, tier)),
    ...(longContext === null ? [] : [example(price, longContext.aboveInputTokens + INPUT, null)]),
  ]
}

/** `$0.0225`: every digit. */
export function costText(nanos: number): string {
  return `$${writeUsd(nanos)}`
}
