import { describe, expect, it } from 'vitest'
import { budgetRaiseInput, MAX_RAISE_MS } from '../../../shared/models/limit.ts'
import {
  amountOf,
  amountProblem,
  emptyRaise,
  MAX_RAISE_DAYS,
  untilOf,
  untilOptions,
  untilProblem,
  type RaiseForm,
  type RaiseWorld,
} from './raise-form.ts'

const HOUR_MS = 3_600_000
const now = Date.UTC(2026, 2, 4, 13, 5)
const resetAt = Date.UTC(2026, 2, 31, 22)
const world: RaiseWorld = {
  state: { field: 'budgetPerMonth', limit: 15_000_000_000, raisedBy: 5_000_000_000, resetAt },
  now,
  zone: 'Europe/Berlin',
}
const form = (patch: Partial<RaiseForm>): RaiseForm => ({ ...emptyRaise, ...patch })

describe('the amount', () => {
  it.each<[string, number | null, string | null]>([
    ['5', 5_000_000_000, null],
    ['$0.0125', 12_500_000, null],
    ['0.000000001', 1, null],
    ['', null, 'Say by how much.'],
    ['0', null, 'Give more than $0.'],
    ['-5', null, 'Give dollars, cents behind a point: 5.50.'],
    ['five', null, 'Give dollars, cents behind a point: 5.50.'],
    ['0.0000000001', null, 'At most 9 digits behind the point.'],
    ['999,990', 999_990_000_000_000, null],
    ['999,991', null, 'At most $999,990.00.'],
  ])('%s comes to %s', (amount, nanos, problem) => {
    expect(amountOf(form({ amount }), world)).toBe(nanos)
    expect(amountProblem(form({ amount }), world)).toBe(problem)
    if (nanos === null) return
    const input = { id: 'key_1', overrideId: null, field: 'budgetPerMonth', addNanos: nanos, until: now + 1 }
    expect(budgetRaiseInput.safeParse(input).success).toBe(true)
  })
})

describe('the end', () => {
  it('is an hour on, the midnight of the zone of budgets, or the end of the period', () => {
    expect(untilOf(form({ until: 'hour' }), world)).toBe(now + HOUR_MS)
    expect(untilOf(form({ until: 'day' }), world)).toBe(Date.UTC(2026, 2, 4, 23))
    expect(untilOf(form({ until: 'period' }), world)).toBe(resetAt)
    for (const until of ['hour', 'day', 'period'] as const) expect(untilProblem(form({ until }), world)).toBeNull()
  })

  it('offers the end of a period that is not the day', () => {
    const of = (field: RaiseWorld['state']['field']) =>
      untilOptions({ ...world.state, field }).map(({ label }) => label)
    expect(of('budgetPerDay')).toEqual(['1 hour', 'End of the day', 'Other'])
    expect(of('budgetPerWeek')).toEqual(['1 hour', 'End of the day', 'End of the week', 'Other'])
    expect(of('budgetPerMonth')).toEqual(['1 hour', 'End of the day', 'End of the month', 'Other'])
    expect(of('budgetTotal')).toEqual(['1 hour', 'End of the day', 'Other'])
  })

  const local = (ms: number) => {
    const date = new Date(now + ms)
    return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
  }
  it.each([
    ['', 'Say until when.'],
    ['2026-13-45T00:00', 'This is no date with a time.'],
    [local(-60_000), 'This moment is past; choose one to come.'],
    [local(60_000), null],
    [local(MAX_RAISE_MS - 60_000), null],
    [local(MAX_RAISE_MS + 60_000), `At most ${MAX_RAISE_DAYS} days ahead.`],
  ])('of “%s”: %s', (typed, problem) => {
    expect(untilProblem(form({ until: 'custom', typed }), world)).toBe(problem)
  })
})
