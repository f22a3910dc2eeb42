import { describe, expect, it } from 'vitest'
import type { Price, PriceRates } from '../../shared/models/price.ts'
import { createPriceTable } from './price-table.ts'

const NOTHING_ELSE = { cachedInput: null, cacheWrite: null, reasoning: null, longContext: null, tiers: {} }
const rates = (input: number): PriceRates => ({ ...NOTHING_ELSE, input, output: input })

let made = 0
function row(model: string, input: number | null, more: Partial<Price> = {}): Price {
  made += 1
  const base = { id: `p${made}`, model, upstreamId: null, note: '', from: 0, source: 'operator' } as const
  return { ...base, rates: input === null ? null : rates(input), ...more }
}
const bundled = (model: string, input: number, from = 0) => row(model, input, { source: 'bundled', from })

/** The input rate that is found; null for taken away, undefined for none. */
function found(table: ReturnType<typeof createPriceTable>, model: string, upstreamId: string | null = null, at = 100) {
  const price = table.find(model, upstreamId, at)
  return price === null ? undefined : (price.rates?.input ?? null)
}

describe('price table', () => {
  it('takes an upstream before the general one, whatever is more exact there', () => {
    const table = createPriceTable([row('gpt-5', 2), row('gpt-*', 3, { upstreamId: 'ups_1' })], [bundled('gpt-5', 1)])
    expect(found(table, 'gpt-5', 'ups_1')).toBe(3)
    expect(found(table, 'gpt-5', 'ups_2')).toBe(2)
    expect(found(table, 'gpt-5')).toBe(2)
    expect(found(table, 'other', 'ups_1')).toBeUndefined()
  })

  it('takes the exact id, then the longest beginning', () => {
    const table = createPriceTable([row('*', 9), row('gpt-*', 8), row('gpt-5*', 7)], [bundled('gpt-5', 1)])
    expect(found(table, 'gpt-5')).toBe(1)
    expect(found(table, 'gpt-5-mini')).toBe(7)
    expect(found(table, 'gpt-4')).toBe(8)
    expect(found(table, 'llama')).toBe(9)
  })

  it('takes the newest that is in force, and what the operator said before what came with Weir', () => {
    const stored = [row('m', 2, { from: 10 }), row('m', 3, { from: 50, source: 'import' }), row('m', 4, { from: 200 })]
    const table = createPriceTable(stored, [bundled('m', 1), bundled('m', 5, 60)])
    expect(found(table, 'm', null, 5)).toBe(1)
    expect(found(table, 'm', null, 10)).toBe(2)
    expect(found(table, 'm', null, 100)).toBe(3)
    expect(found(table, 'm', null, 200)).toBe(4)
    expect(table.nextChange(0)).toBe(10)
    expect(table.nextChange(60)).toBe(200)
    expect(table.nextChange(200)).toBe(Number.POSITIVE_INFINITY)
  })

  it('takes the later of two rows of one moment', () => {
    const table = createPriceTable([row('m', 2, { from: 10 }), row('m', 3, { from: 10 })], [])
    expect(found(table, 'm')).toBe(3)
  })

  it('has none where the operator took it away, also not a less exact one', () => {
    const table = createPriceTable([row('*', 9), row('gpt-5', null, { from: 10 })], [bundled('gpt-5', 1)])
    expect(found(table, 'gpt-5', null, 9)).toBe(1)
    expect(found(table, 'gpt-5', null, 10)).toBeNull()
    expect(found(table, 'gpt-6')).toBe(9)
  })

  it('goes back to what counts otherwise where the operator gave his own up', () => {
    const back = (model: string, upstreamId: string | null = null) =>
      row(model, null, { source: 'bundled', from: 20, upstreamId })
    const stored = [row('m', 2), back('m'), row('own', 3), back('own'), row('m', 4, { upstreamId: 'ups_1' })]
    const table = createPriceTable([...stored, back('m', 'ups_1')], [bundled('m', 1)])
    expect(found(table, 'm', null, 19)).toBe(2)
    expect(found(table, 'm')).toBe(1)
    expect(found(table, 'own')).toBeUndefined()
    expect(found(table, 'm', 'ups_1', 19)).toBe(4)
    expect(found(table, 'm', 'ups_1')).toBe(1)
  })

  it('answers for one place alone, a pattern too', () => {
    const table = createPriceTable([row('gpt-*', 8), row('gpt-5', 2, { upstreamId: 'ups_1' })], [])
    expect(table.inPlace('gpt-*', null, 100)?.rates?.input).toBe(8)
    expect(table.inPlace('gpt-5', 'ups_1', 100)?.rates?.input).toBe(2)
    expect(table.inPlace('gpt-5', null, 100)).toBeNull()
  })
})
