/** Days and hours as the operator's wall clock has them, daylight saving included. */

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
/** No zone is further from UTC. */
const FURTHEST_EAST = 14 * 60 * MINUTE_MS
const FURTHEST_WEST = 12 * 60 * MINUTE_MS

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known !== undefined) return known
  const fresh = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  formats.set(zone, fresh)
  return fresh
}

/** How far the zone's clock is ahead of UTC at this moment, ms. */
export function zoneOffset(zone: string, at: number): number {
  const whole = Math.floor(at / 1_000) * 1_000
  const parts = formatOf(zone).formatToParts(whole)
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((each) => each.type === type)?.value)
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
  return wall - whole
}

/** The zone's date at this moment, as days since 1970-01-01. */
export function dayNumber(zone: string, at: number): number {
  return Math.floor((at + zoneOffset(zone, at)) / DAY_MS)
}

/** The first moment of a date given as days since 1970-01-01. */
export function dayNumberStart(zone: string, day: number): number {
  return startOfWallDay(zone, day * DAY_MS)
}

/** The Monday of a date's ISO week; both are days since 1970-01-01, a Thursday. */
export function mondayOf(day: number): number {
  return day - ((day + 3) % 7)
}

/** The first of a date's month, or of one that many months on; days since 1970-01-01. */
export function firstOfMonth(day: number, monthsOn = 0): number {
  const date = new Date(day * DAY_MS)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + monthsOn, 1) / DAY_MS
}

/** The start of the zone's day that contains this moment. */
export function midnightBefore(zone: string, at: number): number {
  return dayNumberStart(zone, dayNumber(zone, at))
}

/** The start of the next day, which may be 23 or 25 hours on. */
export function midnightAfter(zone: string, at: number): number {
  return dayNumberStart(zone, dayNumber(zone, at) + 1)
}

/** Where the day before the one that contains this moment began. */
export function previousMidnight(zone: string, at: number): number {
  return midnightBefore(zone, midnightBefore(zone, at) - 1)
}

/** The start of the ISO week, a Monday, that contains this moment. */
export function weekStart(zone: string, at: number): number {
  return dayNumberStart(zone, mondayOf(dayNumber(zone, at)))
}

export function nextWeek(zone: string, at: number): number {
  return dayNumberStart(zone, mondayOf(dayNumber(zone, at)) + 7)
}

/** The start of the month that contains this moment. */
export function monthStart(zone: string, at: number): number {
  return dayNumberStart(zone, firstOfMonth(dayNumber(zone, at)))
}

export function nextMonth(zone: string, at: number): number {
  return dayNumberStart(zone, firstOfMonth(dayNumber(zone, at), 1))
}

interface KnownDay {
  readonly from: number
  readonly to: number
  readonly key: string
}

/** The last day asked of each zone: nearly every question is about today, and the formatter costs microseconds. */
const knownDays = new Map<string, KnownDay>()

/** The zone's date at this moment: `2026-11-21`. */
export function dayKey(zone: string, at: number): string {
  const known = knownDays.get(zone)
  if (known !== undefined && at >= known.from && at < known.to) return known.key
  const day = dayNumber(zone, at)
  const key = new Date(day * DAY_MS).toISOString().slice(0, 10)
  knownDays.set(zone, { from: dayNumberStart(zone, day), to: dayNumberStart(zone, day + 1), key })
  return key
}

/**
 * `wall` is a midnight as if it were UTC. Where the clock is changed nearby, both offsets give a candidate: of a midnight
 * that comes twice the first counts; a day whose midnight is skipped begins with the change itself.
 */
function startOfWallDay(zone: string, wall: number): number {
  const before = wall - zoneOffset(zone, wall - FURTHEST_EAST)
  const after = wall - zoneOffset(zone, wall + FURTHEST_WEST)
  const early = Math.min(before, after)
  const late = Math.max(before, after)
  if (early === late || early + zoneOffset(zone, early) >= wall) return early
  if (late + zoneOffset(zone, late) === wall) return late
  return firstReaching(zone, wall, [early, late])
}

/** The first moment within the bounds, the lower one excluded, at which the zone's clock shows `wall` or later. */
function firstReaching(zone: string, wall: number, [early, late]: readonly [number, number]): number {
  let below = early
  let reached = late
  while (reached - below > 1) {
    const middle = Math.floor((below + reached) / 2)
    if (middle + zoneOffset(zone, middle) >= wall) reached = middle
    else below = middle
  }
  return reached
}

/** Starts of steps from the first one that reaches beyond `from` until `to`, counted from midnight of each day. */
export function stepsBetween(zone: string, from: number, to: number, stepMinutes: number): number[] {
  const steps: number[] = []
  const step = stepMinutes * MINUTE_MS
  for (let day = midnightBefore(zone, from); day < to;) {
    const next = midnightAfter(zone, day)
    for (let at = day; at < next && at < to; at += step) {
      if (Math.min(at + step, next) > from) steps.push(at)
    }
    day = next
  }
  return steps
}
