import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { courseOf } from './quota-course.ts'
import { emptyAt, spanOf, type UsePoint } from './quota-forecast.ts'

const NOW = Date.UTC(2026, 8, 1, 12)
const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** One percent each so many minutes, up to now. */
function steady(everyMin: number, count: number): UsePoint[] {
  return Array.from({ length: count }, (_, index) => ({
    at: NOW - (count - 1 - index) * everyMin * MINUTE,
    usedPercent: index,
  }))
}

const window = { minutes: 300, usedPercent: 40, resetsAt: NOW + 5 * HOUR }

describe('the forecast', () => {
  it('goes on at a steady pace', () => {
    const points = steady(2, 41)
    const at = emptyAt(window, points, NOW) ?? 0
    // 60 percent at two minutes each.
    expect(Math.abs(at - (NOW + 120 * MINUTE))).toBeLessThan(10 * MINUTE)
  })

  it('says nothing where the reset comes first, nothing moves, or too little is known', () => {
    expect(emptyAt({ ...window, resetsAt: NOW + HOUR }, steady(2, 41), NOW)).toBeNull()
    expect(emptyAt(window, [{ at: NOW - HOUR, usedPercent: 40 }], NOW)).toBeNull()
    expect(emptyAt({ ...window, usedPercent: 10 }, [{ at: NOW - 1_000, usedPercent: 1 }], NOW)).toBeNull()
    expect(emptyAt(window, [], NOW)).toBeNull()
    expect(emptyAt({ ...window, usedPercent: 100 }, steady(1, 100), NOW)).toBeNull()
  })

  it('takes a pause for what it is', () => {
    const busy = emptyAt({ ...window, resetsAt: null }, steady(1, 41), NOW) ?? 0
    const rested = steady(1, 41).map((point) => ({ ...point, at: point.at - 30 * MINUTE }))
    const after = emptyAt({ ...window, resetsAt: null }, rested, NOW) ?? 0
    expect(after).toBeGreaterThan(busy + 20 * MINUTE)
    // What is longer ago than a quarter of the window is the past.
    const old = steady(1, 41).map((point) => ({ ...point, at: point.at - spanOf(300) - HOUR }))
    expect(emptyAt({ ...window, resetsAt: null }, old, NOW)).toBeNull()
  })

  it('is always to come, and before the reset', () => {
    const moves = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 9 })), { minLength: 1 })
    fc.assert(
      fc.property(moves, fc.option(fc.integer({ min: 1, max: 600 })), (steps, resetIn) => {
        const total = steps.reduce((sum, [minutes]) => sum + minutes, 0)
        let [at, used] = [NOW - total * MINUTE, 0]
        const points = steps.map(([minutes, more]) => {
          at += minutes * MINUTE
          used = Math.min(99, used + more)
          return { at, usedPercent: used }
        })
        const resetsAt = resetIn === null ? null : NOW + resetIn * MINUTE
        const empty = emptyAt({ minutes: 300, usedPercent: used, resetsAt }, points, NOW)
        if (empty === null) return
        expect(empty).toBeGreaterThan(NOW)
        if (resetsAt !== null) expect(empty).toBeLessThan(resetsAt)
      }),
    )
  })
})

describe('the course', () => {
  const sample = { upstreamId: 'a', meter: '', minutes: 300, resetsAt: null }

  it('ends with what is so now, and keeps its peaks when it is thinned', () => {
    const samples = Array.from({ length: 1_000 }, (_, index) => ({
      ...sample,
      at: NOW - (1_000 - index) * MINUTE,
      usedPercent: index === 517 ? 99 : 10,
    }))
    const now = { ...sample, usedPercent: 12, observedAt: NOW, source: 'usage', state: 'ok', emptyAt: null } as const
    const [course] = courseOf(samples, [now, { ...now, minutes: 10_080, state: 'reset' }], NOW)
    expect(course?.points.length).toBeLessThanOrEqual(301)
    expect(course?.points[0]?.at).toBe(samples[0]?.at)
    expect(course?.points.at(-1)).toEqual({ at: NOW, usedPercent: 12, resetsAt: null })
    expect(Math.max(...(course?.points ?? []).map(({ usedPercent }) => usedPercent))).toBe(99)
    expect(courseOf([], [{ ...now, state: 'reset' }], NOW)[0]?.points).toEqual([
      { at: NOW, usedPercent: 0, resetsAt: null },
    ])
  })
})
