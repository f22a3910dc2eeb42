/** How one window of an account was seen so far, and whether it moved far enough to be kept. Pure but for its track. */
import type { AccountWindow } from '../../../shared/models/quota.ts'
import { SAME_RESET_MS } from '../../providers/account-windows.ts'
import type { UsePoint } from './quota-forecast.ts'

type Seen = Pick<AccountWindow, 'usedPercent' | 'resetsAt' | 'state' | 'observedAt'>

export interface Track {
  /** Of this window only: the next one begins anew. Oldest first. */
  points: UsePoint[]
  /** As it was seen last. */
  seen: Seen
}

/** Of one window, but for its turns. */
export const LEAST_BETWEEN_MS = 60_000
const LEAST_MOVE = 0.5
const MAX_POINTS = 500

export function keyOf({ meter, minutes }: Pick<AccountWindow, 'meter' | 'minutes'>): string {
  return `${meter} ${minutes}`
}

export function trackOf({ usedPercent, resetsAt, state, observedAt }: Seen, points: readonly UsePoint[]): Track {
  const own = points.map(({ at, usedPercent: used }) => ({ at, usedPercent: used }))
  return { points: own.slice(-MAX_POINTS), seen: { usedPercent, resetsAt, state, observedAt } }
}

function isOther(seen: Seen, window: Seen): boolean {
  if (seen.resetsAt === null || window.resetsAt === null) return false
  return Math.abs(window.resetsAt - seen.resetsAt) > SAME_RESET_MS
}

/** Puts it to its track. `far`: far enough from the last sample for another one. */
export function follow(known: Map<string, Track>, window: AccountWindow): 'no' | 'yes' | 'far' {
  const key = keyOf(window)
  const track = known.get(key)
  const { usedPercent, resetsAt, state, observedAt } = window
  const point = { at: observedAt, usedPercent }
  if (track === undefined) {
    known.set(key, trackOf(window, [point]))
    return 'far'
  }
  const before = track.seen
  track.seen = { usedPercent, resetsAt, state, observedAt }
  if (isOther(before, window)) {
    track.points = [point]
    // An account that rests has a window that begins anew with each look.
    return before.usedPercent === 0 && usedPercent === 0 ? 'no' : 'far'
  }
  const last = track.points.at(-1)
  const isTurn = before.usedPercent >= 100 !== usedPercent >= 100
  const isMoved = isTurn || before.state !== state || Math.abs(usedPercent - before.usedPercent) >= LEAST_MOVE
  const move = Math.abs(usedPercent - (last?.usedPercent ?? 0))
  const isLate = isTurn || observedAt - (last?.at ?? 0) >= LEAST_BETWEEN_MS
  if (move < LEAST_MOVE || !isLate) return isMoved ? 'yes' : 'no'
  track.points.push(point)
  if (track.points.length > MAX_POINTS) track.points.shift()
  return 'far'
}
