/**
 * The circuit breakers that are not simply closed, per upstream, model and route: most have none, and cost a look into an
 * empty map. Bounded, as clients choose the model ids; a restart clears them.
 */
import type { BreakerView } from '../../shared/models/upstream.ts'
import type { RouteFamily } from '../dialects/dialect.ts'
import { CLOSED, failed, probed, stateOf, succeeded, unprobed, type Breaker, type BreakerRules } from './breaker.ts'

/** What a request asks for, as far as it matters to whether an upstream can do it. */
export interface Errand {
  readonly model: string
  readonly dialect: RouteFamily
}

/**
 * How a request at an upstream ended. `refused`: it would not, but works, as with a rate limit. `unclear`: that says
 * nothing about the upstream, as when the client left or its request was at fault.
 */
export type Ending = 'succeeded' | 'failed' | 'refused' | 'unclear'

export interface Obstacle {
  readonly state: 'open' | 'half_open' | 'probing'
  readonly until: number
}

export interface Breakers {
  /** Null where it is closed. */
  obstacle(upstreamId: string, errand: Errand, now: number): Obstacle | null
  /** True where this request is the probe: its end must be told with that. */
  probe(upstreamId: string, errand: Errand): boolean
  /** Whether the breaker opened or closed. */
  ended(upstreamId: string, errand: Errand, how: { readonly ending: Ending; readonly isProbe: boolean }): boolean
  views(upstreamId: string): BreakerView[]
  clear(upstreamId: string): void
}

const MAX_BREAKERS = 2_000

interface Entry extends Errand {
  breaker: Breaker
}

function keyOf({ model, dialect }: Errand): string {
  return `${dialect} ${model}`
}

export function createBreakers(rules: () => BreakerRules, now: () => number): Breakers {
  const known = new Map<string, Map<string, Entry>>()
  let size = 0

  function entryOf(id: string, errand: Errand): Entry | undefined {
    return size === 0 ? undefined : known.get(id)?.get(keyOf(errand))
  }

  function remove(id: string, key: string): void {
    const ofUpstream = known.get(id)
    if (ofUpstream?.delete(key) !== true) return
    size--
    if (ofUpstream.size === 0) known.delete(id)
  }

  /** The oldest of the upstream that was first: one more failure will bring it back if it matters. */
  function makeRoom(): void {
    for (const [id, entries] of known) {
      for (const [key, { breaker }] of entries) {
        if (breaker.isProbing) continue
        remove(id, key)
        return
      }
    }
  }

  function put(id: string, errand: Errand, breaker: Breaker): void {
    const key = keyOf(errand)
    if (breaker === CLOSED) {
      remove(id, key)
      return
    }
    const entry = known.get(id)?.get(key)
    if (entry !== undefined) {
      entry.breaker = breaker
      return
    }
    if (size >= MAX_BREAKERS) makeRoom()
    const ofUpstream = known.get(id) ?? new Map<string, Entry>()
    known.set(id, ofUpstream)
    ofUpstream.set(key, { model: errand.model, dialect: errand.dialect, breaker })
    size++
  }

  return {
    obstacle(id, errand, at) {
      const breaker = entryOf(id, errand)?.breaker
      if (breaker === undefined) return null
      const state = stateOf(breaker, at)
      return state === 'closed' ? null : { state, until: breaker.until }
    },
    probe(id, errand) {
      const entry = entryOf(id, errand)
      if (entry === undefined || entry.breaker.trips === 0 || entry.breaker.isProbing) return false
      entry.breaker = probed(entry.breaker)
      return true
    },
    ended(id, errand, { ending, isProbe }) {
      const before = entryOf(id, errand)?.breaker ?? CLOSED
      if (before === CLOSED && ending !== 'failed') return false
      if (ending === 'unclear' || ending === 'refused') {
        if (isProbe) put(id, errand, unprobed(before))
        return false
      }
      const after = ending === 'failed' ? failed(before, isProbe, now(), rules()) : succeeded(before, isProbe)
      if (after !== before) put(id, errand, after)
      return after.trips !== before.trips
    },
    views(id) {
      const at = now()
      return [...(known.get(id)?.values() ?? [])].flatMap(({ model, dialect, breaker }) => {
        const state = stateOf(breaker, at)
        if (state === 'closed') return []
        const { until, failures } = breaker
        return [{ model, route: dialect, state: state === 'open' ? ('open' as const) : 'half_open', until, failures }]
      })
    },
    clear(id) {
      size -= known.get(id)?.size ?? 0
      known.delete(id)
    },
  }
}
