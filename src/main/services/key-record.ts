/** A stored key in its other forms: what the request path needs, what an operator sees, what the audit log names. */
import type { KeyStatus, PoolKey } from '../../shared/models/key.ts'
import { setCaps } from '../../shared/models/limit.ts'
import type { StoredKey } from '../db/api-key-store.ts'
import { compileIpAllowlist } from '../gateway/ip-allowlist.ts'
import { compileLimits } from '../gateway/limits/rules.ts'
import { poolKeyPrefix } from '../gateway/pool-key.ts'
import type { KeyRecord } from '../gateway/ports.ts'
import type { Target } from './change.ts'
import { previousOf } from './key-rotation.ts'

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
  'limits',
  'limitOverrides',
  'unpriced',
  'alertThresholds',
  'canMakeTokens',
  'expiresAt',
] as const satisfies readonly (keyof StoredKey)[]

/** For the audit log: the caps that are set, overrides by their model. An edit that comes to the same is none. */
export function auditedKey(key: StoredKey) {
  const limitOverrides = Object.fromEntries(key.limitOverrides.map(({ model, limits }) => [model, setCaps(limits)]))
  return { ...key, limits: setCaps(key.limits), limitOverrides }
}

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
    previousHash: key.previousHash,
    previousUntil: key.previousUntil,
    status: key.status,
    expiresAt: key.expiresAt,
    modelPolicy,
    selectedModels: modelPolicy.mode === 'selected' ? new Set(modelPolicy.models) : null,
    enforced: key.enforced,
    allowedUpstreams: key.allowedUpstreams && new Set(key.allowedUpstreams),
    isIpAllowed: compileIpAllowlist(key.ipAllowlist),
    limits: compileLimits(key.limits, key.limitOverrides, key),
    unpriced: key.unpriced,
    canMakeTokens: key.canMakeTokens,
  }
}

export function statusOf(key: StoredKey, now: number): KeyStatus {
  const isOver = key.expiresAt !== null && key.expiresAt <= now
  return isOver && key.status !== 'revoked' ? 'expired' : key.status
}

export function toPoolKey(key: StoredKey, now: number): PoolKey {
  const { publicId, secretHash: _, previousHash: _hash, previousUntil: _until, previousUsedAt: _used, ...fields } = key
  return {
    ...fields,
    prefix: poolKeyPrefix(publicId),
    status: statusOf(key, now),
    previous: previousOf(key, now),
  }
}
