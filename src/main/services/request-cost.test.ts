import { describe, expect, it } from 'vitest'
import type { Price } from '../../shared/models/price.ts'
import { priceRates } from '../../shared/models/price.ts'
import type { StoredRequest } from '../../shared/models/request.ts'
import { costOf } from '../../shared/price-math.ts'
import { createPriceBook } from '../prices/price-book.ts'
import { costOfThen } from './request-cost.ts'

const at = Date.UTC(2026, 2, 4, 12)
const usage = { input: 1_003, cached: 331, output: 77, reasoning: 13 }

function price(from: number, input: number, more: Partial<Price> = {}): Price {
  const rates = priceRates.parse({
    input,
    cachedInput: 125_333,
    output: 10_000_001,
    longContext: { aboveInputTokens: 1_000, input: input * 2, output: 20_000_000 },
    tiers: { flex: { input: 1, output: 3 } },
  })
  return { id: `prc_${from}`, model: 'gpt-5', upstreamId: null, rates, source: 'operator', note: '', from, ...more }
}

const old = price(at - 1_000_000, 1_250_007)
const next = price(at + 60_000, 2_500_000)
const book = createPriceBook({ list: [old, next], now: () => at + 1_000_000 })

function request(patch: Partial<StoredRequest> = {}): StoredRequest {
  const facts: Partial<StoredRequest> = {
    at,
    durationMs: 900.5,
    upstreamId: 'ups_1',
    model: 'smart',
    sentModel: 'gpt-5',
    serviceTier: null,
    usage,
    costNanos: costOf(old.rates ?? priceRates.parse({}), usage, null),
    ...patch,
  }
  return facts as StoredRequest
}

describe('costOfThen', () => {
  it('parts the cost by the price of then, to the nano-dollar', () => {
    const found = costOfThen(book, request())
    expect(found?.parts.map(({ component, tokens }) => [component, tokens])).toEqual([
      ['input', 672],
      ['cachedInput', 331],
      ['output', 64],
      ['reasoning', 13],
    ])
    expect(found?.parts.reduce((sum, { nanos }) => sum + nanos, 0)).toBe(request().costNanos)
    expect(found).toMatchObject({ tier: null, isLongContext: true, price: { model: 'gpt-5', from: old.from } })
  })

  it('takes the price at its end where it was charged that, as earlier versions did', () => {
    const costNanos = costOf(next.rates ?? priceRates.parse({}), usage, null)
    const found = costOfThen(book, request({ durationMs: 61_000, costNanos }))
    expect(found).toMatchObject({ price: { from: next.from } })
  })

  it('says the tier', () => {
    const short = { serviceTier: 'flex', usage: { ...usage, input: 900 } }
    const costNanos = costOf(old.rates ?? priceRates.parse({}), short.usage, 'flex')
    expect(costOfThen(book, request({ ...short, costNanos }))).toMatchObject({
      tier: 'flex',
      price: { from: old.from },
    })
  })

  it('finds what was written into a cache by what was charged for it', () => {
    const rates = priceRates.parse({
      input: 5_000_000,
      cachedInput: 500_000,
      cacheWrite: 6_250_000,
      output: 30_000_001,
    })
    const prices = createPriceBook({ list: [{ ...old, rates }], now: () => at + 1_000_000 })
    for (const cacheWrite of [1, 317, usage.input - usage.cached]) {
      const costNanos = costOf(rates, { ...usage, cacheWrite }, null)
      const found = costOfThen(prices, request({ costNanos }))
      const tokens = Object.fromEntries(found?.parts.map((part) => [part.component, part.tokens]) ?? [])
      const fresh = usage.input - usage.cached - cacheWrite
      expect(tokens).toEqual({
        ...(fresh === 0 ? {} : { input: fresh }),
        cachedInput: usage.cached,
        cacheWrite,
        output: 64,
        reasoning: 13,
      })
      expect(found?.parts.reduce((sum, { nanos }) => sum + nanos, 0)).toBe(costNanos)
    }
    const tooMuch = costOf(rates, { ...usage, input: usage.input + 1 }, null)
    expect(costOfThen(prices, request({ costNanos: tooMuch + 7 }))).toBeNull()
  })

  it.each<[string, Partial<StoredRequest>]>([
    ['another sum was charged', { costNanos: (request().costNanos ?? 0) + 1 }],
    ['nothing was charged', { costNanos: null }],
    ['no upstream served it', { upstreamId: null }],
    ['it named no model', { model: null, sentModel: null }],
    ['the model has no price', { sentModel: 'gpt-4' }],
    ['it is older than the price', { at: at - 2_000_000 }],
  ])('knows nothing where %s', (_, patch) => expect(costOfThen(book, request(patch))).toBeNull())
})
