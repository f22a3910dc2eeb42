/**
 * When an account's window is empty at its pace of late. What was used is a staircase, as figures come in whole percents:
 * it is looked at in even steps, so that a pause counts as long as it lasted, and a line is laid through by least squares.
 * Pure.
 */

export interface UsePoint {
  readonly at: number
  readonly usedPercent: number
}

export interface ForecastWindow {
  readonly minutes: number
  readonly usedPercent: number
  readonly resetsAt: number | null
}

const MINUTE_MS = 60_000
/** What is late: this part of the window. */
const SPAN_SHARE = 0.25
/** From less than this nothing can be told. */
const LEAST_SPAN_SHARE = 0.01
const STEPS = 24
/** Whole percents: a smaller rise may be none. */
const LEAST_RISE = 1

export function spanOf(minutes: number): number {
  return minutes * MINUTE_MS * SPAN_SHARE
}

/**
 * `points`: of this window only, oldest first. Null where it does not fill, or is full again before it is empty, or where
 * too little is known.
 */
export function emptyAt(window: ForecastWindow, points: readonly UsePoint[], now: number): number | null {
  const { usedPercent, resetsAt, minutes } = window
  const [first] = points
  if (first === undefined || usedPercent >= 100) return null
  const from = Math.max(first.at, now - spanOf(minutes))
  if (now - from < Math.max(MINUTE_MS, minutes * MINUTE_MS * LEAST_SPAN_SHARE)) return null
  const steps = stairs([...points, { at: now, usedPercent }], from, now)
  if (usedPercent - (steps[0] ?? usedPercent) < LEAST_RISE) return null
  const perStep = slopeOf(steps)
  if (perStep <= 0) return null
  const stepMs = (now - from) / (STEPS - 1)
  const at = Math.round(now + ((100 - usedPercent) / perStep) * stepMs)
  return resetsAt !== null && at >= resetsAt ? null : at
}

/** What was used at each step between the two moments. */
function stairs(points: readonly UsePoint[], from: number, to: number): number[] {
  let index = 0
  return Array.from({ length: STEPS }, (_, step) => {
    const at = from + ((to - from) * step) / (STEPS - 1)
    while ((points[index + 1]?.at ?? Infinity) <= at) index++
    return points[index]?.usedPercent ?? 0
  })
}

function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  let [products, squares] = [0, 0]
  for (const [index, value] of values.entries()) {
    products += (index - middle) * (value - mean)
    squares += (index - middle) ** 2
  }
  return products / squares
}
