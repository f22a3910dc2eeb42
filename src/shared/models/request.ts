import { z } from 'zod'
import { page, timestamp } from './common.ts'

/** `open`: running. `refused`: stopped by policy before any dispatch. `interrupted`: Weir itself stopped meanwhile. */
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

/** Tokens. `input` contains `cached`; `output` contains `reasoning`. */
export const tokenUsage = z.object({
  input: z.number().int().nonnegative(),
  cached: z.number().int().nonnegative(),
  output: z.number().int().nonnegative(),
  reasoning: z.number().int().nonnegative(),
})
export type TokenUsage = z.infer<typeof tokenUsage>

/** One request, metadata only. Durations in ms from the arrival of its headers. */
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
])
export type ExclusionReason = z.infer<typeof exclusionReason>

/** An upstream that the plan left out, and why. `until` where the reason ends by itself. */
export const exclusion = z.object({ upstreamId: z.string(), reason: exclusionReason, until: timestamp.nullable() })
export type Exclusion = z.infer<typeof exclusion>

export const requestDetail = requestSummary.extend({ tries: z.array(attempt), exclusions: z.array(exclusion) })
export type RequestDetail = z.infer<typeof requestDetail>

/** All given filters must hold. `before` is the cursor of the previous page. */
export const requestFilter = z.object({
  before: z.string().optional(),
  limit: z.number().int().min(1).max(200).default(50),
  from: timestamp.optional(),
  to: timestamp.optional(),
  keyId: z.string().optional(),
  poolId: z.string().optional(),
  upstreamId: z.string().optional(),
  model: z.string().optional(),
  state: requestState.optional(),
  errorCode: z.string().optional(),
  client: clientKind.optional(),
})
export type RequestFilter = z.infer<typeof requestFilter>

export const requestPage = page(requestSummary)
export type RequestPage = z.infer<typeof requestPage>
