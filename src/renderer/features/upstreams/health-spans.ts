/** Changes of state made into spans of time. Pure. */
import type { RouteOutput } from '../../../shared/contract.ts'

type Entry = RouteOutput<'upstream.health'>['history'][number]

export interface HealthSpan {
  readonly state: Entry['state']
  readonly from: number
  readonly to: number
}

/** Oldest first. `history` is newest first, and its first entry is the state of now. */
export function healthSpans(history: readonly Entry[], now: number): readonly HealthSpan[] {
  const oldestFirst = history.toReversed()
  return oldestFirst.map(({ at, state }, index) => ({ state, from: at, to: oldestFirst[index + 1]?.at ?? now }))
}

/** Of the time in which it was not paused by an operator; null when there was none. */
export function readyShare(spans: readonly HealthSpan[]): number | null {
  const lengthOf = (states: (state: HealthSpan['state']) => boolean) =>
    spans.filter(({ state }) => states(state)).reduce((sum, { from, to }) => sum + (to - from), 0)
  const total = lengthOf((state) => state !== 'paused')
  return total === 0 ? null : lengthOf((state) => state === 'ready') / total
}
