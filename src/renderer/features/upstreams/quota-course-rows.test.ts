import { describe, expect, it } from 'vitest'
import { courseByMinute, courseRows } from './quota-course-rows.ts'

const point = (at: number, usedPercent: number) => ({ at, usedPercent, resetsAt: null })

describe('courseRows', () => {
  it('puts what was heard at the same moment into one row, oldest first', () => {
    const rows = courseRows([
      { meter: '', minutes: 300, points: [point(3, 50), point(9, 104)] },
      { meter: '', minutes: 10_080, points: [point(1, 0), point(3, 25)] },
    ])
    expect(rows).toEqual([
      { at: 1, left: [null, 1] },
      { at: 3, left: [0.5, 0.75] },
      { at: 9, left: [0, null] },
    ])
    expect(courseRows([])).toEqual([])
  })
})

describe('courseByMinute', () => {
  it('says at the end of each minute what was known by then, newest first', () => {
    const rows = courseByMinute([
      { meter: '', minutes: 300, points: [point(60_000, 10), point(61_000, 50), point(240_000, 100)] },
      { meter: '', minutes: 10_080, points: [point(125_000, 25)] },
    ])
    expect(rows).toEqual([
      { at: 240_000, left: [0, 0.75] },
      { at: 120_000, left: [0.5, 0.75] },
      { at: 60_000, left: [0.5, null] },
    ])
  })
})
