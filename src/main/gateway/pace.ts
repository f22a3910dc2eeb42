/**
 * How soon an upstream's first token came of late, per model, streams apart from whole answers: an average whose past
 * fades with time. What was not seen for a while is unknown again. Bounded; a restart forgets it.
 */

export interface Pace {
  /** Ms; null where it is not known, or no longer. */
  of(upstreamId: string, lane: string, now: number): number | null
  note(upstreamId: string, lane: string, sample: { readonly ms: number; readonly at: number }): void
  clear(upstreamId: string): void
}

/** After this time a figure counts half beside a new one. */
const HALF_LIFE_MS = 60_000
/** However close two answers are, the newer one counts for this much. */
const LEAST_SHARE = 0.2
const KEPT_MS = 600_000
const MAX_PER_UPSTREAM = 200

interface Average {
  ms: number
  at: number
}

export function laneOf(model: string, isStream: boolean): string {
  return isStream ? `stream ${model}` : `whole ${model}`
}

export function createPace(): Pace {
  const known = new Map<string, Map<string, Average>>()
  return {
    of(id, lane, now) {
      const average = known.get(id)?.get(lane)
      return average === undefined || now - average.at > KEPT_MS ? null : average.ms
    },
    note(id, lane, { ms, at }) {
      let lanes = known.get(id)
      if (lanes === undefined) known.set(id, (lanes = new Map<string, Average>()))
      const average = lanes.get(lane)
      if (average === undefined || at - average.at > KEPT_MS) {
        lanes.delete(lane)
        lanes.set(lane, { ms, at })
        const [oldest] = lanes.keys()
        if (lanes.size > MAX_PER_UPSTREAM && oldest !== undefined) lanes.delete(oldest)
        return
      }
      const share = Math.max(LEAST_SHARE, 1 - 2 ** (-Math.max(0, at - average.at) / HALF_LIFE_MS))
      average.ms += (ms - average.ms) * share
      average.at = at
    },
    clear: (id) => void known.delete(id),
  }
}
