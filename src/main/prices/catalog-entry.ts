/** How the bundled prices are written down: dollars per million tokens, as providers list them. */
import type { PriceRates, Rates, TierRates } from '../../shared/models/price.ts'

/** One model from one moment on. */
export interface CatalogEntry {
  readonly model: string
  /** Ids with a date behind the model's, `gpt-5-2025-08-07`, cost the same. */
  readonly hasDated: boolean
  readonly rates: PriceRates
  readonly from: number
  readonly source: string
  /** The day on which the source said so: `2026-10-24`. */
  readonly asOf: string
  /** What the operator should know of this price; empty for most. */
  readonly remark: string
  readonly maxOutputTokens: number | null
  readonly contextWindow: number | null
}

export interface Dollars {
  readonly input: number
  readonly cached?: number
  readonly write?: number
  readonly output: number
}

export interface Details {
  readonly dated?: boolean
  readonly maxOutput?: number
  readonly context?: number
  readonly long?: Dollars & { readonly above: number }
  readonly flex?: Dollars & { readonly long?: Dollars }
  readonly priority?: Dollars & { readonly long?: Dollars }
  readonly from?: number
  readonly remark?: string
}

/** Nano-dollars per 1,000 tokens of dollars per million. The figures have at most six decimals, so this is exact. */
function rate(dollars: number): number {
  return Math.round(dollars * 1_000_000)
}

function ratesOf({ input, cached, write, output }: Dollars): Rates {
  return {
    input: rate(input),
    cachedInput: cached === undefined ? null : rate(cached),
    cacheWrite: write === undefined ? null : rate(write),
    output: rate(output),
    reasoning: null,
  }
}

function tierOf({ long, ...own }: Dollars & { readonly long?: Dollars }): TierRates {
  return { ...ratesOf(own), longContext: long === undefined ? null : ratesOf(long) }
}

/** The entries of one page of one provider. */
export function listOf(source: string, asOf: string) {
  return (model: string, dollars: Dollars, details: Details = {}): CatalogEntry => {
    const { long, flex, priority } = details
    return {
      model,
      hasDated: details.dated ?? false,
      rates: {
        ...ratesOf(dollars),
        longContext: long === undefined ? null : { ...ratesOf(long), aboveInputTokens: long.above },
        tiers: {
          ...(flex === undefined ? {} : { flex: tierOf(flex) }),
          ...(priority === undefined ? {} : { priority: tierOf(priority) }),
        },
      },
      from: details.from ?? 0,
      source,
      asOf,
      remark: details.remark ?? '',
      maxOutputTokens: details.maxOutput ?? null,
      contextWindow: details.context ?? null,
    }
  }
}

/** The same prices times a factor each, as pages say "2x input and 1.5x output". */
export function times({ input, cached, write, output }: Dollars, inputs: number, outputs: number): Dollars {
  return {
    input: input * inputs,
    ...(cached === undefined ? {} : { cached: cached * inputs }),
    ...(write === undefined ? {} : { write: write * inputs }),
    output: output * outputs,
  }
}
