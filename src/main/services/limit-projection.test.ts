import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fullAtOf, isOfDay, isProjected, paceOf } from './limit-projection.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOW = Date.parse('2026-11-21T12:00Z')
const state = { limit: 100, used: 40, reserved: 0, resetAt: null, raisedBy: 0, raisedUntil: null }

describe('pace', () => {
  it('is the fastest of what is long enough to say something', () => {
    const known = { used: 10, ms: 2 * HOUR, leastMs: HOUR }
    expect(paceOf([known, { used: 10, ms: 4 * HOUR, leastMs: HOUR }])).toBe(10 / (2 * HOUR))
    expect(paceOf([known, { used: 90, ms: HOUR - 1, leastMs: HOUR }])).toBe(10 / (2 * HOUR))
    expect(paceOf([{ used: 90, ms: HOUR - 1, leastMs: HOUR }])).toBeNull()
    expect(paceOf([{ used: 0, ms: DAY, leastMs: HOUR }])).toBeNull()
    expect(paceOf([])).toBeNull()
  })
})

describe('the moment at which a limit is full', () => {
  const perHour = (units: number) => units / HOUR

  it.each([
    ['is ahead by what is left at that pace', {}, NOW + 6 * HOUR],
    ['counts what is settled, and not what runs', { used: 70, reserved: 30 }, NOW + 6 * HOUR],
    ['is none where the period ends before', { resetAt: NOW + 6 * HOUR }, null],
    ['is within the period', { resetAt: NOW + 6 * HOUR + 1 }, NOW + 6 * HOUR],
    ['is none where it is full', { used: 100 }, null],
    [
      'is when the raise ends, where the limit is too small from then on',
      { raisedBy: 50, raisedUntil: NOW + HOUR },
      NOW + HOUR,
    ],
    ['is after the raise by the smaller limit', { raisedBy: 10, raisedUntil: NOW + 2 * HOUR }, NOW + 5 * HOUR],
    ['is within the raise', { raisedBy: 10, raisedUntil: NOW + 7 * HOUR }, NOW + 6 * HOUR],
  ])('%s', (_, change, at) => {
    expect(fullAtOf({ ...state, ...change }, perHour(10), NOW)).toBe(at)
  })

  it('is not foreseen without a pace, nor over a year ahead', () => {
    expect(fullAtOf(state, null, NOW)).toBeNull()
    expect(fullAtOf(state, 60 / (365 * DAY), NOW)).toBe(NOW + 365 * DAY)
    expect(fullAtOf(state, 60 / (367 * DAY), NOW)).toBeNull()
  })

  it('is the first moment at which that pace has filled the limit, as it is then', () => {
    const figures = fc.record({
      limit: fc.integer({ min: 1, max: 1_000_000 }),
      raisedBy: fc.nat(1_000_000),
      raiseEnds: fc.option(fc.integer({ min: 1, max: 20 * DAY })),
      used: fc.nat(1_000_000),
      perDay: fc.integer({ min: 1, max: 1_000_000 }),
      left: fc.integer({ min: 1, max: 31 * DAY }),
    })
    fc.assert(
      fc.property(figures, ({ limit, raisedBy, raiseEnds, used, perDay, left }) => {
        const raised = raiseEnds === null ? 0 : raisedBy
        const raisedUntil = raiseEnds === null ? null : NOW + raiseEnds
        const limitAt = (at: number) => limit + (raisedUntil !== null && at < raisedUntil ? raised : 0)
        const usedAt = (at: number) => used + ((at - NOW) * perDay) / DAY
        const facts = { ...state, limit: limit + raised, raisedBy: raised, raisedUntil, used, resetAt: NOW + left }
        const at = fullAtOf(facts, perDay / DAY, NOW)
        if (used >= limitAt(NOW)) {
          expect(at).toBeNull()
          return
        }
        // Rounding of the division: the millisecond beside it is as right.
        const isFull = (then: number) => usedAt(then) >= limitAt(then) - perDay / DAY / 2
        if (at === null) {
          expect(isFull(NOW + left - 2)).toBe(false)
          return
        }
        expect(at).toBeLessThan(NOW + left)
        expect([isFull(at + 1), at - 2 > NOW && isFull(at - 2)]).toEqual([true, false])
      }),
      { numRuns: 2_000, endOnFailure: true },
    )
  })
})

describe('which limits are foreseen', () => {
  it('are those of calendars and totals in tokens and money, where they are no denials', () => {
    expect(isProjected({ field: 'budgetTotal', limit: 1 })).toBe(true)
    expect(isProjected({ field: 'budgetTotal', limit: 0 })).toBe(false)
    expect(isProjected({ field: 'tokensPerMinute', limit: 1 })).toBe(false)
    expect([isOfDay('tokensPerDay'), isOfDay('tokensPerWeek')]).toEqual([true, false])
  })
})
