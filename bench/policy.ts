/** A policy with everything set, too wide to refuse: what remains is what deciding costs. */
import { noLimits, type LimitField, type LimitOverride, type Limits } from '../src/shared/models/limit.ts'
import type { PriceRates } from '../src/shared/models/price.ts'

const HUGE = 1_000_000_000
const OVERRIDES = 20

const fields = Object.keys(noLimits) as LimitField[]

function capped(some: readonly LimitField[]): Limits {
  return { ...noLimits, ...Object.fromEntries(some.map((field) => [field, HUGE])) }
}

/** All thirteen, budgets among them. */
export const allLimits = capped(fields)

/** One of them applies to what the benchmark asks; each sets all thirteen. */
export const allOverrides: LimitOverride[] = Array.from({ length: OVERRIDES }, (_, index) => ({
  model: index === 0 ? 'bench*' : `model-${index}*`,
  limits: allLimits,
}))

/** Twenty limits: the thirteen of the key, and seven of one override. */
export const twentyLimits = {
  limits: allLimits,
  limitOverrides: [{ id: 'lim_bench', model: 'model-*', limits: capped(fields.slice(0, 7)) }],
}

/** Nano-dollars per token. */
export const rates: Pick<PriceRates, 'input' | 'output'> = { input: 1_000, output: 2_000 }
