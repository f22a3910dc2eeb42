/** The course of several windows as rows of one table: what was left of each at every moment that one was heard of. Pure. */
import type { QuotaCourse } from '../../../shared/models/quota.ts'

export interface CourseRow {
  readonly at: number
  /** 0 to 1, in the order of the courses; null where this moment says nothing of the window. */
  readonly left: readonly (number | null)[]
}

/** Oldest first. */
export function courseRows(courses: readonly QuotaCourse[]): readonly CourseRow[] {
  const rows = new Map<number, (number | null)[]>()
  courses.forEach(({ points }, index) => {
    for (const { at, usedPercent } of points) {
      const row = rows.get(at) ?? courses.map(() => null)
      row[index] = Math.min(1, Math.max(0, 1 - usedPercent / 100))
      rows.set(at, row)
    }
  })
  return [...rows].toSorted(([a], [b]) => a - b).map(([at, left]) => ({ at, left }))
}

const MINUTE_MS = 60_000

/** For a table: a row for each minute in which anything was heard, newest first, with all that was known by its end. */
export function courseByMinute(courses: readonly QuotaCourse[]): readonly CourseRow[] {
  const minutes = new Map<number, CourseRow>()
  let known: readonly (number | null)[] = courses.map(() => null)
  for (const { at, left } of courseRows(courses)) {
    const before = known
    known = left.map((share, index) => share ?? before[index] ?? null)
    const minute = at - (at % MINUTE_MS)
    minutes.set(minute, { at: minute, left: known })
  }
  return [...minutes.values()].toReversed()
}
