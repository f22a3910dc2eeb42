import { describe, expect, it } from 'vitest'
import { limits, type KeyUsageGlance } from '../../../shared/models/limit.ts'
import { glanceWords, resetWords, shareOf, withoutProgress } from './limits-glance.ts'

type Fullest = NonNullable<KeyUsageGlance['fullest']>
const fullest: Fullest = {
  field: 'budgetPerDay',
  model: null,
  limit: 10_000_000_000,
  used: 8_020_000_000,
  resetAt: null,
}
const glance = (patch: Partial<Fullest> = {}, limits = 1): KeyUsageGlance => ({
  id: 'key_1',
  limits,
  fullest: { ...fullest, ...patch },
})

describe('glanceWords', () => {
  it.each<[KeyUsageGlance, string, string, string, string]>([
    [glance(), '80 %', 'of $10.00 a day', '', 'Budget per day: $8.02 of $10.00'],
    [
      glance({ field: 'requestsPerHour', limit: 1_500, used: 3, model: 'gpt-5*' }, 4),
      '< 1 %',
      'of 1.5k requests an hour',
      'gpt-5*, +3 more',
      'Requests per hour for gpt-5*: 3 of 1,500; the fullest of 4 limits',
    ],
    [
      glance({ field: 'tokensPerDay', limit: 1_000, used: 999 }, 2),
      '99 %',
      'of 1k tokens a day',
      '+1 more',
      'Tokens per day: 999 of 1,000; the fullest of 2 limits',
    ],
    [glance({ used: 12_000_000_000 }), '120 %', 'of $10.00 a day', '', 'Budget per day: $12.00 of $10.00'],
    [glance({ used: 0 }), '0 %', 'of $10.00 a day', '', 'Budget per day: $0 of $10.00'],
    [glance({ limit: 0, used: 0 }), 'denied', '0 a day', '', 'Budget per day: denied'],
    [{ id: 'key_1', limits: 1, fullest: null }, '', '', '', ''],
  ])('of %j: %s', (given, share, cap, more, whole) => expect(glanceWords(given)).toEqual({ share, cap, more, whole }))
})

describe('shareOf', () => {
  it('sorts what denies all behind what is full, and what has no state nowhere', () => {
    const shares = [glance({ used: 0 }), glance(), glance({ used: 12_000_000_000 }), glance({ limit: 0, used: 0 })]
    expect(shares.map(shareOf)).toEqual([0, 0.802, 1.2, Number.MAX_VALUE])
    expect(shareOf({ id: 'key_1', limits: 0, fullest: null })).toBeNull()
  })
})

describe('resetWords', () => {
  const NOW = new Date(2026, 2, 1, 20, 0).getTime()
  it.each<[string, Partial<Fullest>, string]>([
    ['a calendar', { resetAt: NOW + 4 * 3_600_000 }, 'resets in 4 h, at 2026-03-02 00:00'],
    ['its last hour', { resetAt: NOW + 90_000 }, 'resets in 1 min, at 2026-03-01 20:01:30'],
    ['its end', { resetAt: NOW }, 'resets now'],
    [
      'a full sliding window',
      { field: 'requestsPerMinute', limit: 5, used: 5, resetAt: NOW + 12_000 },
      'room again in',
    ],
    ['a sliding window with room', { field: 'requestsPerMinute', limit: 5, used: 4, resetAt: NOW }, ''],
    ['what time does not free', { field: 'budgetTotal' }, ''],
    ['what nothing was used of', { used: 0, resetAt: NOW + 1_000 }, ''],
    ['what denies all', { limit: 0, used: 0 }, ''],
  ])('of %s', (_what, patch, words) => {
    const said = resetWords(glance(patch), NOW)
    if (words === '') expect(said).toBe('')
    else expect(said.startsWith(words)).toBe(true)
  })
})

describe('withoutProgress', () => {
  const none = limits.parse({})
  it('tells a key without limits from one whose caps are of single requests', () => {
    expect(withoutProgress({ limits: none, limitOverrides: [] })).toBe('no limits')
    expect(withoutProgress({ limits: none, limitOverrides: [{ model: 'gpt-5*', limits: none }] })).toBe('no limits')
    const perRequest = { ...none, outputTokensPerRequest: 100 }
    expect(withoutProgress({ limits: perRequest, limitOverrides: [] })).toBe('per request only')
    const row = { model: 'gpt-5*', limits: perRequest }
    expect(withoutProgress({ limits: none, limitOverrides: [row] })).toBe('per request only')
  })
})
