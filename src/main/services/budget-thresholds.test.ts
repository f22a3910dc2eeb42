import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isTold, levelOf, onceOf, placeOf, reachedThreshold } from './budget-thresholds.ts'

const usual = [50, 80, 100]
const at = (settled: number, asked: number | null = null, limit = 100) => ({ limit, settled, asked })

describe('thresholds of a budget', () => {
  it.each([
    [at(49), null],
    [at(50), 50],
    [at(79), 50],
    [at(80), 80],
    [at(99), 80],
    [at(100), 100],
    [at(170), 100],
    [at(0, null, 0), null],
    // What is left does not fit: it is spent, whatever is left.
    [at(90, 11), 100],
    [at(90, 10), 80],
    // That was the request, not the budget.
    [at(49, 99), null],
    [at(50, 51), 100],
  ])('%j reaches %s', (standing, threshold) => {
    expect(reachedThreshold(standing, usual)).toBe(threshold)
  })

  it('are reached at their very share, however it is written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 90_000_000 }), (threshold, cents) => {
        const limit = cents * 10_000_000
        const amount = (limit / 100) * threshold
        expect(reachedThreshold(at(amount, null, limit), [threshold])).toBe(threshold)
        expect(reachedThreshold(at(amount - 1, null, limit), [threshold])).toBeNull()
      }),
    )
  })

  it('are none without any, and one bell stands for those below', () => {
    expect(reachedThreshold(at(100, 1), [])).toBeNull()
    expect(isTold([{ threshold: 80, limit: 100, used: 85 }], 50, 100)).toBe(true)
    expect(isTold([{ threshold: 80, limit: 100, used: 85 }], 80, 100)).toBe(true)
    expect(isTold([{ threshold: 80, limit: 100, used: 85 }], 100, 100)).toBe(false)
    expect(isTold([], 50, 100)).toBe(false)
  })

  it('of a changed limit ring for what is new only', () => {
    const told = [{ threshold: 100, limit: 100, used: 100 }]
    // Raised to 150: half of it was used when the bell rang, four fifths were not.
    expect(isTold(told, 50, 150)).toBe(true)
    expect(isTold(told, 80, 150)).toBe(false)
    // Lowered: what was told softly is told as loud as it is now.
    expect(isTold([{ threshold: 50, limit: 200, used: 100 }], 80, 120)).toBe(false)
  })

  it('are named by what makes them another bell', () => {
    const budget = {
      keyId: 'key_1',
      overrideId: null,
      field: 'budgetPerDay',
      period: '2026-11-21',
      setBackAt: null,
    } as const
    const names = [
      budget,
      { ...budget, overrideId: 'lim_1' },
      { ...budget, field: 'budgetTotal' as const, period: '' },
      { ...budget, period: '2026-11-22' },
      { ...budget, setBackAt: 5 },
    ].map((each) => onceOf(placeOf(each), 100, 80))
    expect(new Set([...names, onceOf(placeOf(budget), 101, 80), onceOf(placeOf(budget), 100, 50)]).size).toBe(7)
  })

  it.each([
    [1, 'info'],
    [79, 'info'],
    [80, 'warning'],
    [99, 'warning'],
    [100, 'critical'],
  ])('%i %% is %s', (threshold, level) => {
    expect(levelOf(threshold)).toBe(level)
  })
})
