import { describe, expect, it } from 'vitest'
import { noLimits, type Limits, type LimitState } from '../../../shared/models/limit.ts'
import { reviewLimitRows } from './review-limit-rows.ts'

const state = (patch: Partial<LimitState>): LimitState => ({
  field: 'requestsPerDay',
  overrideId: null,
  model: null,
  limit: 100,
  used: 40,
  reserved: 0,
  resetAt: null,
  raisedUntil: null,
  raisedBy: 0,
  setBackAt: null,
  fullAt: null,
  ...patch,
})
const caps = (set: Partial<Limits>): Limits => ({ ...noLimits, ...set })
const row = (set: Partial<Limits>, id = 'ovr_1') => ({ id, model: 'gpt-5*', limits: caps(set) })
const DOLLAR = 1_000_000_000

describe('reviewLimitRows', () => {
  it('has nothing to say of a key without limits', () => {
    const none = { limits: noLimits, limitOverrides: [] }
    expect(reviewLimitRows([], none, none)).toEqual([])
  })

  it('leaves a cap that stays alone, and says what is left of one that is lowered, raised or given up', () => {
    const key = {
      limits: caps({ requestsPerDay: 100, budgetPerDay: 5 * DOLLAR, tokensPerDay: 1_000, tokensPerWeek: 10 }),
      limitOverrides: [],
    }
    const states = [
      state({}),
      state({ field: 'tokensPerDay', limit: 1_000, used: 700 }),
      state({ field: 'tokensPerWeek', limit: 10, used: 10 }),
      state({ field: 'budgetPerDay', limit: 5 * DOLLAR, used: 4 * DOLLAR }),
    ]
    const next = {
      limits: caps({ requestsPerDay: 100, budgetPerDay: 2 * DOLLAR, tokensPerDay: 2_000 }),
      limitOverrides: [],
    }
    expect(reviewLimitRows(states, key, next)).toMatchObject([
      { name: 'Requests per day', now: '40 of 100', after: null, isFull: false },
      { name: 'Tokens per day', now: '700 of 1,000', after: '700 of 2,000', isFull: false },
      { name: 'Tokens per week', now: '10 of 10', after: 'no cap', isFull: false },
      { name: 'Budget per day', now: '$4.00 of $5.00', after: '$4.00 of $2.00', isFull: true },
    ])
  })

  it('keeps a raise on top of the cap to come', () => {
    const key = { limits: caps({ budgetPerDay: 5 * DOLLAR }), limitOverrides: [] }
    const states = [state({ field: 'budgetPerDay', limit: 8 * DOLLAR, raisedBy: 3 * DOLLAR, used: 6 * DOLLAR })]
    const next = { limits: caps({ budgetPerDay: 4 * DOLLAR }), limitOverrides: [] }
    expect(reviewLimitRows(states, key, next)).toMatchObject([
      { now: '$6.00 of $8.00', after: '$6.00 of $7.00', isFull: false },
    ])
  })

  it('goes by the row that a limit belongs to, and says when the row goes', () => {
    const key = { limits: noLimits, limitOverrides: [row({ requestsPerHour: 4 })] }
    const states = [state({ field: 'requestsPerHour', overrideId: 'ovr_1', model: 'gpt-5*', limit: 4, used: 4 })]
    const [kept] = reviewLimitRows(states, key, key)
    expect(kept).toMatchObject({ name: 'Requests per hour for gpt-5*', now: '4 of 4', after: null, isFull: true })
    const [gone, ...rest] = reviewLimitRows(states, key, { limits: noLimits, limitOverrides: [] })
    expect(gone).toMatchObject({ after: 'no cap', isFull: false })
    expect(rest).toEqual([])
  })

  it('lists what begins with the edit, caps of single requests left out', () => {
    const key = { limits: noLimits, limitOverrides: [] }
    const next = {
      limits: caps({ requestsPerDay: 5, outputTokensPerRequest: 9, tokensPerDay: 0 }),
      limitOverrides: [{ model: 'o*', limits: caps({ budgetTotal: DOLLAR }) }],
    }
    expect(reviewLimitRows([], key, next)).toMatchObject([
      { name: 'Requests per day', now: 'no cap', after: 'at most 5', isFull: false },
      { name: 'Tokens per day', now: 'no cap', after: 'denied', isFull: true },
      { name: 'Budget in total for o*', now: 'no cap', after: 'at most $1.00', isFull: false },
    ])
  })
})
