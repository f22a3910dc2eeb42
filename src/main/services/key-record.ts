/** A stored key in its other forms: what the request path needs, what an operator sees, what the audit log names. */
import type { KeyStatus, PoolKey } from '../../shared/models/key.ts'
import type { StoredKey } from '../db/api-key-store.ts'
import { compileIpAllowlist } from '../gateway/ip-allowlist.ts'
import { poolKeyPrefix } from '../gateway/pool-key.ts'
import type { KeyRecord } from '../gateway/ports.ts'
import type { Target } from './change.ts'

export const AUDITED_KEY_FIELDS = [
  'name',
  'owner',
  'status',
  'notes',
  'metadata',
  'modelPolicy',
  'enforced',
  'allowedUpstreams',
  'ipAllowlist',
  'expiresAt',
] as const satisfies readonly (keyof StoredKey)[]

export function keyTarget(key: StoredKey): Target {
  return { kind: 'key', id: key.id, name: key.name, poolId: key.poolId }
}

export function toKeyRecord(key: StoredKey): KeyRecord {
  const { modelPolicy } = key
  return {
    id: key.id,
    publicId: key.publicId,
    prefix: poolKeyPrefix(key.publicId),
    poolId: key.poolId,
    secretHash: key.secretHash,
    status: key.status,
    expiresAt: key.expiresAt,
    modelPolicy,
    selectedModels: modelPolicy.mode === 'selected' ? new Set(modelPolicy.models) : null,
    enforced: key.enforced,
    allowedUpstreams: key.allowedUpstreams && new Set(key.allowedUpstreams),
    isIpAllowed: compileIpAllowlist(key.ipAllowlist),
  }
}

export function statusOf(key: StoredKey, now: number): KeyStatus {
  const isOver = key.expiresAt !== null && key.expiresAt <= now
  return isOver && key.status !== 'revoked' ? 'expired' : key.status
}

export function toPoolKey(key: StoredKey, now: number): PoolKey {
  const { publicId, secretHash: _, ...fields } = key
  return { ...fields, prefix: poolKeyPrefix(publicId), status: statusOf(key, now) }
}
