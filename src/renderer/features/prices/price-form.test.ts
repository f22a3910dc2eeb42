import { describe, expect, it } from 'vitest'
import { priceRates, type PriceRates } from '../../../shared/models/price.ts'
import { blankRates, emptyForm, formOf, problemsOf, ratesOf, readRate, tidyRate, type PriceForm } from './price-form.ts'

const rates = { input: '1.25', cachedInput: '0.125', cacheWrite: '', output: '10', reasoning: '' }
const priced: PriceForm = { ...emptyForm('gpt-5'), rates }
const full: PriceRates = priceRates.parse({
  input: 4_000_000,
  cachedInput: 400_000,
  output: 20_000_001,
  longContext: { aboveInputTokens: 272_000, input: 8_000_000, output: 30_000_000 },
  tiers: {
    flex: { input: 2_000_000, output: 10_000_000, longContext: { input: 4_000_000, output: 15_000_000 } },
    priority: { input: 8_000_000, output: 40_000_000, reasoning: 0 },
  },
})

describe('a rate', () => {
  it.each([
    ['1.25', 1_250_000],
    [' $ 10 ', 10_000_000],
    ['.5', 500_000],
    ['0', 0],
    ['0.000001', 1],
    ['1.2500000000', 1_250_000],
    ['100000', 100_000_000_000],
  ])('%j is read to the last digit', (text, rate) => {
    expect(readRate(text)).toEqual({ rate })
  })

  it.each(['1,25', '1,250', '-1', '1e3', 'free', '.', '1.2.3', '0.0000001', '100000.000001', '9'.repeat(80)])(
    '%j is refused',
    (text) => {
      expect(readRate(text)).toHaveProperty('problem')
    },
  )

  it('is said back as it is kept, and left alone where it cannot be read', () => {
    expect(tidyRate(' $1.5 ')).toBe('1.50')
    expect(tidyRate(' 1,5 ')).toBe('1,5')
  })
})

describe('the form of a price', () => {
  it('gives back every rate, long ones and tiers included', () => {
    const form = formOf({
      model: 'gpt-6',
      upstreamId: null,
      rates: full,
      source: 'bundled',
      note: 'https://example.com',
    })
    expect(problemsOf(form)).toEqual([])
    expect(ratesOf(form)).toEqual(full)
    expect(form.note).toBe('')
  })

  it('keeps a note of the operator’s own', () => {
    const row = { model: 'a', upstreamId: 'ups_1', rates: null, source: 'operator', note: 'ours' } as const
    expect(formOf(row)).toEqual({ ...emptyForm('a'), upstreamId: 'ups_1', note: 'ours' })
  })

  it('leaves blank what is as input or as output, and 0 free', () => {
    expect(ratesOf({ ...priced, rates: { ...rates, reasoning: '0' } })).toEqual({
      input: 1_250_000,
      cachedInput: 125_000,
      cacheWrite: null,
      output: 10_000_000,
      reasoning: 0,
      longContext: null,
      tiers: {},
    })
  })

  const tier = { rowId: '0', name: 'flex', rates, long: null }
  it.each<[string, Partial<PriceForm>, string]>([
    ['no model', { model: ' ' }, 'price-model'],
    ['a blank in the model', { model: 'gpt 5' }, 'price-model'],
    ['a star in the middle', { model: 'g*5' }, 'price-model'],
    ['a model that is too long', { model: 'g'.repeat(201) }, 'price-model'],
    ['no input', { rates: { ...rates, input: '' } }, 'price-standard-input'],
    ['no output', { rates: { ...rates, output: ' ' } }, 'price-standard-output'],
    ['a comma', { rates: { ...rates, reasoning: '1,5' } }, 'price-standard-reasoning'],
    ['a length of 0', { long: { above: '0', rates } }, 'price-long-above'],
    ['no length', { long: { above: '', rates } }, 'price-long-above'],
    ['long requests without output', { long: { above: '200k', rates: { ...rates, output: '' } } }, 'price-long-output'],
    ['a tier without a name', { tiers: [{ ...tier, name: '' }] }, 'price-tier-0-name'],
    ['a tier twice', { tiers: [tier, { ...tier, rowId: '1', name: ' flex ' }] }, 'price-tier-1-name'],
    ['a tier without input', { tiers: [{ ...tier, rates: blankRates }] }, 'price-tier-0-input'],
    ['long rates of a tier without input', { tiers: [{ ...tier, long: blankRates }] }, 'price-tier-0-long-input'],
    ['a note that is too long', { note: 'n'.repeat(501) }, 'price-note'],
  ])('names the field of %s', (_what, patch, id) => {
    expect(problemsOf({ ...priced, ...patch })[0]?.id).toBe(id)
  })

  it('has no rates while one cannot be read, and has them while only the model is missing', () => {
    expect(ratesOf({ ...priced, rates: { ...rates, input: 'x' } })).toBeNull()
    expect(ratesOf({ ...priced, model: '' })?.input).toBe(1_250_000)
  })

  it('comes to what the core takes', () => {
    const form = {
      ...priced,
      long: { above: '200k', rates },
      tiers: [tier, { ...tier, rowId: 'n', name: 'priority', long: rates }],
    }
    const made = ratesOf(form)
    expect(priceRates.parse(made)).toEqual(made)
    expect(made?.longContext?.aboveInputTokens).toBe(200_000)
  })
})
