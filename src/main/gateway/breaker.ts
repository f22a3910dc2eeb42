/**
 * A circuit breaker: closed until so many failures in a row, then open for a time, then half open: one request probes,
 * and its success closes while its failure opens for twice as long. Pure.
 */

export interface BreakerRules {
  /** Failures in a row that open it; 0 never opens. */
  readonly failures: number
  readonly openMs: number
  readonly maxOpenMs: number
}

export interface Breaker {
  /** In a row. */
  readonly failures: number
  /** How often it opened since it was last closed; 0 while it is closed. */
  readonly trips: number
  /** Epoch ms of its last opening, and of the moment from which it may be probed. */
  readonly openedAt: number
  readonly until: number
  readonly isProbing: boolean
}

export type BreakerState = 'closed' | 'open' | 'half_open' | 'probing'

export const CLOSED: Breaker = { failures: 0, trips: 0, openedAt: 0, until: 0, isProbing: false }

/** A clock that went back must not keep it open for longer than it was opened for. */
export function stateOf(breaker: Breaker, now: number): BreakerState {
  if (breaker.trips === 0) return 'closed'
  if (breaker.isProbing) return 'probing'
  return now >= breaker.until || now < breaker.openedAt ? 'half_open' : 'open'
}

/** One request may find out. Asked for where it is open as well: when there is nobody else to ask. */
export function probed(breaker: Breaker): Breaker {
  return { ...breaker, isProbing: true }
}

/** The probe ended without saying anything, as when its client left. */
export function unprobed(breaker: Breaker): Breaker {
  return { ...breaker, isProbing: false }
}

/** After a failure of the probe, or of any request while it is closed. What else began before it opened says nothing. */
export function failed(breaker: Breaker, isProbe: boolean, now: number, rules: BreakerRules): Breaker {
  if (breaker.trips > 0 && !isProbe) return breaker
  const failures = breaker.failures + 1
  if (breaker.trips === 0 && (rules.failures === 0 || failures < rules.failures)) return { ...breaker, failures }
  const openMs = Math.min(rules.openMs * 2 ** Math.min(breaker.trips, 30), Math.max(rules.openMs, rules.maxOpenMs))
  return { failures, trips: breaker.trips + 1, openedAt: now, until: now + openMs, isProbing: false }
}

/** After a success of the probe, or of any request while it is closed. */
export function succeeded(breaker: Breaker, isProbe: boolean): Breaker {
  return breaker.trips > 0 && !isProbe ? breaker : CLOSED
}
