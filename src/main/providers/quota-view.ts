/** What is known of quota, as those see it who go by it, and those who tell of it. */
import type { IncomingHttpHeaders } from 'node:http'

/** What quota says to a request. */
export interface QuotaStanding {
  /** Epoch ms: nothing is left until then, by a fresh word. Null where something may be. */
  readonly until: number | null
  /** It may be used and rather is not: by an old word nothing is left, or it would go on bought credits. */
  readonly isBehind: boolean
}

export const CLEAR: QuotaStanding = { until: null, isBehind: false }

export interface QuotaNotes {
  /** Called with the head of each answer. */
  note(headers: IncomingHttpHeaders): void
  /** Called with each event of a stream that is about quota, or with the JSON of such a frame. */
  event(event: Buffer): void
}

/** What is left of an account, by the limit of which the least is left. */
export interface QuotaLeft {
  /** 0 to 100. */
  readonly percent: number
  /** Epoch ms at which that limit is full again; null where it is already, or nobody said. */
  readonly resetsAt: number | null
}

export interface QuotaView {
  /** Null where the provider said nothing that tells. A limit whose reset has passed is full. */
  left(upstreamId: string, now: number, model?: string): QuotaLeft | null
  /** Of signed-in accounts; the other kinds always stand clear. */
  standing(upstreamId: string, model: string, now: number): QuotaStanding
}
