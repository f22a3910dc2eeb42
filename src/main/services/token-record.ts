/** A stored ephemeral token in its other forms: what the request path needs, what an operator sees, what is audited. */
import { setCaps } from '../../shared/models/limit.ts'
import type { EphemeralToken, TokenStatus } from '../../shared/models/ephemeral-token.ts'
import type { StoredKey } from '../db/api-key-store.ts'
import type { StoredToken, TokenUse } from '../db/ephemeral-token-store.ts'
import { compileIpAllowlist } from '../gateway/ip-allowlist.ts'
import { compileLimits } from '../gateway/limits/rules.ts'
import { poolKeyPrefix, tokenPrefix } from '../gateway/pool-key.ts'
import type { TokenRecord } from '../gateway/ports.ts'
import type { Target } from './change.ts'
import { statusOf } from './key-record.ts'
import { factsOf, type Facts } from './sanitise.ts'

/** @throws RangeError for an IP rule that cannot be used. */
export function toTokenRecord(token: StoredToken, keyPublicId: string): TokenRecord {
  const { id, publicId, keyId, secretHash, expiresAt, revokedAt, modelPolicy } = token
  return {
    id,
    publicId,
    prefix: tokenPrefix(publicId),
    keyId,
    keyPublicId,
    secretHash,
    expiresAt,
    revokedAt,
    modelPolicy,
    selectedModels: modelPolicy.mode === 'selected' ? new Set(modelPolicy.models) : null,
    isIpAllowed: compileIpAllowlist(token.ipAllowlist),
    limits: compileLimits(token.limits, null),
  }
}

function tokenStatus({ revokedAt, expiresAt }: StoredToken, key: StoredKey, now: number): TokenStatus {
  if (revokedAt !== null) return 'revoked'
  if (expiresAt <= now) return 'expired'
  return statusOf(key, now) === 'active' ? 'active' : 'keyEnded'
}

export function toEphemeralToken(token: StoredToken, key: StoredKey, of: { now: number; used: TokenUse }) {
  const { publicId, secretHash: _, ...fields } = token
  return {
    ...fields,
    prefix: tokenPrefix(publicId),
    status: tokenStatus(token, key, of.now),
    used: of.used,
  } satisfies EphemeralToken
}

export function tokenTarget(token: StoredToken, key: StoredKey): Target {
  return { kind: 'token', id: token.id, name: token.name, poolId: key.poolId }
}

/** What of it stands in the audit log. Its key is told by prefix. */
export function tokenFacts(token: StoredToken, key: StoredKey): Facts {
  const shown = { ...token, prefix: tokenPrefix(token.publicId), limits: setCaps(token.limits) }
  const fields = ['prefix', 'modelPolicy', 'limits', 'ipAllowlist', 'expiresAt'] as const
  return { key: poolKeyPrefix(key.publicId), ...factsOf(shown, fields) }
}
