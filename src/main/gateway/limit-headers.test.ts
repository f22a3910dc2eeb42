import { describe, expect, it } from 'vitest'
import { limitHeaders } from './limit-headers.ts'
import type { Remaining } from './limits/figures.ts'

const NOW = 1_000_000
const NONE: Remaining = { requests: null, tokens: null, fullest: null }
const room = { field: 'requestsPerDay', rule: null, limit: 60, remaining: 3, resetAt: NOW + 1_001 } as const

const full = (share: number): Remaining => ({ ...NONE, fullest: { field: 'budgetPerDay', rule: null, share } })

describe('limitHeaders', () => {
  it('are none where nothing is limited', () => {
    expect(limitHeaders(NONE, NOW)).toEqual([])
  })

  it('tell limit, rest and seconds to the reset, never below 0', () => {
    const left = { ...NONE, requests: room, tokens: { ...room, limit: 9, remaining: 0, resetAt: NOW - 5 } }
    expect(limitHeaders(left, NOW).join(' ')).toBe(
      'x-ratelimit-limit-requests 60 x-ratelimit-remaining-requests 3 x-ratelimit-reset-requests 2s ' +
        'x-ratelimit-limit-tokens 9 x-ratelimit-remaining-tokens 0 x-ratelimit-reset-tokens 0s',
    )
  })

  it.each([
    [0.79999, false, []],
    [0.8, false, ['x-weir-limit-warning', 'budgetPerDay 80%']],
    [0.9999, false, ['x-weir-limit-warning', 'budgetPerDay 99%']],
    [1.25, false, ['x-weir-limit-warning', 'budgetPerDay 125%']],
    [0.5, true, ['x-weir-limit-warning', 'unpriced']],
    [0.96, true, ['x-weir-limit-warning', 'budgetPerDay 96%, unpriced']],
  ])('warn at a share of %d, unpriced %s', (share, isUnpriced, expected) => {
    expect(limitHeaders(full(share), NOW, isUnpriced)).toEqual(expected)
  })
})
