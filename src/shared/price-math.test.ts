import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import type { PriceRates, Rates } from './models/price.ts'
import { costBreakdown, costOf, effectivePrice, ratesFor, upperBoundCost, type PricedUsage } from './price-math.ts'

const NOTHING = { input: 0, cached: 0, output: 0, reasoning: 0 }
const BASE: Rates = { input: 1_250_000, cachedInput: 125_000, cacheWrite: null, output: 10_000_000, reasoning: null }
const PRICE: PriceRates = {
  ...BASE,
  longContext: { ...BASE, input: 2_500_000, cachedInput: 250_000, output: 15_000_000, aboveInputTokens: 200_000 },
  tiers: {
    flex: { ...BASE, input: 625_000, cachedInput: 62_500, output: 5_000_000, longContext: null },
    priority: {
      ...BASE,
      input: 2_000_000,
      output: 20_000_000,
      longContext: { ...BASE, input: 5_000_000, cachedInput: 500_000, output: 30_000_000 },
    },
  },
}

describe('costOf', () => {
  it.each([
    // 1,000 tokens at $1.25 per million are $0.00125.
    ['input', { ...NOTHING, input: 1_000 }, null, 1_250_000],
    ['cached input apart', { ...NOTHING, input: 1_000, cached: 400 }, null, 750_000 + 50_000],
    ['output', { ...NOTHING, output: 3 }, null, 30_000],
    ['reasoning as output where it has no rate', { ...NOTHING, output: 3, reasoning: 2 }, null, 30_000],
    ['cache writes as input where they have no rate', { ...NOTHING, input: 2, cacheWrite: 1 }, null, 2_500],
    ['a tier by its name', { ...NOTHING, input: 1_000 }, 'flex', 625_000],
    ['a tier by its other name', { ...NOTHING, input: 1_000 }, 'fast', 2_000_000],
    ['a tier that the price does not know as standard', { ...NOTHING, input: 1_000 }, 'scale', 1_250_000],
    ['the threshold itself as short', { ...NOTHING, input: 200_000 }, null, 250_000_000],
    ['everything above the threshold at the long rate', { ...NOTHING, input: 200_001, output: 1 }, null, 500_017_500],
    ['cached input as part of the length', { ...NOTHING, input: 200_001, cached: 200_000 }, null, 50_002_500],
    ['a long request of a tier with long rates', { ...NOTHING, input: 300_000 }, 'priority', 1_500_000_000],
    ['a long request of a tier without them, the dearer', { ...NOTHING, input: 300_000 }, 'flex', 750_000_000],
    ['more cached than input as all cached', { ...NOTHING, input: 10, cached: 99 }, null, 1_250],
    ['nothing', NOTHING, 'flex', 0],
  ] satisfies [string, PricedUsage, string | null, number][])('counts %s', (_, usage, tier, nanos) => {
    expect(costOf(PRICE, usage, tier)).toBe(nanos)
  })

  it('rounds once, half up', () => {
    const price = { ...PRICE, longContext: null, input: 1, cachedInput: 1, output: 1 }
    expect(costOf(price, { ...NOTHING, input: 499 })).toBe(0)
    expect(costOf(price, { ...NOTHING, input: 500 })).toBe(1)
    expect(costOf(price, { input: 250, cached: 100, output: 250, reasoning: 100 })).toBe(1)
    expect(costOf(price, { ...NOTHING, input: 1_499 })).toBe(1)
  })

  it('stays exact where a float would not', () => {
    const price = { ...PRICE, longContext: null, input: 100_000_000_000, output: 1 }
    expect(costOf(price, { ...NOTHING, input: 1_000_003, output: 501 })).toBe(100_000_300_000_001)
    expect(costOf(price, { ...NOTHING, input: 1_000_000_000_000 })).toBe(Number.MAX_SAFE_INTEGER)
  })

  it('takes two prices for the same that come to the same', () => {
    const said = { ...PRICE, cacheWrite: PRICE.input, reasoning: PRICE.output }
    expect(effectivePrice(said)).toEqual(effectivePrice(PRICE))
    expect(effectivePrice({ ...PRICE, reasoning: 1 })).not.toEqual(effectivePrice(PRICE))
    expect(effectivePrice({ ...PRICE, tiers: {} })).not.toEqual(effectivePrice(PRICE))
    expect(effectivePrice({ ...PRICE, longContext: null })).not.toEqual(effectivePrice(PRICE))
  })

  it('tells which rates it took', () => {
    expect(ratesFor(PRICE, 300_000, 'fast')).toMatchObject({ tier: 'priority', isLongContext: true })
    expect(ratesFor(PRICE, 3, 'auto')).toMatchObject({ tier: null, isLongContext: false })
  })
})

const rate = fc.integer({ min: 0, max: 200_000_000 })
const maybe = fc.option(rate)
const rates = fc.record({ input: rate, cachedInput: maybe, cacheWrite: maybe, output: rate, reasoning: maybe })
const prices: fc.Arbitrary<PriceRates> = fc
  .record({
    base: rates,
    long: fc.option(fc.tuple(rates, fc.integer({ min: 1, max: 400_000 }))),
    tiers: fc.dictionary(
      fc.constantFrom('flex', 'priority', 'scale'),
      fc.record({ own: rates, long: fc.option(rates) }),
    ),
  })
  .map(({ base, long, tiers }) => ({
    ...base,
    longContext: long === null ? null : { ...long[0], aboveInputTokens: long[1] },
    tiers: Object.fromEntries(
      Object.entries(tiers).map(([name, tier]) => [name, { ...tier.own, longContext: tier.long }]),
    ),
  }))
const share = fc.double({ min: 0, max: 1, noNaN: true })
const usages: fc.Arbitrary<PricedUsage> = fc
  .tuple(fc.integer({ min: 0, max: 1_000_000 }), fc.integer({ min: 0, max: 200_000 }), share, share, share)
  .map(([input, output, a, b, c]) => {
    const cached = Math.floor(input * a)
    return { input, output, cached, cacheWrite: Math.floor((input - cached) * b), reasoning: Math.floor(output * c) }
  })
const tier = fc.constantFrom(null, 'flex', 'priority', 'fast', 'scale', 'auto', 'default', 'unknown')

describe('prices in general', () => {
  it('never cost more than their bound, whatever the split and the tier', () => {
    fc.assert(
      fc.property(prices, usages, tier, (price, usage, served) => {
        const cost = costOf(price, usage, served)
        expect(cost).toBeLessThanOrEqual(upperBoundCost(price, usage))
        expect(cost).toBeLessThanOrEqual(upperBoundCost(price, usage, served))
        // A tier that had no room is served as standard.
        expect(costOf(price, usage, null)).toBeLessThanOrEqual(upperBoundCost(price, usage, served))
      }),
      { numRuns: 2_000 },
    )
  })

  it('have a bound that less use never exceeds', () => {
    const less = fc.tuple(prices, usages, usages, tier)
    fc.assert(
      fc.property(less, ([price, a, b, served]) => {
        const most = { input: Math.max(a.input, b.input), output: Math.max(a.output, b.output) }
        expect(upperBoundCost(price, a)).toBeLessThanOrEqual(upperBoundCost(price, most))
        expect(costOf(price, a, served)).toBeLessThanOrEqual(upperBoundCost(price, most, served))
      }),
      { numRuns: 2_000 },
    )
  })

  it('have a breakdown that sums to the cost, each part within a nano-dollar of itself', () => {
    fc.assert(
      fc.property(prices, usages, tier, (price, usage, served) => {
        const { nanos, parts } = costBreakdown(price, usage, served)
        expect(nanos).toBe(costOf(price, usage, served))
        expect(parts.reduce((sum, part) => sum + part.nanos, 0)).toBe(nanos)
        expect(parts.reduce((sum, part) => sum + part.tokens, 0)).toBe(usage.input + usage.output)
        for (const part of parts) {
          expect(part.tokens).toBeGreaterThan(0)
          expect(Math.abs(part.nanos - (part.tokens * part.rate) / 1_000)).toBeLessThanOrEqual(1)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('cost more for more of anything, as long as the rates stay the same ones', () => {
    fc.assert(
      fc.property(prices, usages, fc.nat(1_000), fc.nat(1_000), (price, usage, input, output) => {
        const more = { ...usage, input: usage.input + input, output: usage.output + output }
        const same =
          ratesFor(price, usage.input, null).isLongContext === ratesFor(price, more.input, null).isLongContext
        fc.pre(same)
        expect(costOf(price, more)).toBeGreaterThanOrEqual(costOf(price, usage))
      }),
      { numRuns: 1_000 },
    )
  })
})
