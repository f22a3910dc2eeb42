import { describe, expect, it } from 'vitest'
import { daysOfMonth, logOf, monthSoFar, spanOf, type SpendDay } from './budget-series.ts'

const HOUR_MS = 3_600_000
const day = (name: string, costNanos = 0): SpendDay => ({ day: name, requests: 1, tokens: 10, costNanos })
const days = [day('2026-02-27', 5), day('2026-02-28', 7), day('2026-03-01', 1), day('2026-03-02'), day('2026-03-03', 4)]

describe('the month', () => {
  it('is that of the last day, added up from its first', () => {
    expect(daysOfMonth(days).map((each) => each.day)).toEqual(['2026-03-01', '2026-03-02', '2026-03-03'])
    expect(monthSoFar(days).map(({ sumNanos }) => sumNanos)).toEqual([1, 1, 5])
    expect(monthSoFar([])).toEqual([])
  })

  it('is not that of another year', () => {
    expect(daysOfMonth([day('2025-03-03'), day('2026-03-03')])).toHaveLength(1)
  })
})

describe('a day', () => {
  it('is as long as the clock of its zone makes it', () => {
    const { from, to } = spanOf('2026-03-29', 'Europe/Berlin')
    expect(from).toBe(Date.UTC(2026, 2, 28, 23))
    expect(to - from).toBe(23 * HOUR_MS)
  })

  it('leads to its requests', () => {
    const { from, to } = spanOf('2026-03-01', 'UTC')
    expect(logOf('key_1', '2026-03-01', 'UTC')).toBe(`/requests?key=key_1&from=${from}&to=${to}`)
    expect(from).toBe(Date.UTC(2026, 2, 1))
  })
})
