import { describe, expect, it } from 'vitest'
import { price } from '../../shared/models/price.ts'
import { ratesText } from '../../shared/price-text.ts'
import { bundledAsOf, bundledPrices, catalogEntries, contextWindowOf, maxOutputOf } from './catalog.ts'
import { createPriceTable } from './price-table.ts'

const AT = Date.UTC(2026, 10, 21)
const table = createPriceTable([], bundledPrices)
const textOf = (model: string, at = AT) => {
  const rates = table.find(model, null, at)?.rates ?? null
  return rates === null ? null : ratesText(rates)
}

describe('catalog', () => {
  it('has prices in the form of all prices, each from a page and a day', () => {
    for (const row of bundledPrices) expect(price.parse(row)).toEqual(row)
    for (const { model, source, asOf } of catalogEntries) {
      expect([model, URL.canParse(source), /^20\d\d-\d\d-\d\d$/.test(asOf)]).toEqual([model, true, true])
      expect(new Date(asOf).toISOString().slice(0, 10)).toBe(asOf)
    }
    expect(bundledAsOf).toBe('2026-11-15')
  })

  it('has each model once per moment', () => {
    const keys = bundledPrices.map(({ model, from }) => `${model} ${from}`)
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('has no rate that makes cached input dearer than input, or output free of what it costs', () => {
    const odd = catalogEntries.filter(({ rates }) => (rates.cachedInput ?? 0) > rates.input)
    expect(odd.map(({ model }) => model)).toEqual([])
    const free = catalogEntries.filter(({ rates }) => rates.input === 0 || rates.output === 0)
    expect(free.map(({ model }) => model)).toEqual(['text-embedding-3-small', 'text-embedding-3-large'])
  })

  it.each([
    ['gpt-5', 'input $1.25, cached $0.125, output $10'],
    ['gpt-5-2025-08-07', 'input $1.25, cached $0.125, output $10'],
    ['gpt-5-mini', 'input $0.25, cached $0.025, output $2'],
    ['gpt-4o-2024-05-13', 'input $5, output $15'],
    ['gpt-4o-2024-11-20', 'input $2.50, cached $1.25, output $10'],
    ['claude-opus-4-5-20251101', 'input $5, cached $0.50, cache write $6.25, output $25'],
    ['claude-opus-4-20250514', 'input $15, cached $1.50, cache write $18.75, output $75'],
    ['gemini-2.5-pro', 'input $1.25, cached $0.125, output $10; above 200,000 input tokens'],
    ['gpt-6-sol', 'input $2, cached $0.20, cache write $2.50, output $10; above 272,000 input tokens'],
  ])('knows %s', (model, text) => {
    expect(textOf(model)?.startsWith(text)).toBe(true)
  })

  it('knows tiers, and what a tier costs for a long request', () => {
    expect(textOf('gpt-6-luna')).toBe(
      'input $0.10, cached $0.01, cache write $0.125, output $0.50; ' +
        'above 272,000 input tokens: input $0.20, cached $0.02, cache write $0.25, output $0.75; ' +
        'flex: input $0.05, cached $0.005, cache write $0.0625, output $0.25; ' +
        'flex, long: input $0.10, cached $0.01, cache write $0.125, output $0.375; ' +
        'priority: input $0.20, cached $0.02, cache write $0.25, output $1; ' +
        'priority, long: input $0.40, cached $0.04, cache write $0.50, output $1.50',
    )
  })

  it('lets a price that is announced come into force by itself', () => {
    expect(textOf('gemini-3.8-flash', Date.UTC(2026, 11, 31))).toBe('input $0.75, cached $0.075, output $3.75')
    expect(textOf('gemini-3.8-flash', Date.UTC(2027, 0, 1))).toBe('input $1.50, cached $0.15, output $7.50')
  })

  it.each(['gpt-5.9', 'gpt-5-ultra', 'gpt-5-turbo-2025-08-07', 'sim-echo', 'claude-opus-4-6-fast', 'openai/gpt-5'])(
    'has no price for %s, which it has never heard of',
    (model) => {
      expect(table.find(model, null, AT)).toBeNull()
    },
  )

  it('knows how much a model puts out', () => {
    expect(maxOutputOf('gpt-5')).toBe(128_000)
    expect(maxOutputOf('gpt-5-2025-08-07')).toBe(128_000)
    expect(maxOutputOf('gpt-4o-2024-05-13')).toBe(4_096)
    expect(maxOutputOf('codestral-2508')).toBeNull()
    expect(maxOutputOf('deepseek-flash-2026-01-01')).toBeNull()
    expect(maxOutputOf('unheard-of')).toBeNull()
    expect(contextWindowOf('claude-haiku-5-5')).toBe(1_000_000)
  })
})
