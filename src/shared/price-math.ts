/**
 * What a request costs, in whole nano-dollars. Tokens times rates are summed in thousandths of a nano-dollar and rounded
 * once, half up, so no cost depends on the order of its parts. Pure, and without zod.
 *
 * Which rates: a service tier by its name; then, where the whole input (cached included) is longer than the price's
 * threshold, the long ones of that tier. A tier without long rates pays, part by part, the dearer of its own and the
 * price's long ones: no list says that a tier makes a long request cheaper. All tokens of a request pay the same rates.
 */
import type { PriceRates, Rates } from './models/price.ts'

/** `input` contains `cached` and `cacheWrite`, `output` contains `reasoning`. */
export interface PricedUsage {
  readonly input: number
  readonly cached: number
  readonly output: number
  readonly reasoning: number
  readonly cacheWrite?: number | undefined
}

export type CostComponent = 'input' | 'cachedInput' | 'cacheWrite' | 'output' | 'reasoning'
type FullRates = Readonly<Record<CostComponent, number>>

export interface CostPart {
  readonly component: CostComponent
  readonly tokens: number
  /** Nano-dollars per 1,000 tokens. */
  readonly rate: number
  readonly nanos: number
}

export interface CostBreakdown {
  /** What `costOf` gives, and the sum of the parts. */
  readonly nanos: number
  /** The tier whose rates were used, by its name in the price; null for the standard ones. */
  readonly tier: string | null
  readonly isLongContext: boolean
  /** Parts without tokens are left out. */
  readonly parts: readonly CostPart[]
}

export interface AppliedRates {
  readonly rates: FullRates
  readonly tier: string | null
  readonly isLongContext: boolean
}

const COMPONENTS = ['input', 'cachedInput', 'cacheWrite', 'output', 'reasoning'] as const
/** The same tier under two names. */
const SAME_TIER: Readonly<Record<string, string>> = { fast: 'priority', priority: 'fast' }

/** Every rate said: what a list leaves out costs as the kind it is of. */
function full(rates: Rates): FullRates {
  const { input, output } = rates
  return {
    input,
    cachedInput: rates.cachedInput ?? input,
    cacheWrite: rates.cacheWrite ?? input,
    output,
    reasoning: rates.reasoning ?? output,
  }
}

function dearer(a: FullRates, b: FullRates): FullRates {
  return {
    input: Math.max(a.input, b.input),
    cachedInput: Math.max(a.cachedInput, b.cachedInput),
    cacheWrite: Math.max(a.cacheWrite, b.cacheWrite),
    output: Math.max(a.output, b.output),
    reasoning: Math.max(a.reasoning, b.reasoning),
  }
}

function tierOf(price: PriceRates, serviceTier: string | null): string | null {
  if (serviceTier === null) return null
  if (Object.hasOwn(price.tiers, serviceTier)) return serviceTier
  const other = SAME_TIER[serviceTier]
  return other !== undefined && Object.hasOwn(price.tiers, other) ? other : null
}

/** A price with every rate said, to compare two of them by what they come to. */
export function effectivePrice(price: PriceRates): unknown {
  const { longContext } = price
  const tiers = Object.entries(price.tiers).map(([name, tier]) => {
    return [name, { ...full(tier), long: tier.longContext === null ? null : full(tier.longContext) }] as const
  })
  const long = longContext === null ? null : { ...full(longContext), above: longContext.aboveInputTokens }
  return { ...full(price), long, tiers: Object.fromEntries(tiers) }
}

/** The rates of a request with this much input. A tier that the price does not know pays the standard ones. */
export function ratesFor(price: PriceRates, inputTokens: number, serviceTier: string | null): AppliedRates {
  const tier = tierOf(price, serviceTier)
  const isLongContext = price.longContext !== null && inputTokens > price.longContext.aboveInputTokens
  return { rates: chosen(price, tier, isLongContext), tier, isLongContext }
}

function chosen(price: PriceRates, tier: string | null, isLong: boolean): FullRates {
  const long = isLong && price.longContext !== null ? full(price.longContext) : null
  const own = tier === null ? undefined : price.tiers[tier]
  if (own === undefined) return long ?? full(price)
  if (long === null) return full(own)
  return own.longContext === null ? dearer(full(own), long) : full(own.longContext)
}

function count(tokens: number | undefined): number {
  return tokens !== undefined && tokens > 0 ? Math.ceil(tokens) : 0
}

/** Each token in one part. A provider that reports more cached than input, or the like, gets the smaller. */
function split(usage: PricedUsage): FullRates {
  const input = count(usage.input)
  const output = count(usage.output)
  const cachedInput = Math.min(count(usage.cached), input)
  const cacheWrite = Math.min(count(usage.cacheWrite), input - cachedInput)
  const reasoning = Math.min(count(usage.reasoning), output)
  return { input: input - cachedInput - cacheWrite, cachedInput, cacheWrite, output: output - reasoning, reasoning }
}

/** Thousandths of a nano-dollar to nano-dollars, half up; at most what a number holds exactly. */
function rounded(tokens: FullRates, rates: FullRates): number {
  let sum = 0
  for (const component of COMPONENTS) sum += tokens[component] * rates[component]
  if (sum <= Number.MAX_SAFE_INTEGER) return (sum - (sum % 1_000)) / 1_000 + (sum % 1_000 >= 500 ? 1 : 0)
  let exact = 500n
  for (const component of COMPONENTS) exact += BigInt(tokens[component]) * BigInt(rates[component])
  const nanos = exact / 1_000n
  return nanos > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(nanos)
}

/**
 * Nano-dollars. `serviceTier` is the one that served, else the one asked for: `flex`, `priority`; null, `auto` and
 * `default` pay the standard rates.
 */
export function costOf(price: PriceRates, usage: PricedUsage, serviceTier: string | null = null): number {
  return rounded(split(usage), ratesFor(price, count(usage.input), serviceTier).rates)
}

/**
 * How many of the input tokens were written into a cache, where the request came to `nanos`: the log keeps what was charged
 * and not this count. Null where no count explains it, or several do.
 */
export function cacheWriteOf(
  price: PriceRates,
  usage: PricedUsage,
  { nanos, serviceTier }: { readonly nanos: number; readonly serviceTier: string | null },
): number | null {
  const { rates } = ratesFor(price, count(usage.input), serviceTier)
  const more = rates.cacheWrite - rates.input
  // Less than a nano-dollar a token, and rounding would make several counts the same.
  if (Math.abs(more) < 1_000) return null
  const written = Math.round(((nanos - costOf(price, usage, serviceTier)) * 1_000) / more)
  if (written <= 0 || written > usage.input - usage.cached) return null
  return costOf(price, { ...usage, cacheWrite: written }, serviceTier) === nanos ? written : null
}

/** The same cost with what it is made of. What rounding leaves over goes to the parts that lost most by it. */
export function costBreakdown(price: PriceRates, usage: PricedUsage, serviceTier: string | null = null): CostBreakdown {
  const { rates, tier, isLongContext } = ratesFor(price, count(usage.input), serviceTier)
  const tokens = split(usage)
  const nanos = rounded(tokens, rates)
  const exact = COMPONENTS.filter((component) => tokens[component] > 0).map((component) => {
    const thousandths = BigInt(tokens[component]) * BigInt(rates[component])
    return { component, nanos: Number(thousandths / 1_000n), lost: Number(thousandths % 1_000n) }
  })
  let left = nanos - exact.reduce((sum, part) => sum + part.nanos, 0)
  const raised = new Set<CostComponent>()
  for (const part of exact.toSorted((a, b) => b.lost - a.lost)) {
    if (left <= 0) break
    raised.add(part.component)
    left -= 1
  }
  const parts = exact.map(({ component, nanos: whole }) => ({
    component,
    tokens: tokens[component],
    rate: rates[component],
    nanos: whole + (raised.has(component) ? 1 : 0),
  }))
  return { nanos, tier, isLongContext, parts }
}

/**
 * At least what this much input and output can cost, however it splits into cached, written and reasoning. With a tier,
 * of that tier and the standard rates, which it may fall back to; without one, of every tier, since `auto` may become any.
 */
export function upperBoundCost(
  price: PriceRates,
  tokens: { readonly input: number; readonly output: number },
  serviceTier?: string | null,
): number {
  const input = count(tokens.input)
  const named = serviceTier === undefined || serviceTier === 'auto' ? Object.keys(price.tiers) : [serviceTier]
  let worst = full(price)
  for (const tier of [null, ...named]) {
    const name = tierOf(price, tier)
    worst = dearer(worst, chosen(price, name, false))
    if (price.longContext !== null && input > price.longContext.aboveInputTokens) {
      worst = dearer(worst, chosen(price, name, true))
    }
  }
  const { cachedInput, cacheWrite, reasoning } = worst
  const all = { input, cachedInput: 0, cacheWrite: 0, output: count(tokens.output), reasoning: 0 }
  return rounded(all, {
    ...worst,
    input: Math.max(worst.input, cachedInput, cacheWrite),
    output: Math.max(worst.output, reasoning),
  })
}
