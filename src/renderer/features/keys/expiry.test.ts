import { describe, expect, it } from 'vitest'
import { chooseExpiry, expiryProblem, neverExpires, typeExpiry } from './expiry.ts'

const now = Date.UTC(2026, 0, 10, 12)
const DAY_MS = 86_400_000

describe('expiry', () => {
  it('is settled when a span is chosen', () => {
    expect(chooseExpiry('7d', neverExpires, null, now)).toEqual({ choice: '7d', at: now + 7 * DAY_MS, typed: '' })
    expect(chooseExpiry('never', { choice: '7d', at: 1, typed: '' }, null, now).at).toBeNull()
    expect(chooseExpiry('keep', neverExpires, 123, now).at).toBe(123)
  })

  it('begins a choice of its own at what was chosen before', () => {
    const custom = chooseExpiry('custom', { choice: '7d', at: now, typed: '' }, null, now)
    expect(custom.at).toBe(now)
    expect(new Date(custom.typed).getTime()).toBe(now)
  })

  it.each([
    ['', 'Say when'],
    ['nonsense', 'no date'],
    ['2020-01-01T00:00', 'past'],
    ['9999-01-01T00:00', 'too far'],
  ])('refuses %j', (typed, why) => expect(expiryProblem(typeExpiry(typed), now)).toContain(why))

  it.each(['2026-02-01T10:30', '2199-12-01T00:00'])('takes %s', (typed) => {
    expect(expiryProblem(typeExpiry(typed), now)).toBeNull()
  })

  it('lets an expiry that is past be kept', () => {
    expect(expiryProblem({ choice: 'keep', at: 1, typed: '' }, now)).toBeNull()
  })
})
