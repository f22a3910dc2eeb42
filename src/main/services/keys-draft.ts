/** What an operator writes about a key, made into the row it becomes. No I/O. */
import type { KeyDraft, KeyPatch } from '../../shared/models/key.ts'
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
  if (expiresAt === undefined && source.expiresAt !== null && source.expiresAt <= now) {
    throw invalidField('expiresAt', 'the original has expired; say when the copy expires, or null for never')
  }
  const fields = { poolId, owner, notes, metadata, modelPolicy, enforced, allowedUpstreams, ipAllowlist }
  return { ...fields, name, expiresAt: expiresAt === undefined ? source.expiresAt : expiresAt }
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
    createdAt: at,
    updatedAt: at,
    rotatedAt: null,
    lastUsedAt: null,
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
    expiresAt: patch.expiresAt === undefined ? key.expiresAt : patch.expiresAt,
    updatedAt: at,
  }
}
