import { describe, expect, it } from 'vitest'
import { limits, type LimitState } from '../../../shared/models/limit.ts'
import { fillOf, limitsWords, limitWords, partsOf, resetWord, stateWords } from './limit-words.ts'

const state = (patch: Partial<LimitState> = {}): LimitState => ({
  field: 'requestsPerMinute',
  overrideId: null,
  model: null,
  limit: 100,
  used: 73,
  reserved: 0,
  resetAt: 1,
  raisedUntil: null,
  raisedBy: 0,
  setBackAt: null,
  fullAt: null,
  ...patch,
})

describe('limitWords', () => {
  it.each([
    ['requestsPerMinute', 100, '100 requests a minute'],
    ['requestsPerHour', 1, '1 request an hour'],
    ['tokensPerDay', 1_500_000, '1,500,000 tokens a day'],
    ['inputTokensPerRequest', 8_000, '8,000 input tokens a request'],
    ['outputTokensPerRequest', 1, '1 output token a request'],
    ['concurrentRequests', 0, '0 requests at a time: denied'],
    ['budgetPerMonth', 5_500_000_000, '$5.50 a month'],
    ['budgetTotal', 0, '$0 in total: denied'],
  ] as const)('of %s at %d: %s', (field, value, words) => expect(limitWords(field, value)).toBe(words))

  it('of all that are set', () => {
    expect(limitsWords(limits.parse({}))).toEqual([])
    expect(limitsWords(limits.parse({ budgetPerDay: 5_000_000_000, requestsPerDay: 9 }))).toEqual([
      '9 requests a day',
      '$5.00 a day',
    ])
  })
})

describe('stateWords', () => {
  it.each([
    [{}, ['73 of 100 requests a minute', '27 left']],
    [{ reserved: 3 }, ['73 of 100 requests a minute', '3 of it held by running requests', '27 left']],
    [{ used: 104 }, ['104 of 100 requests a minute', 'none left']],
    [{ limit: 0, used: 0 }, ['Requests per minute: denied']],
    [{ field: 'concurrentRequests', limit: 5, used: 2, reserved: 2 }, ['2 of 5 requests at a time', '3 left']],
    [{ field: 'budgetPerDay', limit: 5_000_000_000, used: 4_100_000_000 }, ['$4.10 of $5.00 a day', '$0.90 left']],
    [
      { field: 'tokensPerWeek', limit: 2_000_000, used: 1_234_567 },
      ['1,234,567 of 2,000,000 tokens a week', '765,433 left'],
    ],
  ] satisfies [Partial<LimitState>, string[]][])('of %j', (patch, words) =>
    expect(stateWords(state(patch))).toEqual(words),
  )
})

describe('the bar', () => {
  it('turns at 80 and 95 %', () => {
    expect([79, 80, 94, 95, 120].map((used) => fillOf({ limit: 100, used }))).toEqual([
      'calm',
      'near',
      'near',
      'full',
      'full',
    ])
    expect(fillOf({ limit: 0, used: 0 })).toBe('full')
  })

  it('has what is held behind what is settled, and never overflows', () => {
    expect(partsOf({ limit: 100, used: 50, reserved: 20 })).toEqual({ settled: 30, reserved: 20 })
    expect(partsOf({ limit: 100, used: 120, reserved: 50 })).toEqual({ settled: 70, reserved: 30 })
    expect(partsOf({ limit: 100, used: 120, reserved: 0 })).toEqual({ settled: 100, reserved: 0 })
    expect(partsOf({ limit: 0, used: 0, reserved: 0 })).toEqual({ settled: 100, reserved: 0 })
  })
})

describe('resetWord', () => {
  it('says what time does: empties a calendar window, makes room in a full sliding one', () => {
    expect(resetWord(state({ used: 100 }))).toBe('room again')
    expect(resetWord(state())).toBeNull()
    expect(resetWord(state({ field: 'budgetPerMonth' }))).toBe('resets')
    expect(resetWord(state({ field: 'requestsPerDay', used: 100 }))).toBe('resets')
    expect(resetWord(state({ resetAt: null }))).toBeNull()
    expect(resetWord(state({ used: 0 }))).toBeNull()
    expect(resetWord(state({ limit: 0, used: 0 }))).toBeNull()
  })
})
