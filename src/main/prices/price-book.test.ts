import { describe, expect, it } from 'vitest'
import type { Price } from '../../shared/models/price.ts'
import { createPriceBook } from './price-book.ts'

function row(model: string, input: number | null, more: Partial<Price> = {}): Price {
  const rates = { input, cachedInput: null, cacheWrite: null, output: 1, reasoning: null, longContext: null, tiers: {} }
  const base = { id: model, model, upstreamId: null, note: '', from: 0, source: 'bundled' } as const
  return { ...base, rates: input === null ? null : { ...rates, input }, ...more }
}

describe('price book', () => {
  it('answers the same object until a price changes, and another one from then on', () => {
    const clock = { now: 1_000 }
    const book = createPriceBook({ list: [row('m', 1)], now: () => clock.now })
    const first = book.rates('m', 'ups_1')
    expect(first?.input).toBe(1)
    expect(book.rates('m', 'ups_1')).toBe(first)
    expect(book.rates('unheard-of', 'ups_1')).toBeNull()
    book.put([
      row('m', 2, { source: 'operator', from: 1_000 }),
      row('unheard-of', 5, { source: 'import', from: 1_000 }),
    ])
    expect(book.rates('m', 'ups_1')?.input).toBe(2)
    expect(book.rates('unheard-of', 'ups_1')?.input).toBe(5)
    book.put([row('m', 3, { source: 'operator', from: 1_000, upstreamId: 'ups_1' })])
    expect([book.rates('m', 'ups_1')?.input, book.rates('m', 'ups_2')?.input]).toEqual([3, 2])
    book.put([row('m', null, { source: 'operator', from: 1_000 })])
    expect([book.rates('m', 'ups_1')?.input, book.rates('m', 'ups_2')]).toEqual([3, null])
    expect(book.stored().length).toBe(4)
    book.load([])
    expect(book.rates('m', 'ups_1')?.input).toBe(1)
  })

  it('leaves whoever holds its prices at those, whatever comes into force', () => {
    const clock = { now: 1_000 }
    const book = createPriceBook({ list: [row('m', 1), row('m', 2, { from: 2_000 })], now: () => clock.now })
    const early = book.current()
    expect(book.current()).toBe(early)
    clock.now = 2_000
    const late = book.current()
    book.put([row('m', 3, { source: 'operator', from: 2_000 }), row('new', 7, { source: 'operator', from: 2_000 })])
    const found = [early, late, book.current()].map((each) => each.rates('m', 'ups_1')?.input)
    expect(found).toEqual([1, 2, 3])
    expect([early.rates('new', 'ups_1'), book.current().rates('new', 'ups_1')?.input]).toEqual([null, 7])
  })

  it('sees a price come into force without being told', () => {
    const clock = { now: 1_000 }
    const book = createPriceBook({ list: [row('m', 1), row('m', 2, { from: 2_000 })], now: () => clock.now })
    expect(book.rates('m', 'ups_1')?.input).toBe(1)
    clock.now = 1_999
    expect(book.rates('m', 'ups_1')?.input).toBe(1)
    clock.now = 2_000
    expect(book.rates('m', 'ups_1')?.input).toBe(2)
    expect(book.find('m', null, 1_999)?.rates?.input).toBe(1)
  })

  it('goes on answering when clients ask for ever new ids', () => {
    const book = createPriceBook({ list: [row('m-*', 1)] })
    for (let index = 0; index < 25_000; index += 1) expect(book.rates(`m-${index}`, 'ups_1')?.input).toBe(1)
    expect(book.rates('m-0', 'ups_1')?.input).toBe(1)
  })
})
