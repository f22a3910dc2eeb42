/** What sums of the log come to, in nano-dollars. */
interface Sums {
  readonly input: number
  readonly output: number
  readonly costNanos: number
}

/** Sums say nothing of prices: no cost at all with tokens used means that no price is known, and the answer is null. */
export function costOf({ input, output, costNanos }: Sums): number | null {
  return costNanos === 0 && input + output > 0 ? null : costNanos
}
