/**
 * A credential that a key lends for a while, `et-weir-…`: it may do what its key may and never more, what it uses counts for
 * both, and it ends with its key.
 */
import { z } from 'zod'
import { DEFAULT_TOKEN_SECONDS, MAX_TOKEN_SECONDS, MIN_TOKEN_SECONDS } from '../token-span.ts'
import { displayName, modelId, timestamp } from './common.ts'
import { ipRule, modelPolicy } from './key.ts'
import { limits } from './limit.ts'

export { DEFAULT_TOKEN_SECONDS, MAX_TOKEN_SECONDS, MIN_TOKEN_SECONDS }
/** Of one key, that have neither ended nor been revoked. */
export const MAX_LIVE_TOKENS = 1_000
/** That a key may make by itself. Tokens of a minute would else fill the table and the audit log. */
export const MAX_TOKENS_PER_HOUR = 1_000

/** Derived: nothing of it is stored but the two moments. `keyEnded`: its key is paused, revoked or expired. */
export const tokenStatus = z.enum(['active', 'expired', 'revoked', 'keyEnded'])
export type TokenStatus = z.infer<typeof tokenStatus>

/** `operator`: on the page or by the command. `key`: by the key itself, through the gateway. */
export const tokenMaker = z.enum(['operator', 'key'])

const scope = {
  /** Within what the key allows: both must let a model pass. */
  modelPolicy,
  /** Beside those of the key, which go on counting. */
  limits,
  /** Empty allows every address that the key allows. */
  ipAllowlist: z.array(ipRule).max(50),
}

export const ephemeralToken = z.object({
  id: z.string(),
  keyId: z.string(),
  /** What it is for, in the maker's words. */
  name: displayName,
  /** `et-weir-` and the public id. */
  prefix: z.string(),
  status: tokenStatus,
  madeBy: tokenMaker,
  ...scope,
  createdAt: timestamp,
  expiresAt: timestamp,
  revokedAt: timestamp.nullable(),
  lastUsedAt: timestamp.nullable(),
  /** Settled since it was made. */
  used: z.object({ requests: z.number(), tokens: z.number(), costNanos: z.number() }),
})
export type EphemeralToken = z.infer<typeof ephemeralToken>

export const tokenDraft = z.object({
  keyId: z.string(),
  name: displayName,
  ttlSeconds: z.number().int().min(MIN_TOKEN_SECONDS).max(MAX_TOKEN_SECONDS).default(DEFAULT_TOKEN_SECONDS),
  modelPolicy: modelPolicy.default({ mode: 'all' }),
  limits: limits.prefault({}),
  ipAllowlist: scope.ipAllowlist.default([]),
})
export type TokenDraft = z.infer<typeof tokenDraft>

/** The only time at which the secret is known. */
export const tokenWithSecret = z.object({ token: ephemeralToken, secret: z.string() })
export type TokenWithSecret = z.infer<typeof tokenWithSecret>

/** The body of `POST /v1/ephemeral_tokens`, by which a key makes one of itself. Everything may be left out. */
export const tokenWish = z.strictObject({
  name: displayName.default('Made by its key'),
  ttl_seconds: tokenDraft.shape.ttlSeconds,
  /** Left out: all that the key may. */
  models: z.array(modelId).min(1).max(500).optional(),
  /** Named as `GET /v1/usage` and refusals name them; budgets in nano-dollars. */
  limits: limits.strict().prefault({}),
  ip_allowlist: tokenDraft.shape.ipAllowlist,
})
export type TokenWish = z.infer<typeof tokenWish>
