import { describe, expect, it } from 'vitest'
import { hasFallen } from './reset-evidence.ts'

const sending = { at: 1_000, now: 2_000 }
const before = [
  { meter: '', minutes: 300, usedPercent: 90, resetsAt: 9_000 },
  { meter: '', minutes: 10_080, usedPercent: 100, resetsAt: 99_000 },
]
const seen = (patch: Partial<Parameters<typeof hasFallen>[1][number]>) => [
  { meter: '', minutes: 300, usedPercent: 0, observedAt: 1_500, ...patch },
]

describe('hasFallen', () => {
  it('believes a figure that fell after the sending, ahead of its own reset', () => {
    expect(hasFallen(before, seen({}), sending)).toBe(true)
    expect(hasFallen(before, seen({ minutes: 10_080, usedPercent: 99 }), sending)).toBe(true)
  })

  it.each([
    ['was read before the sending', seen({ observedAt: 1_000 }), sending, before],
    ['is as high as it was', seen({ usedPercent: 90 }), sending, before],
    ['differs by rounding only', seen({ usedPercent: 89.4 }), sending, before],
    ['is of another window', seen({ minutes: 43_200 }), sending, before],
    ['is of another meter', seen({ meter: 'gpt-6' }), sending, before],
    ['fell by its own reset', seen({ observedAt: 9_500 }), { at: 1_000, now: 9_500 }, before],
    ['has no reset to come', seen({}), sending, [{ meter: '', minutes: 300, usedPercent: 90, resetsAt: null }]],
    ['was never known before', seen({}), sending, []],
  ])('does not believe one that %s', (_what, windows, moment, former) => {
    expect(hasFallen(former, windows, moment)).toBe(false)
  })
})
