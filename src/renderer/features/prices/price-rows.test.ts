import { describe, expect, it } from 'vitest'
import { priceRates, type PriceRow } from '../../../shared/models/price.ts'
import { costText, examplesOf } from './price-example.ts'
import {
  addressIn,
  extrasText,
  filterPrices,
  openSearch,
  rateLines,
  rateText,
  requestsOf,
  slotName,
} from './price-rows.ts'

const rates = priceRates.parse({ input: 1_250_000, output: 10_000_000 })
const row: PriceRow = {
  id: 'bundled:gpt-5',
  model: 'gpt-5',
  upstreamId: null,
  rates,
  source: 'bundled',
  note: 'https://example.com/pricing, as of 2026-07-24.',
  from: 0,
  upstreamName: null,
  bundled: null,
  requests: 0,
  maxOutputTokens: null,
  contextWindow: null,
}
const azure = { ...row, upstreamId: 'ups_1', upstreamName: 'Azure', requests: null, source: 'operator' } as const
const taken = { ...row, model: 'o3', rates: null, source: 'operator', requests: 4 } as const
const imported = { ...row, model: 'glm-*', source: 'import', requests: 2 } as const
const all = [row, azure, taken, imported]
const none = { q: '', source: null, used: false }

describe('the filters', () => {
  it.each([
    [{}, all],
    [{ q: 'GPT azure' }, [azure]],
    [{ q: '2026-07', source: 'import' as const }, [imported]],
    [{ source: 'operator' as const }, [azure]],
    [{ source: 'none' as const }, [taken]],
    [{ used: true }, [azure, taken, imported]],
    [{ q: 'nothing like it' }, []],
  ])('%j', (patch, shown) => {
    expect(filterPrices(all, { ...none, ...patch })).toEqual(shown)
  })
})

describe('a price in words', () => {
  it('shows every digit, and cents at least', () => {
    expect([0, 1, 1_250_000, 10_000_000, 37_500].map(rateText)).toEqual([
      '$0.00',
      '$0.000001',
      '$1.25',
      '$10.00',
      '$0.0375',
    ])
  })

  it('names its place, and the models that it is for', () => {
    expect([row, azure, { ...azure, upstreamName: null }].map(slotName)).toEqual([
      'gpt-5',
      'gpt-5 at Azure',
      'gpt-5 at an upstream that is gone',
    ])
    expect(requestsOf(azure)).toBe('/requests?model=gpt-5&upstream=ups_1&last=30d')
    expect(requestsOf(imported)).toBeNull()
  })

  it('is opened with the filters as they are', () => {
    expect(openSearch('?used=1&model=o3&upstream=ups_1', row)).toBe('used=1&model=gpt-5')
  })

  it('lists every set of rates', () => {
    const flex = { ...rates, longContext: rates }
    const price = priceRates.parse({ ...rates, longContext: { ...rates, aboveInputTokens: 200_000 }, tiers: { flex } })
    expect(rateLines(price).map(({ name }) => name)).toEqual(['Standard', 'Above 200,000 tokens', 'flex', 'flex, long'])
    expect(extrasText(price)).toBe('long context, 1 tier')
    expect(extrasText(rates)).toBe('')
  })

  it.each([
    ['https://example.com/pricing, as of 2026-07-24.', 'https://example.com/pricing'],
    ['see https://example.com/a?b=1.', 'https://example.com/a?b=1'],
    ['http://example.com', null],
    ['our contract', null],
  ])('finds the address in %j', (note, address) => {
    expect(addressIn(note)).toBe(address)
  })
})

describe('what a request would cost', () => {
  it('is exact, by tier and in long requests', () => {
    const flex = priceRates.parse({ input: 625_000, output: 5_000_000 })
    const long = { input: 2_500_000, output: 15_000_000, aboveInputTokens: 200_000 }
    const examples = examplesOf(priceRates.parse({ ...rates, longContext: long, tiers: { flex } }))
    expect(examples.map(({ size, tier, nanos }) => [size, tier, costText(nanos)])).toEqual([
      ['10,000 in, 1,000 out', null, '$0.0225'],
      ['10,000 in, 1,000 out', 'flex', '$0.01125'],
      ['210,000 in, 1,000 out', null, '$0.54'],
    ])
  })
})
