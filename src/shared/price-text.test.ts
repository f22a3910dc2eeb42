import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { dollarsOfRate, rateOfDollars, ratesText } from './price-text.ts'

describe('price-text', () => {
  it.each([
    [1_250_000, '1.25'],
    [10_000_000, '10'],
    [2_500_000, '2.50'],
    [3_000, '0.003'],
    [1, '0.000001'],
    [0, '0'],
  ])('writes the rate %i as %s', (rate, text) => {
    expect(dollarsOfRate(rate)).toBe(text)
  })

  it('reads every rate back as it was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000_000_000 }), (rate) => {
        expect(rateOfDollars(dollarsOfRate(rate))).toBe(rate)
      }),
    )
  })

  it('says all that a price has, and nothing that it has not', () => {
    const plain = { input: 1_250_000, cachedInput: null, cacheWrite: null, output: 10_000_000, reasoning: null }
    expect(ratesText({ ...plain, longContext: null, tiers: {} })).toBe('input $1.25, output $10')
    const long = { ...plain, cachedInput: 125_000, aboveInputTokens: 200_000 }
    const flex = { ...plain, input: 625_000, longContext: { ...plain, reasoning: 5 } }
    expect(ratesText({ ...plain, longContext: long, tiers: { flex } })).toBe(
      'input $1.25, output $10; above 200,000 input tokens: input $1.25, cached $0.125, output $10; ' +
        'flex: input $0.625, output $10; flex, long: input $1.25, output $10, reasoning $0.000005',
    )
  })
})
