import { z } from 'zod'
import { displayName, modelId, notes, timestamp } from './common.ts'
import {
  alertThresholds,
  budgetRaise,
  defaultAlertThresholds,
  limitField,
  limitOverrides,
  limitReset,
  limits,
  unpricedPolicy,
} from './limit.ts'

/** `revoked` is terminal. `expired` is derived from `expiresAt` and never stored. */
export const storedKeyStatus = z.enum(['active', 'paused', 'revoked'])
export type StoredKeyStatus = z.infer<typeof storedKeyStatus>
export const keyStatus = z.enum(['active', 'paused', 'revoked', 'expired'])
export type KeyStatus = z.infer<typeof keyStatus>

/** `selected` compares ids exactly; they may come from the catalog or be typed by hand. */
export const modelPolicy = z.discriminatedUnion('mode', [
  z.object({ mode: z.literal('all') }),
  z.object({ mode: z.literal('selected'), models: z.array(modelId).min(1).max(500) }),
  z.object({ mode: z.literal('none') }),
])
export type ModelPolicy = z.infer<typeof modelPolicy>

export const reasoningEffort = z.enum(['minimal', 'low', 'medium', 'high', 'xhigh', 'max', 'ultra'])
export type ReasoningEffort = z.infer<typeof reasoningEffort>

/** Request fields this key always sends, whatever the client asked for. Null passes the client's value through. */
export const enforcedFields = z.object({
  model: modelId.nullable(),
  effort: reasoningEffort.nullable(),
  serviceTier: z
    .string()
    .trim()
    .min(1)
    .max(40)
    .regex(/^[a-z0-9_-]+$/)
    .nullable(),
})
export type EnforcedFields = z.infer<typeof enforcedFields>

/** The longest that an old secret may go on opening after a rotation: 7 days. */
export const MAX_GRACE_MS = 604_800_000

/** The secret before the last rotation, while it still opens. */
export const previousSecret = z.object({
  /** It opens up to this moment, and from it on no more. */
  until: timestamp,
  /** By a request since the rotation; null for none yet. */
  usedAt: timestamp.nullable(),
})
export type PreviousSecret = z.infer<typeof previousSecret>

/** An IPv4 or IPv6 address, or a network in CIDR form. */
export const ipRule = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])

/** Free tags of the operator, at most 4 KB as JSON. Not a place for secrets: they appear in logs and exports. */
export const keyMetadata = z
  .record(z.string().min(1).max(60), z.json())
  .refine((value) => JSON.stringify(value).length <= 4_096, 'must be at most 4,096 characters as JSON')

/** Who uses the key: a person, a machine, a team. Free text, to group and filter by. */
export const keyOwner = z.string().trim().min(1).max(120)

const policyFields = {
  modelPolicy,
  enforced: enforcedFields,
  /** Null allows every upstream of the Pool. */
  allowedUpstreams: z.array(z.string()).min(1).max(200).nullable(),
  /** Empty allows every address. */
  ipAllowlist: z.array(ipRule).max(200),
  limits,
  limitOverrides,
  unpriced: unpricedPolicy,
  /** Percent; each tells once per budget and period. */
  alertThresholds,
  /** Whether the key itself may make ephemeral tokens through the gateway. The operator always may. */
  canMakeTokens: z.boolean(),
  expiresAt: timestamp.nullable(),
}

export const poolKey = z.object({
  id: z.string(),
  poolId: z.string(),
  name: displayName,
  owner: keyOwner.nullable(),
  /** `sk-weir-` and the public id: enough to recognise a key, useless as a credential. */
  prefix: z.string(),
  status: keyStatus,
  notes,
  metadata: keyMetadata,
  ...policyFields,
  raises: z.array(budgetRaise),
  resets: z.array(limitReset),
  createdAt: timestamp,
  updatedAt: timestamp,
  rotatedAt: timestamp.nullable(),
  /** Null where the present secret is the only one that opens. */
  previous: previousSecret.nullable(),
  lastUsedAt: timestamp.nullable(),
})
export type PoolKey = z.infer<typeof poolKey>

export const keyDraft = z.object({
  poolId: z.string(),
  name: displayName,
  owner: keyOwner.nullable().default(null),
  notes: notes.default(''),
  metadata: keyMetadata.default({}),
  modelPolicy: modelPolicy.default({ mode: 'all' }),
  enforced: enforcedFields.partial().default({}),
  allowedUpstreams: policyFields.allowedUpstreams.default(null),
  ipAllowlist: policyFields.ipAllowlist.default([]),
  limits: limits.prefault({}),
  limitOverrides: limitOverrides.default([]),
  unpriced: unpricedPolicy.default('refuse'),
  alertThresholds: alertThresholds.default([...defaultAlertThresholds]),
  canMakeTokens: z.boolean().default(false),
  expiresAt: policyFields.expiresAt.default(null),
})
export type KeyDraft = z.infer<typeof keyDraft>

/** Fields left out stay as they are; null clears. The owning Pool cannot change. */
export const keyPatch = z.object({
  name: displayName.optional(),
  owner: keyOwner.nullable().optional(),
  notes: notes.optional(),
  metadata: keyMetadata.optional(),
  modelPolicy: modelPolicy.optional(),
  enforced: enforcedFields.partial().optional(),
  allowedUpstreams: policyFields.allowedUpstreams.optional(),
  ipAllowlist: policyFields.ipAllowlist.optional(),
  /** All of them: a field that is left out has no cap then. */
  limits: limits.optional(),
  limitOverrides: limitOverrides.optional(),
  unpriced: unpricedPolicy.optional(),
  alertThresholds: alertThresholds.optional(),
  canMakeTokens: z.boolean().optional(),
  expiresAt: policyFields.expiresAt.optional(),
})
export type KeyPatch = z.infer<typeof keyPatch>

export const keyRotate = z.object({
  id: z.string(),
  /** How long the old secret goes on opening; 0 refuses it at once. Ends the grace of an earlier rotation in any case. */
  graceMs: z.number().int().min(0).max(MAX_GRACE_MS).default(0),
})

/** The moments at which a key's secret is known: create, duplicate and rotate. */
export const keyWithSecret = z.object({ key: poolKey, secret: z.string() })
export type KeyWithSecret = z.infer<typeof keyWithSecret>

export const keyFilter = z.object({ poolId: z.string().optional(), owner: keyOwner.optional() })
export type KeyFilter = z.infer<typeof keyFilter>

/** A new key with a new secret and the policy of another one. */
export const keyDuplicate = z.object({
  id: z.string(),
  name: displayName,
  /** Left out, the copy expires when the original does; must be given when that is past. */
  expiresAt: timestamp.nullable().optional(),
})

export const keyBulkAction = z.enum(['pause', 'resume', 'revoke'])
export type KeyBulkAction = z.infer<typeof keyBulkAction>

export const keyBulk = z.object({ ids: z.array(z.string()).min(1).max(500), action: keyBulkAction })

/** Each key for itself: one that cannot be changed does not keep the others from it. */
export const keyBulkResult = z.object({
  results: z.array(
    z.object({
      id: z.string(),
      name: z.string().nullable(),
      /** `unchanged`: it was in that state already. */
      outcome: z.enum(['changed', 'unchanged', 'failed']),
      error: z.object({ code: z.string(), message: z.string() }).nullable(),
    }),
  ),
  /** The call that takes back what was changed; null where nothing was, and after a revocation, which is final. */
  undo: keyBulk.nullable(),
})
export type KeyBulkResult = z.infer<typeof keyBulkResult>

export const keyDeletePreview = z.object({
  name: z.string(),
  /** What must be typed. */
  prefix: z.string(),
  status: keyStatus,
  lastUsedAt: timestamp.nullable(),
  /** Rows of the request log that go with it. */
  requests: z.number(),
})
export type KeyDeletePreview = z.infer<typeof keyDeletePreview>

/** What a key may do in the end: its own policy and its Pool's, with names instead of ids. */
export const effectivePolicy = z.object({
  models: z.object({
    /** `selected`: those in `ids` and no other; from the key, the Pool, or both. */
    mode: z.enum(['all', 'selected', 'none']),
    ids: z.array(z.string()),
    /** True where the Pool's own list takes away some that the key would have. */
    isLimitedByPool: z.boolean(),
  }),
  /** What is sent instead of the client's value; null passes that through. `sentModel` is what the alias makes of it. */
  enforced: enforcedFields.extend({ sentModel: z.string().nullable() }),
  upstreams: z.object({
    mode: z.enum(['all', 'selected']),
    /** Those that the key may use, with whether the Pool still has them and uses them. */
    list: z.array(z.object({ id: z.string(), name: z.string(), isAssigned: z.boolean(), isEnabled: z.boolean() })),
  }),
  /** Normalised: host bits cleared, double and contained rules left out. Empty allows every address. */
  ipAllowlist: z.array(z.string()),
  /** Rules that were written but change nothing, and the one that contains them. */
  ipMerged: z.array(z.object({ rule: z.string(), into: z.string() })),
  expiry: z.object({ at: timestamp.nullable(), words: z.string() }),
  /** Those that are set: `60 requests a minute`. */
  limits: z.array(z.object({ field: limitField, words: z.string() })),
  /** By model; a row without a cap of its own has no words. */
  overrides: z.array(z.object({ model: z.string(), words: z.array(z.string()) })),
  unpriced: unpricedPolicy,
  /** Percent, ascending; null where there is no budget that could reach one. */
  alertThresholds: alertThresholds.nullable(),
  canMakeTokens: z.boolean(),
  /** Sentences about a policy that lets nothing through or less than it seems. */
  warnings: z.array(z.string()),
})
export type EffectivePolicy = z.infer<typeof effectivePolicy>

/** One line of what an edit will change, in words. */
export const policyChange = z.object({ field: z.string(), label: z.string(), before: z.string(), after: z.string() })
export type PolicyChange = z.infer<typeof policyChange>

export const keyReviewInput = z.union([z.object({ draft: keyDraft }), z.object({ id: z.string(), patch: keyPatch })])
export type KeyReviewInput = z.infer<typeof keyReviewInput>

export const keyReview = z.object({
  policy: effectivePolicy,
  /** Empty for a new key, and for an edit that changes nothing. */
  changes: z.array(policyChange),
})
export type KeyReview = z.infer<typeof keyReview>

export const keyTest = z.object({
  /** Held in memory for the one request; stored and logged nowhere. */
  secret: z.string().trim().min(1).max(200),
  /** Left out, the first model that the key may use. */
  model: modelId.optional(),
})

/** How a real request through the gateway ended. Never a word of what was answered. */
export const keyTestResult = z.object({
  ok: z.boolean(),
  /** The gateway's route that was asked. */
  route: z.string(),
  status: z.number().int(),
  model: z.string().nullable(),
  latencyMs: z.number().nonnegative(),
  /** Where it stands in the request log; null for the list of models, which is not logged. */
  requestId: z.string().nullable(),
  errorCode: z.string().nullable(),
  message: z.string(),
  /** What to do next; null when all is well. */
  next: z.string().nullable(),
})
export type KeyTestResult = z.infer<typeof keyTestResult>
