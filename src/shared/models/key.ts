import { z } from 'zod'
import { displayName, modelId, notes, timestamp } from './common.ts'

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

/** An IPv4 or IPv6 address, or a network in CIDR form. */
export const ipRule = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])

/** Free tags of the operator, at most 4 KB as JSON. Not a place for secrets: they appear in logs and exports. */
export const keyMetadata = z
  .record(z.string().min(1).max(60), z.json())
  .refine((value) => JSON.stringify(value).length <= 4_096, 'must be at most 4,096 characters as JSON')

const policyFields = {
  modelPolicy,
  enforced: enforcedFields,
  /** Null allows every upstream of the Pool. */
  allowedUpstreams: z.array(z.string()).min(1).max(200).nullable(),
  /** Empty allows every address. */
  ipAllowlist: z.array(ipRule).max(200),
  expiresAt: timestamp.nullable(),
}

export const poolKey = z.object({
  id: z.string(),
  poolId: z.string(),
  name: displayName,
  /** `sk-weir-` and the public id: enough to recognise a key, useless as a credential. */
  prefix: z.string(),
  status: keyStatus,
  notes,
  metadata: keyMetadata,
  ...policyFields,
  createdAt: timestamp,
  updatedAt: timestamp,
  rotatedAt: timestamp.nullable(),
  lastUsedAt: timestamp.nullable(),
})
export type PoolKey = z.infer<typeof poolKey>

export const keyDraft = z.object({
  poolId: z.string(),
  name: displayName,
  notes: notes.default(''),
  metadata: keyMetadata.default({}),
  modelPolicy: modelPolicy.default({ mode: 'all' }),
  enforced: enforcedFields.partial().default({}),
  allowedUpstreams: policyFields.allowedUpstreams.default(null),
  ipAllowlist: policyFields.ipAllowlist.default([]),
  expiresAt: policyFields.expiresAt.default(null),
})
export type KeyDraft = z.infer<typeof keyDraft>

/** Fields left out stay as they are; null clears. The owning Pool cannot change. */
export const keyPatch = z.object({
  name: displayName.optional(),
  notes: notes.optional(),
  metadata: keyMetadata.optional(),
  modelPolicy: modelPolicy.optional(),
  enforced: enforcedFields.partial().optional(),
  allowedUpstreams: policyFields.allowedUpstreams.optional(),
  ipAllowlist: policyFields.ipAllowlist.optional(),
  expiresAt: policyFields.expiresAt.optional(),
})
export type KeyPatch = z.infer<typeof keyPatch>

/** The one moment at which a key's secret is known: create and rotate. */
export const keyWithSecret = z.object({ key: poolKey, secret: z.string() })
export type KeyWithSecret = z.infer<typeof keyWithSecret>
