/**
 * What is known of each upstream right now: requests in flight, rests after failures, models it fails at or has not got,
 * how soon it answers. In memory; a restart clears it.
 */
import type { UpstreamHealth } from '../../shared/models/upstream.ts'
import type { UpstreamRecord } from './ports.ts'
import { createBreakers, type Ending, type Errand, type Obstacle } from './breakers.ts'
import type { Directory } from './directory.ts'
import { createModelGaps } from './model-gaps.ts'
import { createPace } from './pace.ts'

interface State {
  inFlight: number
  rest: Rest
  reason: string | null
  /** Its last answer was a failure or a refusal. */
  isTroubled: boolean
}

/**
 * A pause after a failure. `firm`: the provider asked for it, so nothing is sent before `until`. Otherwise the upstream
 * only stands behind every other: it may have recovered, and for a Pool of one a try is better than a refusal.
 */
export interface Rest {
  readonly until: number
  readonly firm: boolean
}

const NO_REST: Rest = { until: 0, firm: false }

export interface HealthView {
  view(upstreamId: string): UpstreamHealth
  restOf(upstreamId: string): Rest
  inFlight(upstreamId: string): number
  /** Whether its last answer was a failure or a refusal. */
  isTroubled(upstreamId: string): boolean
  /** What its breaker says of this model on this route; null while that is closed. */
  obstacle(upstreamId: string, errand: Errand, now: number): Obstacle | null
  /** Epoch ms until which it is taken to lack the model; 0 where nothing is known. */
  lacksUntil(upstreamId: string, model: string): number
  /** Ms to its first token of late; null where not known. */
  pace(upstreamId: string, lane: string, now: number): number | null
  /** Ends a rest and closes its breakers, as after a successful test. */
  clear(upstreamId: string): void
  /** Called after a rest began or was ended early, or a breaker opened or closed, with the upstream's id. */
  onRestChange(listener: (upstreamId: string) => void): void
}

export interface Health extends HealthView {
  rest(upstreamId: string, rest: Rest, reason: string): void
  /** It answered well: nothing else that is known of it changes. */
  endRest(upstreamId: string): void
  /** It answered that it has no such model. */
  lacks(upstreamId: string, model: string, until: number): void
  paced(upstreamId: string, lane: string, ms: number): void
  /** A request goes there. True where it is the one that probes an open breaker: its end must be told with that. */
  entered(upstreamId: string, errand: Errand): boolean
  left(upstreamId: string, errand: Errand, how: { readonly ending: Ending; readonly isProbe: boolean }): void
  /** Its record was changed or removed: what it has not got may be otherwise now. */
  changed(upstreamId: string): void
}

export function createHealth(
  directory: Directory,
  needsSecret: (record: UpstreamRecord) => boolean,
  now: () => number,
): Health {
  const states = new Map<string, State>()
  const listeners: ((upstreamId: string) => void)[] = []
  const gaps = createModelGaps()
  const pace = createPace()
  const breakers = createBreakers(() => {
    const { settings } = directory
    return {
      failures: settings['routing.breakerFailures'],
      openMs: settings['routing.breakerOpenMs'],
      maxOpenMs: settings['routing.breakerMaxOpenMs'],
    }
  }, now)

  function tell(id: string): void {
    for (const listener of listeners) listener(id)
  }

  function stateOf(id: string): State {
    const known = states.get(id)
    if (known !== undefined) return known
    const fresh: State = { inFlight: 0, rest: NO_REST, reason: null, isTroubled: false }
    states.set(id, fresh)
    return fresh
  }

  return {
    restOf: (id) => states.get(id)?.rest ?? NO_REST,
    inFlight: (id) => states.get(id)?.inFlight ?? 0,
    isTroubled: (id) => states.get(id)?.isTroubled === true,
    obstacle: breakers.obstacle,
    lacksUntil: gaps.until,
    pace: pace.of,
    rest(id, rest, reason) {
      const state = stateOf(id)
      // A firm rest is not shortened by a soft one.
      if (state.rest.firm && !rest.firm && state.rest.until > now()) return
      state.rest = rest
      state.reason = reason
      tell(id)
    },
    clear(id) {
      const state = stateOf(id)
      state.rest = NO_REST
      state.reason = null
      state.isTroubled = false
      breakers.clear(id)
      gaps.clear(id)
      tell(id)
    },
    endRest(id) {
      const state = stateOf(id)
      state.rest = NO_REST
      state.reason = null
      tell(id)
    },
    lacks: gaps.note,
    paced: (id, lane, ms) => pace.note(id, lane, { ms, at: now() }),
    changed(id) {
      gaps.clear(id)
      if (directory.upstream(id) !== undefined) return
      breakers.clear(id)
      pace.clear(id)
      if (states.get(id)?.inFlight === 0) states.delete(id)
    },
    onRestChange(listener) {
      listeners.push(listener)
    },
    entered(id, errand) {
      stateOf(id).inFlight++
      return breakers.probe(id, errand)
    },
    left(id, errand, how) {
      const state = stateOf(id)
      state.inFlight--
      if (how.ending !== 'unclear') state.isTroubled = how.ending !== 'succeeded'
      if (breakers.ended(id, errand, how)) tell(id)
    },
    view(id) {
      const record = directory.upstream(id)
      const state = stateOf(id)
      const base = { inFlight: state.inFlight, until: null, breakers: breakers.views(id) }
      if (record?.status === 'paused') return { ...base, state: 'paused', reason: 'Paused by the operator.' }
      if (record?.status === 'auth_required') return { ...base, state: 'auth_required', reason: record.statusReason }
      if (record !== undefined && record.secret === null && needsSecret(record)) {
        return { ...base, state: 'secret_missing', reason: 'No secret is set or readable.' }
      }
      if (state.rest.until > now()) {
        return { ...base, state: 'cooling_down', reason: state.reason, until: state.rest.until }
      }
      return { ...base, state: 'ready', reason: null }
    },
  }
}
