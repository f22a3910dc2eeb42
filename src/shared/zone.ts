/** Days and hours as the operator's wall clock has them, daylight saving included. */

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

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

/** The start of the zone's day that contains this moment. */
export function midnightBefore(zone: string, at: number): number {
  return startOfWallDay(zone, Math.floor((at + zoneOffset(zone, at)) / DAY_MS) * DAY_MS)
}

/** The start of the next day, which may be 23 or 25 hours on. */
export function midnightAfter(zone: string, at: number): number {
  return startOfWallDay(zone, Math.floor((at + zoneOffset(zone, at)) / DAY_MS) * DAY_MS + DAY_MS)
}

/** Where the day before the one that contains this moment began. */
export function previousMidnight(zone: string, at: number): number {
  return midnightBefore(zone, midnightBefore(zone, at) - 1)
}

/** `wall` is a midnight as if it were UTC. The second look is for a clock that was changed between the two. */
function startOfWallDay(zone: string, wall: number): number {
  const guess = wall - zoneOffset(zone, wall)
  return wall - zoneOffset(zone, guess)
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
