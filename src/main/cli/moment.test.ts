import { describe, expect, it } from 'vitest'
import { parseMoment } from './moment.ts'

const NOW = Date.UTC(2026, 5, 1)

describe('parseMoment', () => {
  it.each([
    ['30d', 'ahead', NOW + 30 * 86_400_000],
    ['90m', 'ago', NOW - 90 * 60_000],
    ['12h', 'ago', NOW - 12 * 3_600_000],
    ['45s', 'ahead', NOW + 45_000],
    ['999999d', 'ago', 0],
    ['2027-01-31', 'ahead', Date.UTC(2027, 0, 31)],
    ['2027-01-31T18:00Z', 'ahead', Date.UTC(2027, 0, 31, 18)],
  ] as const)('reads %s as a time %s', (text, direction, expected) => {
    expect(parseMoment('since', text, NOW, direction)).toBe(expected)
  })

  it.each(['', '30', '1w', '-1d', 'tomorrow', '2027-13-01', '1e3d'])('refuses "%s"', (text) => {
    expect(() => parseMoment('since', text, NOW, 'ago')).toThrow('--since')
  })
})
