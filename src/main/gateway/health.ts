/** What is known of each upstream right now: requests in flight, and rests after failures. In memory; a restart clears it. */
import type { UpstreamHealth } from '../../shared/models/upstream.ts'
import type { UpstreamRecord } from './ports.ts'
import type { Directory } from './directory.ts'

interface State {
  inFlight: number
  rest: Rest
  reason: string | null
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
  /** Ends a rest, as after a successful test. */
  clear(upstreamId: string): void
  /** Called after a rest began or was ended early, with the upstream's id. */
  onRestChange(listener: (upstreamId: string) => void): void
}

export interface Health extends HealthView {
  rest(upstreamId: string, rest: Rest, reason: string): void
  started(upstreamId: string): void
  ended(upstreamId: string): void
}

export function createHealth(
  directory: Directory,
  needsSecret: (record: UpstreamRecord) => boolean,
  now: () => number,
): Health {
  const states = new Map<string, State>()
  const listeners: ((upstreamId: string) => void)[] = []

  function stateOf(id: string): State {
    const known = states.get(id)
    if (known !== undefined) return known
    const fresh: State = { inFlight: 0, rest: NO_REST, reason: null }
    states.set(id, fresh)
    return fresh
  }

  return {
    restOf: (id) => states.get(id)?.rest ?? NO_REST,
    rest(id, rest, reason) {
      const state = stateOf(id)
      // A firm rest is not shortened by a soft one.
      if (state.rest.firm && !rest.firm && state.rest.until > now()) return
      state.rest = rest
      state.reason = reason
      for (const listener of listeners) listener(id)
    },
    clear(id) {
      const state = stateOf(id)
      state.rest = NO_REST
      state.reason = null
      for (const listener of listeners) listener(id)
    },
    onRestChange(listener) {
      listeners.push(listener)
    },
    started(id) {
      stateOf(id).inFlight++
    },
    ended(id) {
      stateOf(id).inFlight--
    },
    view(id) {
      const record = directory.upstream(id)
      const state = stateOf(id)
      const base = { inFlight: state.inFlight, until: null }
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
