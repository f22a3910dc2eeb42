import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCount, readUsd, writeCount, writeUsd } from './amount.ts'

const MAX_TOKENS = 1_000_000_000_000
const MAX_NANOS = 1_000_000_000_000_000

describe('readCount', () => {
  it.each([
    ['0', 0],
    [' 100 ', 100],
    ['1k', 1_000],
    ['1.5M', 1_500_000],
    ['1.5 m', 1_500_000],
    ['1_000_000', 1_000_000],
    ['1,000,000', 1_000_000],
    ['1 000 000', 1_000_000],
    ['.5k', 500],
    ['2B', 2_000_000_000],
    ['1T', 1_000_000_000_000],
    ['100.000', 100],
    ['1.2340k', 1_234],
    ['007', 7],
  ])('reads %j as %d', (text, value) => expect(readCount(text, MAX_TOKENS)).toEqual({ value }))

  it.each(['', '-1', '1.5', '1.2345k', '1,5', '1,50,000', '_1', '1__0', '1e3', 'k', '.', '5 requests', '∞', '$5'])(
    'does not read %j',
    (text) => expect(readCount(text, MAX_TOKENS)).toHaveProperty('problem'),
  )

  it('names the most there can be', () => {
    expect(readCount('1000', 1_000)).toEqual({ value: 1_000 })
    expect(readCount('1,001', 1_000)).toEqual({ problem: 'At most 1,000.' })
    expect(readCount('9'.repeat(59), 1_000)).toEqual({ problem: 'At most 1,000.' })
  })
})

describe('readUsd', () => {
  it.each([
    ['0', 0],
    ['$5', 5_000_000_000],
    ['5 $', 5_000_000_000],
    ['5.50', 5_500_000_000],
    ['5 USD', 5_000_000_000],
    ['$ 1.5k', 1_500_000_000_000],
    ['1,250.75', 1_250_750_000_000],
    ['0.1', 100_000_000],
    ['0.29', 290_000_000],
    ['1.005', 1_005_000_000],
    ['0.000000001', 1],
    ['999999.999999999', 999_999_999_999_999],
    ['1M', MAX_NANOS],
  ])('reads %j as %d nano-dollars', (text, value) => expect(readUsd(text, MAX_NANOS)).toEqual({ value }))

  it.each(['', '$', '$$5', '-5', '5,50', '5.5.5', '0.0000000001', '1000000.01', 'five', '€5'])(
    'does not read %j',
    (text) => expect(readUsd(text, MAX_NANOS)).toHaveProperty('problem'),
  )
})

describe('what is written', () => {
  it('is short where it can be', () => {
    expect(writeCount(1_500_000)).toBe('1,500,000')
    expect(writeUsd(5_000_000_000)).toBe('5.00')
    expect(writeUsd(1_234_500_000_000)).toBe('1,234.50')
    expect(writeUsd(1)).toBe('0.000000001')
  })

  it('reads back as the very same, whatever it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_NANOS }), (value) => {
        expect(readUsd(writeUsd(value), MAX_NANOS)).toEqual({ value })
        expect(readCount(writeCount(value), MAX_NANOS)).toEqual({ value })
      }),
    )
  })

  it('is read by its digits: a text of dollars and its digits without the point are the same', () => {
    const digits = fc.integer({ min: 0, max: 999_999_999 })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999 }), digits, (dollars, nanos) => {
        const text = `$${dollars}.${String(nanos).padStart(9, '0')}`
        expect(readUsd(text, MAX_NANOS)).toEqual({ value: dollars * 1_000_000_000 + nanos })
      }),
    )
  })
})
