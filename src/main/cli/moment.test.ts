import { describe, expect, it } from 'vitest'
import { parseMoment, parseSpan } from './moment.ts'

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

describe('parseSpan', () => {
  const WEEK_MS = 7 * 86_400_000

  it.each([
    ['0', 0],
    ['0s', 0],
    ['24h', 86_400_000],
    ['7d', WEEK_MS],
  ])('reads %s', (text, ms) => {
    expect(parseSpan('grace', text, WEEK_MS)).toBe(ms)
  })

  it.each(['', '8d', '604801s', '-1h', '24', '2027-01-31', '1.5h'])('refuses "%s"', (text) => {
    expect(() => parseSpan('grace', text, WEEK_MS)).toThrow(
      `--grace is "${text}", but must be 0 or a span like 24h, at most 7d.`,
    )
  })
})
