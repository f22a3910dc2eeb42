import { z } from 'zod'
import { accountFacts, accountTokens } from './account.ts'
import { displayName, modelId, notes, timestamp } from './common.ts'
import { modelFacts } from './model-facts.ts'
import { assignment } from './pool.ts'
import { accountQuota } from './quota.ts'
import { exclusionReason } from './request.ts'

export const upstreamKind = z.enum(['openai', 'openai-compatible', 'chatgpt', 'simulator'])
export type UpstreamKind = z.infer<typeof upstreamKind>

/** What the operator or the provider made of the account. Cooling down is derived, see `upstreamHealth`. */
export const upstreamStatus = z.enum(['active', 'paused', 'auth_required'])
export type UpstreamStatus = z.infer<typeof upstreamStatus>

/**
 * How the built-in simulator behaves, so that an operator can rehearse a client. Every fault is deterministic:
 * `failEvery: 3` fails each third request, `failEvery: 1` each one.
 */
export const simulatorBehaviour = z.object({
  models: z.array(modelId).max(50).default(['sim-chat', 'sim-reasoning', 'sim-tools', 'sim-embedding']),
  /** Wait before the answer's head, ms. */
  latencyMs: z.number().int().min(0).max(600_000).default(0),
  /** Wait between streamed chunks, ms. */
  chunkDelayMs: z.number().int().min(0).max(60_000).default(0),
  /** Words of the answer; each is one streamed chunk. */
  words: z.number().int().min(1).max(10_000).default(8),
  /** Send `x-ratelimit-*` headers with plausible figures. */
  rateLimitHeaders: z.boolean().default(false),
  fault: z
    .enum([
      'none',
      'status',
      'refuse_connection',
      'hang_before_headers',
      'hang_mid_stream',
      'drop_mid_stream',
      'end_early',
      'malformed_event',
      'truncated_json',
      'wrong_content_type',
      'error_event',
    ])
    .default('none'),
  /** Status of the fault `status`. */
  faultStatus: z.number().int().min(400).max(599).default(503),
  /** Retry-After of the fault `status` in seconds; null sends none. */
  retryAfterSeconds: z.number().int().min(0).max(86_400).nullable().default(null),
  failEvery: z.number().int().min(1).max(1_000).default(1),
  /** Streamed chunks before a mid-stream fault. */
  faultAfterChunks: z.number().int().min(0).max(10_000).default(2),
})
export type SimulatorBehaviour = z.infer<typeof simulatorBehaviour>

/** Without the defaults: a patch must not put back fields that it leaves out, and zod fills defaults in even there. */
const simulatorFields = simulatorBehaviour.shape
export const simulatorPatch = z.object({
  models: simulatorFields.models.unwrap().optional(),
  latencyMs: simulatorFields.latencyMs.unwrap().optional(),
  chunkDelayMs: simulatorFields.chunkDelayMs.unwrap().optional(),
  words: simulatorFields.words.unwrap().optional(),
  rateLimitHeaders: simulatorFields.rateLimitHeaders.unwrap().optional(),
  fault: simulatorFields.fault.unwrap().optional(),
  faultStatus: simulatorFields.faultStatus.unwrap().optional(),
  retryAfterSeconds: simulatorFields.retryAfterSeconds.unwrap().optional(),
  failEvery: simulatorFields.failEvery.unwrap().optional(),
  faultAfterChunks: simulatorFields.faultAfterChunks.unwrap().optional(),
})

/** http or https, no credentials, query or fragment. `/v1` may be there or not. */
export const baseUrl = z
  .url({ protocol: /^https?$/ })
  .max(2_000)
  .regex(/^https?:\/\/[^/@?#]+(\/[^?#]*)?$/, 'must have no credentials, query or fragment')

/** An http proxy for outbound calls. Its credentials belong to the secret. */
export const proxyUrl = z
  .url({ protocol: /^https?$/ })
  .max(2_000)
  .regex(
    /^https?:\/\/[^/@?#]+\/?$/,
    'must be scheme, host and port only; give credentials with the secret as proxyCredentials',
  )

export const headerName = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9_-]+$/)

/** What an operator gives. Values of extra headers are secrets too. */
export const upstreamSecret = z.object({
  apiKey: z
    .string()
    .trim()
    .min(1)
    .max(8_000)
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without blanks')
    .optional(),
  headers: z
    .record(
      headerName,
      z
        .string()
        .max(4_000)
        .regex(/^[\x20-\x7e]*$/),
    )
    .optional(),
  /** `user:password` for the proxy. */
  proxyCredentials: z.string().max(1_000).optional(),
})

/** What is kept in the secret store, as one item per upstream: of a signed-in account its tokens, which nobody types. */
export const storedSecret = upstreamSecret.extend({ account: accountTokens.optional() })
export type UpstreamSecret = z.infer<typeof storedSecret>

/** A circuit that opened: this upstream, for this model on this route. */
export const breakerView = z.object({
  model: z.string(),
  /** What was asked: `chat`, `responses`, `embeddings`, or what passes as it is, such as `images`. */
  route: z.string(),
  /** `open`: left out. `half_open`: one request may try. */
  state: z.enum(['open', 'half_open']),
  /** When it may be tried again; has passed while it is half open. */
  until: timestamp,
  /** Failures in a row. */
  failures: z.number().int(),
})
export type BreakerView = z.infer<typeof breakerView>

/** Runtime state of an upstream; lives in memory, a restart clears it. */
export const upstreamHealth = z.object({
  state: z.enum(['ready', 'cooling_down', 'paused', 'auth_required', 'secret_missing']),
  /** Why, in one sentence; null while ready. */
  reason: z.string().nullable(),
  /** When a cooldown ends; null when it ends by an operator's action only. */
  until: timestamp.nullable(),
  inFlight: z.number().int().nonnegative(),
  /** Models that it failed at several times in a row. */
  breakers: z.array(breakerView),
})
export type UpstreamHealth = z.infer<typeof upstreamHealth>

/** What a provider said last about one of the account's limits. In memory; a restart forgets it. */
export const quotaWindow = z.object({
  /** What is counted: `requests`, `tokens`. */
  name: z.string(),
  limit: z.number().nullable(),
  remaining: z.number().nullable(),
  /** When the count is full again, by the provider's word; may have passed since. */
  resetsAt: timestamp.nullable(),
  observedAt: timestamp,
})
export type QuotaWindow = z.infer<typeof quotaWindow>

export const upstream = z.object({
  id: z.string(),
  name: displayName,
  kind: upstreamKind,
  status: upstreamStatus,
  statusReason: z.string().nullable(),
  baseUrl: z.string(),
  proxyUrl: z.string().nullable(),
  notes,
  manualModels: z.array(z.string()),
  /** The provider's own list as last fetched. */
  fetchedModels: z.array(z.string()),
  /** What that list says of them beyond their ids; empty where it says nothing. */
  modelFacts: z.array(modelFacts),
  modelsFetchedAt: timestamp.nullable(),
  modelsError: z.string().nullable(),
  /** Null without a secret. `fingerprint` is the start of a SHA-256, enough to tell two secrets apart. */
  secret: z
    .object({ fingerprint: z.string(), setAt: timestamp, headerNames: z.array(z.string()), hasApiKey: z.boolean() })
    .nullable(),
  simulator: simulatorBehaviour.nullable(),
  /** Of a signed-in account; null for the other kinds. */
  account: accountFacts.nullable(),
  /** Requests at the same time; null for any number. */
  maxConcurrent: z.number().int().nullable(),
  health: upstreamHealth,
  /** Empty where the provider says nothing, and until the first answer after a start. */
  quota: z.array(quotaWindow),
  /** Of a signed-in account; null for the other kinds, and where nothing is known yet. */
  accountQuota: accountQuota.nullable(),
  createdAt: timestamp,
  updatedAt: timestamp,
})
export type Upstream = z.infer<typeof upstream>

const maxConcurrent = z.number().int().min(1).max(10_000)

/** What can be set on create and edit, the secret aside. */
const editable = z.object({
  name: displayName,
  proxyUrl: proxyUrl.nullable(),
  notes,
  manualModels: z.array(modelId).max(500),
  maxConcurrent: maxConcurrent.nullable(),
})

/**
 * `baseUrl` is required for `openai-compatible`, optional for `openai`, and ignored for `simulator`. An upstream of kind
 * `chatgpt` is made by signing in, not by a draft.
 */
export const upstreamDraft = z.object({
  kind: upstreamKind,
  name: displayName,
  baseUrl: baseUrl.optional(),
  proxyUrl: proxyUrl.nullable().default(null),
  notes: notes.default(''),
  manualModels: z.array(modelId).max(500).default([]),
  maxConcurrent: maxConcurrent.nullable().default(null),
  secret: upstreamSecret.optional(),
  simulator: simulatorPatch.optional(),
})
export type UpstreamDraft = z.infer<typeof upstreamDraft>

export const upstreamPatch = editable.partial().extend({
  baseUrl: baseUrl.optional(),
  simulator: simulatorPatch.optional(),
})
export type UpstreamPatch = z.infer<typeof upstreamPatch>

/** Result of a live check of address and credential. */
export const upstreamTest = z.object({
  ok: z.boolean(),
  latencyMs: z.number().nonnegative(),
  models: z.array(z.string()),
  errorCode: z.string().nullable(),
  /** What lies under the code, stable and without content: `ENOTFOUND`, `CERT_HAS_EXPIRED`, `status 403`. */
  cause: z.string().nullable(),
  /** The input to look at; null when none of them is at fault. */
  field: z.enum(['baseUrl', 'proxyUrl', 'secret']).nullable(),
  message: z.string(),
  /** What to do next; null when all is well. */
  next: z.string().nullable(),
})
export type UpstreamTest = z.infer<typeof upstreamTest>

/** A check of a saved upstream as it would be after an edit; without a new secret the stored one is used. */
export const upstreamProbeEdit = z.object({
  id: z.string(),
  patch: upstreamPatch.default({}),
  secret: upstreamSecret.optional(),
})

/** What deleting an upstream would leave behind. */
export const upstreamDeletePreview = z.object({
  /** Every Pool it is in. `isLeftDry`: no enabled upstream would be left. */
  pools: z.array(
    z.object({ id: z.string(), name: z.string(), status: z.string(), isLeftDry: z.boolean(), keys: z.number() }),
  ),
  /** Keys that allow this upstream and no other; they will be refused. At most 20, and how many there are. */
  onlyKeys: z.array(z.object({ id: z.string(), name: z.string(), prefix: z.string(), poolId: z.string() })),
  onlyKeyCount: z.number(),
  requestsInFlight: z.number(),
  hasSecret: z.boolean(),
})
export type UpstreamDeletePreview = z.infer<typeof upstreamDeletePreview>

/** One change of state; `until` where it ends by itself. */
export const healthEntry = z.object({
  at: timestamp,
  state: upstreamHealth.shape.state,
  reason: z.string().nullable(),
  until: timestamp.nullable(),
})
export type HealthEntry = z.infer<typeof healthEntry>

export const upstreamHealthHistory = z.object({
  current: upstreamHealth,
  /** Newest first; the state of now is the first. */
  history: z.array(healthEntry),
  /** The history begins here: with the start of Weir, or where older entries were let go. */
  since: timestamp,
})
export type UpstreamHealthHistory = z.infer<typeof upstreamHealthHistory>

/** May a request of this Pool be sent to this upstream now, and why not. */
export const upstreamReadiness = z.object({
  poolId: z.string(),
  poolName: z.string(),
  priority: z.number(),
  weight: z.number(),
  isReady: z.boolean(),
  /** Null while ready. */
  reason: z.enum([...exclusionReason.options, 'pool_disabled', 'pool_archived', 'models_not_allowed']).nullable(),
  /** Where the reason ends by itself. */
  until: timestamp.nullable(),
  /** Failed a moment ago: used only when no other is left. */
  isResting: z.boolean(),
})
export type UpstreamReadiness = z.infer<typeof upstreamReadiness>

/** The same from the Pool's side: one row per upstream that is assigned to it. */
export const poolReadiness = upstreamReadiness.omit({ poolId: true, poolName: true }).extend({ upstreamId: z.string() })
export type PoolReadiness = z.infer<typeof poolReadiness>

/** The Pools that an upstream is in, as a whole: those left out lose it. */
export const upstreamMembership = assignment.omit({ upstreamId: true }).extend({ poolId: z.string() })
export type UpstreamMembership = z.infer<typeof upstreamMembership>
