/** What routing is asked, and what it looks at to answer. */
import type { RouteFamily } from '../dialects/dialect.ts'
import type { Tie } from './affinity.ts'
import type { QuotaView } from '../providers/quota-view.ts'
import type { HealthView, Rest } from './health.ts'
import type { KeyRecord, PoolRecord, PriceSource, UpstreamRecord } from './ports.ts'
import type { Turns } from './strategies/turns.ts'

export interface RouteQuestion {
  readonly pool: PoolRecord
  /** Whose upstreams come behind the Pool's own; null where there is none, or it is not active. */
  readonly fallback: PoolRecord | null
  readonly key: Pick<KeyRecord, 'allowedUpstreams'>
  readonly dialect: RouteFamily
  readonly model: string
  /** By upstream id; null or left out where all call it the same. */
  readonly modelBy?: ReadonlyMap<string, string> | null
  readonly isStream: boolean
  /** What the requests of one session have in common; null where there is nothing. Asked by `spread` alone. */
  readonly session: string | null
  /** What ties it to an upstream; null or left out where nothing does. */
  readonly tie?: Tie | null
  /** Tokens by estimate, to compare prices by. */
  readonly input: number
  readonly output: number
  readonly maxAttempts: number
  readonly now: number
  /** As if every upstream had room. */
  readonly ignoresPlaces?: boolean
}

/** The state of the world that routing looks at. */
export interface RouteWorld {
  upstream(id: string): UpstreamRecord | undefined
  readonly health: RouteHealth
  readonly turns: Pick<Turns, 'credit'>
  readonly quota: QuotaView
  readonly prices: Pick<PriceSource, 'rates'>
  /** Uniform in [0, 1). */
  random(): number
}

export type RouteHealth = Pick<HealthView, 'inFlight' | 'obstacle' | 'lacksUntil' | 'pace'> & {
  restOf(upstreamId: string): Rest
}

/** An upstream that may serve the request, on its way to a place in the order. Mutable while it is ranked. */
export interface Contender {
  readonly record: UpstreamRecord
  readonly weight: number
  /** Failed a moment ago: behind every other. */
  readonly isResting: boolean
  readonly isFallback: boolean
  /** Its breaker's state, where that is not closed. */
  readonly circuit: 'open' | 'half_open' | null
  readonly priority: number
  /** Resting ones last, then those of the fallback Pool, then by priority: strategies order within one step. */
  readonly step: number
  /** Lower goes first; then by `rank`; then by `lot`. */
  tier: number
  rank: number
  lot: number
  /** What the strategy went by, for people; null where it drew. */
  figure: number | null
}
