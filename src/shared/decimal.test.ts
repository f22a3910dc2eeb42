import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { scaledDecimal } from './decimal.ts'

describe('scaledDecimal', () => {
  it.each([
    ['1.25', 6, 1_250_000],
    ['0.1', 1, 1],
    ['1.25e-06', 12, 1_250_000],
    ['1e-7', 12, 100_000],
    ['3E3', 0, 3_000],
    ['.5', 0, 1],
    ['0.4', 0, 0],
    ['2.', 2, 200],
    [' 7 ', 0, 7],
    ['0', 30, 0],
    ['0e999', 0, 0],
    ['9007199254740991', 0, Number.MAX_SAFE_INTEGER],
  ])('reads %s with %i places as %i', (text, places, value) => {
    expect(scaledDecimal(text, places)).toBe(value)
  })

  it.each([
    '',
    '.',
    'e5',
    '-1',
    '+1',
    '1,5',
    '0x10',
    'NaN',
    'Infinity',
    '1 2',
    '9007199254740992',
    '1e999',
    '1'.repeat(61),
  ])('refuses %s', (text) => {
    expect(scaledDecimal(text, 0)).toBeNull()
  })

  it('gives back what a number was made of, whatever a float would make of it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999 }), fc.integer({ min: 0, max: 12 }), (digits, places) => {
        expect(scaledDecimal(`${digits}e-${places}`, places)).toBe(digits)
        expect(scaledDecimal(String(Number(`${digits}e-${places}`)), places)).toBe(digits)
      }),
    )
  })
})
