/** The types of the pipeline. Each stage's output contains its input, so none can be skipped. */
import type { ServerResponse } from 'node:http'
import type { Dialect } from '../dialects/dialect.ts'
import type { JsonFields } from '../dialects/json-fields.ts'
import type { Form } from '../dialects/multipart.ts'
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
import type { AffinityNote } from '../../shared/models/session.ts'
import type { SessionMark } from './affinity/marks.ts'
import type { BodyDeps } from './body.ts'
import type { ClientStream } from './client-stream.ts'
import type { Reservation } from './limits/reservation.ts'
import type { PlainAsk } from './plain.ts'
import type { KeyRecord, PoolRecord, Prices, TokenRecord, UpstreamRecord } from './ports.ts'
import type { RequestHeaders } from './request-headers.ts'
import type { TurnMember } from './strategies/turns.ts'

/** A request whose headers have arrived. */
export interface Received {
  readonly id: number
  /** Epoch ms of its arrival, for people; durations come from the monotonic `startedAt`. */
  readonly at: number
  readonly startedAt: number
  readonly dialect: Dialect
  /** What it asks of a route that passes as it is; left out for the dialects. */
  readonly plain?: PlainAsk
  /** As in the route table, without ids or query. */
  readonly path: string
  /** What it came on: a request over HTTP, or the upgrade that opened its WebSocket. */
  readonly request: { readonly socket: object; readonly complete: boolean }
  readonly headers: RequestHeaders
  /** The whole body, decoded. Rejects as `readBody` of body.ts does. */
  readonly readBody: (deps: BodyDeps) => Promise<Buffer>
  /** Where headers go that are said whatever the answer is. */
  readonly response: Pick<ServerResponse, 'setHeader'>
  /** Who is answered. */
  readonly side: ClientStream
  /** The client's WebSocket, by an id that no other one has; null over HTTP. */
  readonly socket: { readonly id: string } | null
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
  /** Of a body that is one; left out else. */
  readonly form?: Form
}

/** Policy lets it through, with these fields and this reservation. */
export interface Permitted extends Admitted {
  readonly grant: Grant
}

export interface Grant {
  /** What is sent upstream, but to those of `modelBy`: see `modelAt`. */
  readonly model: string
  /** By upstream id; null where all call it the same. */
  readonly modelBy?: ReadonlyMap<string, string> | null
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
  /** Those whose turn it could have been, where the Pool goes round and the request does not stay with its session. */
  readonly members?: readonly TurnMember[]
  /** What of its session's place, or of what it refers to, it used; left out where that is nothing. */
  readonly affinity?: AffinityNote
}

export interface Routed extends Permitted {
  readonly plan: Plan
  /** The client's own; left out, or null, where it tells none. */
  readonly session?: SessionMark | null
}

/** Charged to its key, and to its token: it may be dispatched. */
export interface Reserved extends Routed {
  readonly claim: Claim
}

export interface Claim {
  readonly reservation: Reservation
  /** The same under the token's own limits; null where it came without a token, or that has none. */
  readonly ofToken: Reservation | null
  /** Input tokens that its provider has already, of the answer that it goes on from: its body has not got them. */
  readonly context: number
  /** The most output tokens to ask for and to let pass, at least 1; null for no cap. */
  readonly outputCap: number | null
  /** When it was charged; epoch ms. The log counts it at the same moment. */
  readonly at: number
  /** Of that moment: it is settled by them, whatever they are by then. */
  readonly prices: Prices
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
