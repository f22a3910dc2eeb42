/** The course of an account's windows, thinned to what a chart shows. Pure. */
import type { AccountWindow, QuotaCourse } from '../../../shared/models/quota.ts'
import type { QuotaSample } from '../../db/quota-sample-store.ts'

type Point = QuotaCourse['points'][number]

/** Of one window. */
const MAX_POINTS = 300

/** With each window as it stands now at its end; the shortest window of the account itself comes first. */
export function courseOf(
  samples: readonly QuotaSample[],
  windows: readonly AccountWindow[],
  now: number,
): QuotaCourse[] {
  const courses = new Map<string, { meter: string; minutes: number; points: Point[] }>()
  const courseFor = ({ meter, minutes }: Pick<QuotaCourse, 'meter' | 'minutes'>) => {
    const key = `${meter} ${minutes}`
    const course = courses.get(key) ?? { meter, minutes, points: [] }
    courses.set(key, course)
    return course
  }
  for (const sample of samples) courseFor(sample).points.push(pointOf(sample, sample.at))
  for (const window of windows) {
    const { points } = courseFor(window)
    const isReset = window.state === 'reset'
    const last = isReset ? { ...window, usedPercent: 0, resetsAt: null } : window
    if ((points.at(-1)?.at ?? 0) < now) points.push(pointOf(last, now))
  }
  return [...courses.values()]
    .map(({ meter, minutes, points }) => ({ meter, minutes, points: thinned(points) }))
    .sort((a, b) => (a.meter === b.meter ? a.minutes - b.minutes : a.meter < b.meter ? -1 : 1))
}

function pointOf({ usedPercent, resetsAt }: Pick<AccountWindow, 'usedPercent' | 'resetsAt'>, at: number): Point {
  return { at, usedPercent, resetsAt }
}

/** Of each stretch the fullest: peaks are what a chart is looked at for. The ends stay. */
function thinned(points: readonly Point[]): Point[] {
  if (points.length <= MAX_POINTS) return [...points]
  const inner = points.slice(1, -1)
  const size = inner.length / (MAX_POINTS - 2)
  const picked = Array.from({ length: MAX_POINTS - 2 }, (_, index) => {
    const stretch = inner.slice(
      Math.floor(index * size),
      Math.max(Math.floor((index + 1) * size), Math.floor(index * size) + 1),
    )
    return stretch.reduce((best, point) => (point.usedPercent > best.usedPercent ? point : best))
  })
  const [first, last] = [points[0], points.at(-1)]
  return [...(first === undefined ? [] : [first]), ...picked, ...(last === undefined ? [] : [last])]
}
