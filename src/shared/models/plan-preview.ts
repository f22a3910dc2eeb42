/** Routing tried out before it is used: the plan of one request as it would be now, and past traffic gone through again. */
import { z } from 'zod'
import { modelId, timestamp } from './common.ts'
import { doctorRoute } from './doctor.ts'
import { poolPatch, poolStrategy } from './pool.ts'
import { exclusionReason, type Attempt, type RequestState, type TokenUsage } from './request.ts'
import { affinityNote } from './session.ts'

/** What would be saved, and "what if these were paused", which is no part of a Pool. What is left out is as it is. */
export const planDraft = poolPatch
  .pick({ strategy: true, routing: true, assignments: true, aliases: true, allowedModels: true })
  .extend({ pausedUpstreams: z.array(z.string()).max(200).optional() })
export type PlanDraft = z.infer<typeof planDraft>

/** A request that nobody sent. */
export const planQuestion = z.object({
  poolId: z.string(),
  /** Null for a key that may use every model and upstream. */
  keyId: z.string().nullable().default(null),
  model: modelId,
  route: doctorRoute.default('chat'),
  /** As a client tells it; left out where it tells none. */
  session: z.string().trim().min(1).max(200).optional(),
  /** As a tokenizer counts them. */
  inputTokens: z.number().int().min(0).max(1_000_000).default(1_000),
  stream: z.boolean().default(true),
})

/** One upstream of the Pool, or of its fallback Pool, and what routing makes of it. */
export const plannedPlace = z.object({
  upstreamId: z.string(),
  name: z.string(),
  /** `ordered`: it has a place. `beyond`: it may serve, and stands behind the most that one request tries. */
  outcome: z.enum(['ordered', 'beyond', 'excluded']),
  /** 1 is tried first; null where it has no place. */
  place: z.number().int().positive().nullable(),
  /** What the Doctor says of it. */
  words: z.string(),
  /** How often it would be the first, between 0 and 1: below 1 where equals are drawn. */
  firstShare: z.number(),
  /** The figure that the strategy went by: see `plannedUpstream`. */
  figure: z.number().nullable(),
  isResting: z.boolean(),
  isFallback: z.boolean(),
  reason: exclusionReason.nullable(),
  /** When the reason, or its rest, ends by itself; null where neither does. */
  until: timestamp.nullable(),
  priority: z.number().int(),
  weight: z.number().int(),
  /** What it would be sent; null where it is sent nothing. */
  model: z.string().nullable(),
  /** Percent left of its account, by the limit of which the least is left; null where nobody said. */
  quotaLeft: z.number().nullable(),
  quotaResetsAt: timestamp.nullable(),
  /** Its circuit for this model on this route; null while that is closed. */
  circuit: z.enum(['open', 'half_open', 'probing']).nullable(),
  /** Requests of all Pools there now, and how many may be; null for any number. */
  inFlight: z.number().int(),
  maxConcurrent: z.number().int().nullable(),
  /** Paused in the draft alone. */
  isPausedInDraft: z.boolean(),
})
export type PlannedPlace = z.infer<typeof plannedPlace>

export const planView = z.object({
  strategy: poolStrategy,
  /** What is sent upstream; null where the model may not pass. */
  model: z.string().nullable(),
  /** Why nobody would serve it; null where somebody would. `readyAt`: when the first is ready again. */
  refusal: z.object({ code: z.string(), message: z.string(), readyAt: timestamp.nullable() }).nullable(),
  /** Why it would wait for room first; null where it would go at once. */
  waits: z.string().nullable(),
  /** In the order of the plan, then those beyond it, then the excluded ones. */
  places: z.array(plannedPlace),
  affinity: affinityNote.nullable(),
})
export type PlanView = z.infer<typeof planView>

export const planPreview = z.object({
  at: timestamp,
  now: planView,
  /** Null where no draft was given. */
  draft: planView.nullable(),
})
export type PlanPreview = z.infer<typeof planPreview>

export const replayInput = z.object({
  poolId: z.string(),
  draft: planDraft.default({}),
  hours: z.number().int().min(1).max(24).default(1),
})
export type ReplayInput = z.infer<typeof replayInput>

/** What one upstream gets under one plan. */
const replayShare = z.object({
  /** That ended there, however they did. */
  requests: z.number().int(),
  /** Of all that ended at an upstream, between 0 and 1. */
  share: z.number(),
  inputTokens: z.number().int(),
  outputTokens: z.number().int(),
  /** By the prices of now; `unpriced` of the requests have none. */
  costNanos: z.number(),
  unpriced: z.number().int(),
  /** Attempts that failed there. */
  failures: z.number().int(),
  /** The most that ran there at the same time. */
  mostRunning: z.number().int(),
})
export type ReplayShare = z.infer<typeof replayShare>

/** One plan over all of the traffic. */
const replaySide = z.object({
  strategy: poolStrategy,
  served: z.number().int(),
  /** Sent to no upstream. */
  refused: z.number().int(),
  /** Sent to one at least, and answered by none. */
  failed: z.number().int(),
  firstChoiceFailures: z.number().int(),
  /** Waited for room, and the longest of them, ms. */
  waited: z.number().int(),
  longestWaitMs: z.number(),
  inputTokens: z.number().int(),
  outputTokens: z.number().int(),
  costNanos: z.number(),
  /** Of the served ones on average; null where none was. */
  firstTokenMs: z.number().nullable(),
  /** How often a request of a session went elsewhere than the one before it. */
  sessionSwitches: z.number().int(),
})
export type ReplaySide = z.infer<typeof replaySide>

export const replayReport = z.object({
  poolId: z.string(),
  /** Of the traffic that was gone through. */
  from: timestamp,
  to: timestamp,
  requests: z.number().int(),
  /** There were more; the oldest were left out. */
  isCut: z.boolean(),
  saved: replaySide,
  draft: replaySide,
  /** Every upstream that either plan knows, most requests first. `recorded`: requests that it really got. */
  upstreams: z.array(
    z.object({
      upstreamId: z.string(),
      name: z.string(),
      recorded: z.number().int(),
      saved: replayShare,
      draft: replayShare,
    }),
  ),
  /** Sessions that the log tells apart, and those that most of the time would be at another upstream. */
  sessions: z.object({ known: z.number().int(), moved: z.number().int() }),
  /** What cannot be known, one sentence each. */
  notes: z.array(z.string()),
  /** How long it took, ms. */
  tookMs: z.number(),
})
export type ReplayReport = z.infer<typeof replayReport>

/** A request as the log has it, as far as a replay needs it. Durations in ms. */
export interface ReplayedRequest {
  readonly id: number
  readonly keyId: string
  readonly route: string
  readonly model: string | null
  readonly sentModel: string | null
  readonly stream: boolean
  readonly state: RequestState
  readonly errorCode: string | null
  readonly serviceTier: string | null
  readonly usage: TokenUsage
  readonly reservedOutput: number
  readonly upstreamId: string | null
  readonly firstByteMs: number | null
  readonly durationMs: number | null
  /** Short hash; null where the log has none. */
  readonly session: string | null
  /** It went on from an answer or a file, which only one upstream had. */
  readonly isTied: boolean
  /** Empty for one that needed a single, successful attempt: the request itself says all of it. */
  readonly tries: readonly ReplayedTry[]
  /** Upstreams that were left out because they had asked to be left alone, and until when. */
  readonly rests: readonly { readonly upstreamId: string; readonly until: number }[]
}

export type ReplayedTry = Pick<Attempt, 'upstreamId' | 'at' | 'durationMs' | 'status' | 'errorCode' | 'cause'>

/** Newest first. `next`: the id below which there is more; null where nothing is left. */
export interface ReplayedPage {
  readonly rows: readonly ReplayedRequest[]
  readonly next: number | null
}
