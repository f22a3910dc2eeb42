import { z } from 'zod'
import { withoutKeySecret } from '../key-text.ts'
import { page, timestamp } from './common.ts'
import { limitField } from './limit.ts'
import { priceSource } from './price.ts'
import { affinityNote } from './session.ts'

/** `open`: running. `refused`: ended before any dispatch, so it counts nothing. `interrupted`: Weir itself stopped meanwhile. */
export const requestState = z.enum(['open', 'completed', 'failed', 'refused', 'aborted', 'interrupted'])
export type RequestState = z.infer<typeof requestState>

export const clientKind = z.enum([
  'codex',
  'opencode',
  'claude-code',
  'openai-sdk',
  'anthropic-sdk',
  'ai-sdk',
  'curl',
  'other',
])
export type ClientKind = z.infer<typeof clientKind>

/** `reported`: the provider's own figures. `estimated`: the reservation, because none came. `none`: nothing was used. */
export const usageSource = z.enum(['reported', 'estimated', 'none'])
export type UsageSource = z.infer<typeof usageSource>

/** Tokens. `input` contains `cached` and `cacheWrite`; `output` contains `reasoning`. */
export const tokenUsage = z.object({
  input: z.number().int().nonnegative(),
  cached: z.number().int().nonnegative(),
  /** Left out where nobody said that anything was written into a cache, and where the log does not tell. */
  cacheWrite: z.number().int().positive().optional(),
  output: z.number().int().nonnegative(),
  reasoning: z.number().int().nonnegative(),
})
export type TokenUsage = z.infer<typeof tokenUsage>

/** One request, metadata only. Durations in ms from the arrival of its headers, without what it waited for room. */
export const requestSummary = z.object({
  id: z.string(),
  at: timestamp,
  state: requestState,
  keyId: z.string(),
  poolId: z.string(),
  upstreamId: z.string().nullable(),
  route: z.string(),
  model: z.string().nullable(),
  /** The id sent upstream, where it differs from what was asked. */
  sentModel: z.string().nullable(),
  effort: z.string().nullable(),
  serviceTier: z.string().nullable(),
  stream: z.boolean(),
  /** The status the client saw; 499 when it had gone. Null while open. */
  status: z.number().int().nullable(),
  errorCode: z.string().nullable(),
  usage: tokenUsage,
  usageSource,
  costNanos: z.number().int().nullable(),
  attempts: z.number().int().nonnegative(),
  firstByteMs: z.number().nullable(),
  durationMs: z.number().nullable(),
  client: clientKind,
  clientIp: z.string(),
})
export type RequestSummary = z.infer<typeof requestSummary>

/** One dispatch to one upstream. */
export const attempt = z.object({
  number: z.number().int().positive(),
  upstreamId: z.string(),
  at: timestamp,
  durationMs: z.number(),
  firstByteMs: z.number().nullable(),
  status: z.number().int().nullable(),
  errorCode: z.string().nullable(),
  /** Low-level cause without content: `ECONNREFUSED`, `idle for 300 s`. */
  cause: z.string().nullable(),
})
export type Attempt = z.infer<typeof attempt>

export const exclusionReason = z.enum([
  'assignment_disabled',
  'upstream_paused',
  'auth_required',
  'secret_missing',
  'cooling_down',
  'model_not_served',
  'route_not_served',
  'not_allowed_by_key',
  'model_unpriced',
  'circuit_open',
  'busy',
  'quota_exhausted',
])
export type ExclusionReason = z.infer<typeof exclusionReason>

/** An upstream that the plan left out, and why. `until` where the reason ends by itself. */
export const exclusion = z.object({ upstreamId: z.string(), reason: exclusionReason, until: timestamp.nullable() })
export type Exclusion = z.infer<typeof exclusion>

/** One upstream that a request was to try, and what put it at its place. */
export const plannedUpstream = z.object({
  upstreamId: z.string(),
  /** The figure that the strategy went by, in its unit: ms, percent left, requests, nano-dollars; null where it drew. */
  figure: z.number().nullable(),
  /** Failed a moment ago: behind every other. */
  isResting: z.boolean(),
  /** Of the fallback Pool. */
  isFallback: z.boolean(),
  /** Percent left of its account then, by the limit of which the least is left; left out where nobody said. */
  quotaLeft: z.number().optional(),
  /** When that limit is full again. */
  quotaResetsAt: timestamp.optional(),
  /** Its circuit, where it was not closed. */
  circuit: z.enum(['open', 'half_open']).optional(),
})
export type PlannedUpstream = z.infer<typeof plannedUpstream>

/** How routing put the upstreams in order at that moment. Bounded: no more than those that could have been tried. */
export const planNote = z.object({
  /** As the Pool had it. */
  strategy: z.string(),
  order: z.array(plannedUpstream),
  /** How long it waited for a place, ms; 0 where it did not. */
  waitedMs: z.number(),
  /** What of its session's place it used; left out where it had none. */
  affinity: affinityNote.optional(),
  /** A short hash that requests of one session share; left out where the client told none. */
  session: z.string().optional(),
})
export type PlanNote = z.infer<typeof planNote>

/** What is remembered of a record that a request names. A record that is gone keeps the name of its last change. */
export const recordName = z.object({
  name: z.string().nullable(),
  /** Of keys only. */
  prefix: z.string().nullable(),
  isDeleted: z.boolean(),
})
export type RecordName = z.infer<typeof recordName>

/** One upstream of the Pool and what routing made of it, in the order of the plan, the excluded ones last. */
export const candidate = z.object({
  upstreamId: z.string(),
  /** `tried`: see the attempt of `place`. `not_needed`: stood behind those. `excluded`: `reason` says why. */
  outcome: z.enum(['tried', 'not_needed', 'excluded']),
  /** 1 is the first tried; null where it was not tried. */
  place: z.number().int().positive().nullable(),
  reason: exclusionReason.nullable(),
  until: timestamp.nullable(),
  /** As the Pool has them now; null where it has the upstream no longer. */
  priority: z.number().nullable(),
  weight: z.number().nullable(),
})
export type Candidate = z.infer<typeof candidate>

/** What a cost is made of, by the price of then. The parts sum to the request's cost exactly. */
export const requestCost = z.object({
  /** Parts without tokens are left out. */
  parts: z.array(
    z.object({
      component: z.enum(['input', 'cachedInput', 'cacheWrite', 'output', 'reasoning']),
      tokens: z.number(),
      /** Nano-dollars per 1,000 tokens. */
      rate: z.number(),
      nanos: z.number(),
    }),
  ),
  /** The service tier whose rates were used; null for the standard ones. */
  tier: z.string().nullable(),
  isLongContext: z.boolean(),
  /** The price: its model or pattern, where it comes from, and since when it is in force. */
  price: z.object({ model: z.string(), upstreamId: z.string().nullable(), source: priceSource, from: timestamp }),
})
export type RequestCost = z.infer<typeof requestCost>

/** What a limit counted of a request. Requests, tokens or nano-dollars, as its field says. */
export const limitCharge = z.object({
  /** Whose limit it is: the key's, or that of the ephemeral token that it came with. */
  of: z.enum(['key', 'token']),
  field: limitField,
  /** The pattern of the key's row that applied; null for limits on every model. */
  model: z.string().nullable(),
  /** While it runs, what is reserved for it. */
  amount: z.number(),
  /** As it is set now. */
  limit: z.number(),
})
export type LimitCharge = z.infer<typeof limitCharge>

export const requestDetail = requestSummary.extend({
  /** The ephemeral token that it came with; null for the key itself. Name and prefix are null once nobody knows them. */
  token: z.object({ id: z.string(), name: z.string().nullable(), prefix: z.string().nullable() }).nullable(),
  /** Null where nothing was charged, and where no price of then comes to what was. */
  cost: requestCost.nullable(),
  tries: z.array(attempt),
  exclusions: z.array(exclusion),
  candidates: z.array(candidate),
  /** Null where there was nothing to choose. */
  plan: planNote.nullable(),
  /** The Pool was edited after the request: `not_needed`, `priority` and `weight` are of the Pool as it is now. */
  isPoolChangedSince: z.boolean(),
  /** Charged at admission, before the real figures were known. */
  reserved: z.object({ input: z.number(), output: z.number() }),
  /** The limits that counted it, as key and token have them now; null once the key is gone. */
  charged: z.array(limitCharge).nullable(),
  /** By id: the key, the Pool and every upstream that is named above. */
  names: z.record(z.string(), recordName),
})
export type RequestDetail = z.infer<typeof requestDetail>
/** As the log has it: it knows no prices. */
export type StoredRequest = Omit<RequestDetail, 'cost'>

/** One value or several of which any may hold. */
function anyOf<T extends z.ZodType>(value: T) {
  return z
    .union([value, z.array(value).min(1).max(100)])
    .transform((given): z.output<T>[] => (Array.isArray(given) ? given : [given]) as z.output<T>[])
    .optional()
}

export const statusClass = z.enum(['2xx', '3xx', '4xx', '5xx'])
export type StatusClass = z.infer<typeof statusClass>

/**
 * All given filters must hold. Without a cursor the newest page; `before` goes on to older rows, `after` to newer ones
 * (for a live tail). Rows are newest first in any case.
 */
export const requestFilter = z
  .object({
    before: z.string(),
    after: z.string(),
    /** Inclusive, and exclusive. */
    from: timestamp,
    to: timestamp,
    /** Only these requests, for a tail that looks again at what was open. */
    ids: z.array(z.string()).min(1).max(200),
    keyId: anyOf(z.string().max(100)),
    /** That came with this ephemeral token; quick together with its key. */
    tokenId: z.string().max(100),
    poolId: anyOf(z.string().max(100)),
    upstreamId: anyOf(z.string().max(100)),
    /** As asked or as served. */
    model: anyOf(z.string().max(200)),
    effort: anyOf(z.string().max(40)),
    serviceTier: anyOf(z.string().max(40)),
    route: anyOf(z.string().max(100)),
    stream: z.boolean(),
    state: anyOf(requestState),
    errorCode: anyOf(z.string().max(100)),
    client: anyOf(clientKind),
    clientIp: z.string().max(100),
    statusClass: anyOf(statusClass),
    minDurationMs: z.number().nonnegative(),
    minFirstByteMs: z.number().nonnegative(),
    /** Input and output together. */
    minTokens: z.number().int().nonnegative(),
    /** Nano-dollars; one whose price nobody knows costs nothing that could be compared. */
    minCostNanos: z.number().int().nonnegative(),
    /** The start of a request id; else part of a key's prefix or name, a token's whole prefix, part of the model or of the error code. */
    text: z.string().trim().min(1).max(200).transform(withoutKeySecret),
  })
  .partial()
  .extend({ limit: z.number().int().min(1).max(200).default(50) })
export type RequestFilter = z.infer<typeof requestFilter>
export type RequestFilterInput = z.input<typeof requestFilter>

/**
 * A call looks at a bounded number of rows. `searchedTo` is null when everything was looked at; else the page may be
 * short, or empty, and `next` goes on from that time.
 */
export const requestPage = page(requestSummary).extend({
  searchedTo: timestamp.nullable(),
  /** By id: what the rows name. */
  names: z.record(z.string(), recordName),
})
export type RequestPage = z.infer<typeof requestPage>

/** About how many requests a filter matches. `isExact` when all of them were counted. */
export const requestCount = z.object({ count: z.number(), isExact: z.boolean() })
export type RequestCount = z.infer<typeof requestCount>
