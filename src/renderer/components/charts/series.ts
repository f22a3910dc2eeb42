/** What a chart and the table behind it show of a series, apart from how they are drawn. Pure. */
import type { Series, SeriesGroup } from '../../../shared/models/stats.ts'
import { formatTime } from '../../lib/format.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** The colour of the sum of all groups that have no line of their own; see `--series-…` in styles/global.css. */
const OTHERS = 'var(--series-others)'
const COLOURS = 8

export interface ChartLine {
  /** No path: a model's id has dots in it, which the chart would look into. */
  readonly id: string
  readonly label: string
  readonly color: string
  readonly values: readonly number[]
}

/** `what`: what one group is, "model". Null is the sum of the rest, empty stands for requests without one. */
export function groupLabel({ id, name }: Pick<SeriesGroup, 'id' | 'name'>, what: string): string {
  if (id === null) return 'all others'
  if (id === '') return `no ${what}`
  return name ?? `deleted ${what} ${id.slice(-6)}`
}

/**
 * A group keeps its colour for as long as it is shown, also when its rank changes: figures arrive while one looks. New
 * groups get what is free, in the order of the palette.
 */
export function assignColours(
  before: ReadonlyMap<string, number>,
  groups: readonly Pick<SeriesGroup, 'id'>[],
): ReadonlyMap<string, number> {
  const ids = groups.flatMap(({ id }) => (id === null ? [] : [id]))
  const kept = ids.flatMap((id) => {
    const place = before.get(id)
    return place === undefined ? [] : [[id, place] as const]
  })
  const assigned = new Map<string, number>(kept)
  const taken = new Set(assigned.values())
  for (const id of ids) {
    if (assigned.has(id)) continue
    let place = 0
    while (taken.has(place)) place += 1
    taken.add(place)
    assigned.set(id, place)
  }
  return assigned
}

export function colourOf(assigned: ReadonlyMap<string, number>, id: string | null): string {
  if (id === null) return OTHERS
  return `var(--series-${((assigned.get(id) ?? 0) % COLOURS) + 1})`
}

/** Each value with all before it. */
export function cumulate(values: readonly number[]): number[] {
  let sum = 0
  return values.map((value) => (sum += value))
}

/** Under the axis: no longer than what tells one step from another. */
export function stepLabel(at: number, { from, to }: Pick<Series, 'from' | 'to'>): string {
  const [day = '', time = ''] = formatTime(at, { seconds: false }).split(' ')
  if (to - from <= DAY_MS + HOUR_MS) return time
  return to - from <= 8 * DAY_MS ? `${day.slice(5)} ${time}` : day.slice(5)
}

/** `2026-03-01 14:00 – 14:30`; the last step says that it runs still. */
export function stepWords({ steps, to }: Pick<Series, 'steps' | 'to'>, index: number): string {
  const start = steps[index] ?? to
  const isLast = index === steps.length - 1
  const end = steps[index + 1] ?? to
  const [startDay] = formatTime(start).split(' ')
  const [endDay, endTime] = formatTime(end, { seconds: false }).split(' ')
  const until = startDay === endDay ? endTime : `${endDay} ${endTime}`
  return `${formatTime(start, { seconds: false })} – ${isLast ? 'now' : until}`
}
