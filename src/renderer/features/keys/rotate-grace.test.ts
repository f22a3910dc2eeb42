import { describe, expect, it } from 'vitest'
import { MAX_GRACE_MS } from '../../../shared/models/key.ts'
import { graceChoices, graceMsOf, graceProblem, noGrace, type Grace } from './rotate-grace.ts'

const HOUR_MS = 3_600_000

describe('graceMsOf', () => {
  it.each<[Grace['choice'], Grace['typed'], number | null]>([
    ['none', 48, 0],
    ['1h', '', HOUR_MS],
    ['24h', 'x', 24 * HOUR_MS],
    ['7d', 0, MAX_GRACE_MS],
    ['custom', 1, HOUR_MS],
    ['custom', '168', MAX_GRACE_MS],
    ['custom', 169, null],
    ['custom', 0, null],
    ['custom', 1.5, null],
    ['custom', '', null],
    ['custom', '-', null],
  ])('takes %s with "%s"', (choice, typed, ms) => {
    expect(graceMsOf({ choice, typed })).toBe(ms)
    expect(graceProblem({ choice, typed }) === null).toBe(ms !== null)
  })

  it('has choices that the core takes, the shortest first', () => {
    const spans = graceChoices.flatMap(({ hours }) => (hours === null ? [] : [hours * HOUR_MS]))
    expect(spans).toEqual(spans.toSorted((a, b) => a - b))
    expect(spans.at(-1)).toBeLessThanOrEqual(MAX_GRACE_MS)
    expect(graceMsOf(noGrace)).toBe(0)
  })
})
