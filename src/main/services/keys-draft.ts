/** What an operator writes about a key, made into the row it becomes. No I/O. */
import { isDeepStrictEqual } from 'node:util'
import type { KeyDraft, KeyPatch } from '../../shared/models/key.ts'
import type { LimitOverride } from '../../shared/models/limit.ts'
import type { StoredKey } from '../db/api-key-store.ts'
import { invalidField, newRecordId } from './record-id.ts'

export interface KeyCopy {
  readonly id: string
  readonly name: string
  /** Left out: when the original does. */
  readonly expiresAt?: number | null | undefined
}

/** What a copy takes over. An expiry that is past would make a key that opens nothing, and none would open too much. */
export function copiedDraft(source: StoredKey, { name, expiresAt }: KeyCopy, now: number): KeyDraft {
  const { poolId, owner, notes, metadata, modelPolicy, enforced, allowedUpstreams, ipAllowlist } = source
  const { limits, unpriced, alertThresholds, canMakeTokens } = source
  if (expiresAt === undefined && source.expiresAt !== null && source.expiresAt <= now) {
    throw invalidField('expiresAt', 'the original has expired; say when the copy expires, or null for never')
  }
  // Without their ids: the copy counts for itself.
  const limitOverrides = source.limitOverrides.map((row) => ({ model: row.model, limits: row.limits }))
  const fields = { poolId, owner, notes, metadata, modelPolicy, enforced, allowedUpstreams, ipAllowlist }
  return {
    ...fields,
    limits,
    limitOverrides,
    unpriced,
    alertThresholds,
    canMakeTokens,
    name,
    expiresAt: expiresAt === undefined ? source.expiresAt : expiresAt,
  }
}

/**
 * New rows get an id, the others must be rows that the key has: what an id counted stays with it. A row without an id that
 * says the same as one of the key is that one.
 */
function identified(rows: readonly LimitOverride[], known: readonly LimitOverride[]): LimitOverride[] {
  const named = new Set(rows.map(({ id }) => id))
  const left = new Set(known.map(({ id }) => id))
  const same = (row: LimitOverride) =>
    known.find(
      ({ id, model, limits }) => !named.has(id) && model === row.model && isDeepStrictEqual(limits, row.limits),
    )
  return rows.map((row) => {
    if (row.id === undefined) return { ...row, id: same(row)?.id ?? newRecordId('lim') }
    if (left.delete(row.id)) return row
    throw invalidField('limitOverrides', `the row for ${row.model} has an id that is not of this key; leave it out`)
  })
}

export function newKey(draft: KeyDraft, made: { publicId: string; hash: Buffer }, at: number): StoredKey {
  const { enforced, ...fields } = draft
  return {
    ...fields,
    id: newRecordId('key'),
    publicId: made.publicId,
    secretHash: made.hash,
    status: 'active',
    enforced: {
      model: enforced.model ?? null,
      effort: enforced.effort ?? null,
      serviceTier: enforced.serviceTier ?? null,
    },
    limitOverrides: identified(draft.limitOverrides, []),
    raises: [],
    resets: [],
    createdAt: at,
    updatedAt: at,
    rotatedAt: null,
    lastUsedAt: null,
    previousHash: null,
    previousUntil: null,
    previousUsedAt: null,
  }
}

export function patched(key: StoredKey, patch: KeyPatch, at: number): StoredKey {
  const { enforced } = patch
  return {
    ...key,
    name: patch.name ?? key.name,
    owner: patch.owner === undefined ? key.owner : patch.owner,
    notes: patch.notes ?? key.notes,
    metadata: patch.metadata ?? key.metadata,
    modelPolicy: patch.modelPolicy ?? key.modelPolicy,
    enforced: {
      model: enforced?.model === undefined ? key.enforced.model : enforced.model,
      effort: enforced?.effort === undefined ? key.enforced.effort : enforced.effort,
      serviceTier: enforced?.serviceTier === undefined ? key.enforced.serviceTier : enforced.serviceTier,
    },
    allowedUpstreams: patch.allowedUpstreams === undefined ? key.allowedUpstreams : patch.allowedUpstreams,
    ipAllowlist: patch.ipAllowlist ?? key.ipAllowlist,
    limits: patch.limits ?? key.limits,
    limitOverrides:
      patch.limitOverrides === undefined ? key.limitOverrides : identified(patch.limitOverrides, key.limitOverrides),
    unpriced: patch.unpriced ?? key.unpriced,
    alertThresholds: patch.alertThresholds ?? key.alertThresholds,
    canMakeTokens: patch.canMakeTokens ?? key.canMakeTokens,
    expiresAt: patch.expiresAt === undefined ? key.expiresAt : patch.expiresAt,
    updatedAt: at,
  }
}
