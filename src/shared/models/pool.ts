import { z } from 'zod'
import { displayName, modelId, notes, timestamp } from './common.ts'

/** A Pool is the routing boundary: its assigned upstreams, its strategy, and the keys that may use it. */
export const poolStatus = z.enum(['active', 'disabled', 'archived'])
export type PoolStatus = z.infer<typeof poolStatus>

/**
 * How the upstreams that may serve a request are put in order. `priority`: lowest number first, equal ones share by weight.
 * `spread`: by weight, the same session always the same way. `round_robin`: in turn. `least_in_flight`: fewest running
 * requests for its weight. `fastest`: shortest time to the first token of late. `quota_first`: most quota left.
 * `drain_first`: the quota that is full again soonest. `cheapest`: lowest price of the model.
 */
export const poolStrategy = z.enum([
  'priority',
  'spread',
  'round_robin',
  'least_in_flight',
  'fastest',
  'quota_first',
  'drain_first',
  'cheapest',
])
export type PoolStrategy = z.infer<typeof poolStrategy>

/** An upstream's membership in a Pool. Priority 1 is tried first. Weight 0 means: only when no other is left. */
export const assignment = z.object({
  upstreamId: z.string(),
  priority: z.number().int().min(1).max(1_000),
  weight: z.number().int().min(0).max(1_000),
  enabled: z.boolean(),
})
export type Assignment = z.infer<typeof assignment>

/** What a Pool does with many requests at once, and when none of its own upstreams may serve one. */
export const poolRouting = z.object({
  /** Upstreams that one request may try; null for the setting. */
  maxAttempts: z.number().int().min(1).max(20).nullable().default(null),
  /** Requests of the Pool at the same time; null for any number. */
  maxConcurrent: z.number().int().min(1).max(10_000).nullable().default(null),
  /** How many may wait for a place, and how long. */
  queueLength: z.number().int().min(0).max(10_000).default(0),
  queueWaitMs: z.number().int().min(0).max(600_000).default(10_000),
  /** Its upstreams come behind all of this Pool's. One step: its own fallback is not asked. */
  fallbackPoolId: z.string().nullable().default(null),
  /** Keeps a session at its upstream as long as that may serve it and stands as well as the first. Not asked by `spread`. */
  sticky: z.boolean().default(true),
})
export type PoolRouting = z.infer<typeof poolRouting>
/** Nothing but the settings. */
export const usualRouting: Readonly<PoolRouting> = poolRouting.parse({})

/**
 * A name of the operator's for a model: who asks `alias` is served `model`. Resolved once, so an alias never leads to
 * another one. An alias that is spelled like a real id stands in its place.
 */
export const modelAlias = z.object({
  alias: modelId,
  model: modelId,
  /** What single upstreams call it, where they call it something else. */
  upstreams: z
    .array(z.object({ upstreamId: z.string(), model: modelId }))
    .max(50)
    .refine((list) => new Set(list.map((row) => row.upstreamId)).size === list.length, 'an upstream is given twice')
    .optional(),
})
export type ModelAlias = z.infer<typeof modelAlias>

export const modelAliases = z
  .array(modelAlias)
  .max(200)
  .refine((list) => new Set(list.map((row) => row.alias)).size === list.length, 'an alias is given twice')
  .refine((list) => list.every((row) => row.alias !== row.model), 'an alias leads to itself')

/** Null lets every model pass. An id in the list allows what is asked by it and what is sent as it. */
export const allowedModels = z.array(modelId).min(1).max(500).nullable()

/** Not offered in lists of models; who asks for one by name is served all the same. */
export const hiddenModels = z.array(modelId).max(500)

/**
 * How Codex's own models are asked. `lite`: tools and instructions travel as items of the input. `full`: the public form.
 * `auto`, which is what is not named here: as the provider's own list says.
 */
export const servingMode = z.enum(['auto', 'lite', 'full'])
export type ServingMode = z.infer<typeof servingMode>
const modelMode = z.object({ model: modelId, mode: servingMode })
export type ModelMode = z.infer<typeof modelMode>
export const servingModes = z
  .array(modelMode)
  .max(200)
  .refine((list) => new Set(list.map((row) => row.model)).size === list.length, 'a model is given twice')

export const pool = z.object({
  id: z.string(),
  name: displayName,
  status: poolStatus,
  strategy: poolStrategy,
  routing: poolRouting,
  notes,
  assignments: z.array(assignment),
  aliases: modelAliases,
  allowedModels,
  hiddenModels,
  servingModes,
  createdAt: timestamp,
  updatedAt: timestamp,
})
export type Pool = z.infer<typeof pool>

export const poolDraft = z.object({
  name: displayName,
  strategy: poolStrategy.default('priority'),
  routing: poolRouting.prefault({}),
  notes: notes.default(''),
  assignments: z
    .array(
      assignment.extend({
        priority: assignment.shape.priority.default(1),
        weight: assignment.shape.weight.default(1),
        enabled: z.boolean().default(true),
      }),
    )
    .max(200)
    .default([]),
  aliases: modelAliases.default([]),
  allowedModels: allowedModels.default(null),
  hiddenModels: hiddenModels.default([]),
  servingModes: servingModes.default([]),
})
export type PoolDraft = z.infer<typeof poolDraft>

/** Fields left out stay as they are. `assignments` and `aliases` replace the whole list. */
export const poolPatch = z.object({
  name: displayName.optional(),
  status: poolStatus.optional(),
  strategy: poolStrategy.optional(),
  /** All of it. */
  routing: poolRouting.optional(),
  notes: notes.optional(),
  assignments: z.array(assignment).max(200).optional(),
  aliases: modelAliases.optional(),
  allowedModels: allowedModels.optional(),
  hiddenModels: hiddenModels.optional(),
  servingModes: servingModes.optional(),
})
export type PoolPatch = z.infer<typeof poolPatch>

/** What a card shows of a Pool besides its record: how many of its upstreams could be used now, how many keys it has. */
export const poolSummary = z.object({
  id: z.string(),
  upstreams: z.object({ total: z.number(), enabled: z.number(), ready: z.number() }),
  /** `usable`: active and not expired. */
  keys: z.object({ total: z.number(), usable: z.number() }),
})
export type PoolSummary = z.infer<typeof poolSummary>

/** A key as a list of affected clients names it. */
const namedKey = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string(),
  lastUsedAt: timestamp.nullable(),
})

/** What deleting a Pool would take with it, and what stays. */
export const poolDeletePreview = z.object({
  /** Null when it can be deleted now, else what must be done before. */
  blockedBy: z.string().nullable(),
  /** Keys that are deleted with the Pool. */
  keys: z.number(),
  /** Those of them that were used in the last seven days, latest first: the clients that will notice. At most 20. */
  usedKeys: z.array(namedKey),
  usedKeyCount: z.number(),
  /** Rows of the request log that stay, with the Pool's id in them. */
  requestsKept: z.number(),
  /** Upstreams that lose this Pool; they themselves stay. */
  upstreams: z.number(),
})
export type PoolDeletePreview = z.infer<typeof poolDeletePreview>
