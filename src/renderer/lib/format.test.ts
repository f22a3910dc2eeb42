import { describe, expect, it } from 'vitest'
import {
  formatBytes,
  formatCompact,
  formatMs,
  formatNoun,
  formatOrdinal,
  formatRelative,
  formatShare,
  formatTokens,
  formatUsd,
} from './format.ts'

describe('formatCompact', () => {
  it.each([
    [0, '0'],
    [0.5, '0.5'],
    [7, '7'],
    [950, '950'],
    [999, '999'],
    [1_000, '1k'],
    [12_345, '12.3k'],
    [999_499, '999k'],
    [999_600, '1M'],
    [4_567_000, '4.57M'],
    [1_200_000_000, '1.2B'],
    [-1_500, '−1.5k'],
  ])('writes %d as %s', (value, text) => expect(formatCompact(value)).toBe(text))
})

describe('formatUsd', () => {
  it.each([
    [null, 'unpriced'],
    [0, '$0'],
    [50_000, '< $0.0001'],
    [4_200_000, '$0.0042'],
    [123_000_000, '$0.123'],
    [12_340_000_000, '$12.34'],
    [-2_500_000_000, '−$2.50'],
    [1_234_567_000_000_000, '$1,234,567.00'],
  ])('writes %s nano-dollars as %s', (nanos, text) => expect(formatUsd(nanos)).toBe(text))
})

describe('formatMs', () => {
  it.each([
    [null, '–'],
    [0, '0 ms'],
    [0.42, '0.4 ms'],
    [87.4, '87 ms'],
    [999.6, '1 s'],
    [1_240, '1.24 s'],
    [59_960, '1 min'],
    [125_000, '2 min 5 s'],
    [10_920_000, '3 h 2 min'],
    [180_000_000, '2 d 2 h'],
  ])('writes %s as %s', (ms, text) => expect(formatMs(ms)).toBe(text))
})

describe('formatShare', () => {
  it.each([
    [null, '–'],
    [0, '0 %'],
    [0.0002, '< 0.1 %'],
    [0.974, '97.4 %'],
    [0.99995, '> 99.9 %'],
    [1, '100 %'],
  ])('writes %s as %s', (share, text) => expect(formatShare(share)).toBe(text))
})

describe('formatRelative', () => {
  const now = Date.UTC(2026, 0, 10)
  it.each([
    [now - 1_000, 'just now'],
    [now - 12_000, '12 s ago'],
    [now - 3_600_000, '1 h ago'],
    [now + 7_200_000, 'in 2 h'],
    [now - 40 * 86_400_000, '40 d ago'],
    [now - 90 * 86_400_000, '3 months ago'],
  ])('reads %d as %s', (at, text) => expect(formatRelative(at, now)).toBe(text))
})

describe('the others', () => {
  it('carry their unit', () => {
    expect(formatBytes(512)).toBe('512 B')
    expect(formatBytes(1_536)).toBe('1.5 KB')
    expect(formatBytes(1_048_575)).toBe('1 MB')
    expect(formatBytes(1_000)).toBe('0.98 KB')
    expect(formatBytes(1_014 * 1_024)).toBe('0.99 MB')
    expect([1, 2, 3, 4].map(formatOrdinal)).toEqual(['first', 'second', 'third', '4th'])
    expect(formatTokens(1)).toBe('1 token')
    expect(formatTokens(1_200)).toBe('1.2k tokens')
    expect(formatNoun(1, 'key')).toBe('1 key')
    expect(formatNoun(3, 'key')).toBe('3 keys')
  })
})
