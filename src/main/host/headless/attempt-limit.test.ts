import { describe, expect, it } from 'vitest'
import { createAttemptLimit } from './attempt-limit.ts'

describe('attempt limit', () => {
  it('is full after so many failures and frees itself one by one', () => {
    const clock = { now: 0 }
    const limit = createAttemptLimit({ now: () => clock.now, most: 2, windowMs: 1_000 })
    limit.failed()
    clock.now = 400
    expect(limit.waitMs()).toBe(0)
    limit.failed()
    expect(limit.waitMs()).toBe(600)
    clock.now = 1_000
    expect(limit.waitMs()).toBe(0)
    limit.failed()
    expect(limit.waitMs()).toBe(400)
  })
})
