/** The types of the pipeline. Each stage's output contains its input, so none can be skipped. */
import type { ServerResponse, IncomingMessage } from 'node:http'
import type { Dialect } from '../dialects/dialect.ts'
import type { JsonFields } from '../dialects/json-fields.ts'
import type { RequestFacts } from '../dialects/request.ts'
import type { AppError, ErrorCode } from '../../shared/errors.ts'
import type {
  Attempt,
  ClientKind,
  Exclusion,
  PlannedUpstream,
  TokenUsage,
  UsageSource,
} from '../../shared/models/request.ts'
import type { Reservation } from './limits/reservation.ts'
import type { KeyRecord, PoolRecord, TokenRecord, UpstreamRecord } from './ports.ts'
import type { RequestHeaders } from './request-headers.ts'
import type { TurnMember } from './strategies/turns.ts'

/** A request whose headers have arrived. */
export interface Received {
  readonly id: number
  /** Epoch ms of its arrival, for people; durations come from the monotonic `startedAt`. */
  readonly at: number
  readonly startedAt: number
  readonly dialect: Dialect
  /** As in the route table, without ids or query. */
  readonly path: string
  readonly request: IncomingMessage
  readonly headers: RequestHeaders
  readonly response: ServerResponse
  readonly client: ClientKind
  readonly clientIp: string
  /** Why the connection is gone, asked when it is: the client's doing or ours. */
  readonly whyGone: () => AppError
  /** How long it waited for room in its Pool, ms; left out where it did not. */
  readonly waitedMs?: number
}

/** Its key is valid and its body read. */
export interface Admitted extends Received {
  readonly key: KeyRecord
  /** The ephemeral token that it came with; null for the key itself. */
  readonly token: TokenRecord | null
  /** Epoch ms: the client sent the secret before the last rotation, which opens until then. Null for the present one. */
  readonly graceUntil: number | null
  readonly pool: PoolRecord
  readonly fields: JsonFields
  readonly facts: RequestFacts
}

/** Policy lets it through, with these fields and this reservation. */
export interface Permitted extends Admitted {
  readonly grant: Grant
}

export interface Grant {
  /** What is sent upstream. */
  readonly model: string
  readonly effort: string | null
  readonly serviceTier: string | null
  /** Estimate charged if the real figures never come, tokens. */
  readonly reservedInput: number
  readonly reservedOutput: number
}

export interface Plan {
  /** Upstreams in the order they are tried, at least one. */
  readonly candidates: readonly UpstreamRecord[]
  readonly exclusions: readonly Exclusion[]
  /** What put the candidates in this order; left out where there was nothing to choose. */
  readonly order?: readonly PlannedUpstream[]
  /** Those whose turn it could have been, where the Pool goes round. */
  readonly members?: readonly TurnMember[]
}

export interface Routed extends Permitted {
  readonly plan: Plan
}

/** Charged to its key, and to its token: it may be dispatched. */
export interface Reserved extends Routed {
  readonly claim: Claim
}

export interface Claim {
  readonly reservation: Reservation
  /** The same under the token's own limits; null where it came without a token, or that has none. */
  readonly ofToken: Reservation | null
  /** The most output tokens to ask for and to let pass, at least 1; null for no cap. */
  readonly outputCap: number | null
  /** When it was charged; epoch ms. The log counts it at the same moment. */
  readonly at: number
}

/** How a request ended, as far as dispatch knows. */
export interface Outcome {
  readonly kind: 'completed' | 'failed' | 'aborted'
  readonly upstreamId: string | null
  /** Of the answer the client got; 499 when it had gone. */
  readonly status: number
  readonly errorCode: ErrorCode | null
  readonly usage: TokenUsage | null
  readonly usageSource: UsageSource
  readonly firstByteMs: number | null
  readonly tries: readonly Attempt[]
}
