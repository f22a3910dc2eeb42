/** What a rotation makes of a key, and what is left of the secret before it. No I/O. */
import type { PreviousSecret } from '../../shared/models/key.ts'
import type { StoredKey } from '../db/api-key-store.ts'

/** No secret but the present one opens. */
const noPrevious = { previousHash: null, previousUntil: null, previousUsedAt: null } as const

/** Null where the old secret opens no more: its time is over, or the key opens nothing at all for good. */
export function previousOf(key: StoredKey, now: number): PreviousSecret | null {
  const { previousHash, previousUntil: until, previousUsedAt: usedAt, status } = key
  if (previousHash === null || until === null || until <= now || status === 'revoked') return null
  return { until, usedAt }
}

export interface Rotation {
  /** SHA-256 of the new secret. */
  readonly hash: Buffer
  /** Epoch ms. */
  readonly at: number
  /** How long the secret of before goes on opening; 0 for not at all. */
  readonly graceMs: number
}

/** The secret before the one of before opens no more, whatever grace it had left. */
export function rotated(key: StoredKey, { hash, at, graceMs }: Rotation): StoredKey {
  const previous =
    graceMs === 0 ? noPrevious : { previousHash: key.secretHash, previousUntil: at + graceMs, previousUsedAt: null }
  return { ...key, ...previous, secretHash: hash, rotatedAt: at, updatedAt: at }
}

export function withoutPrevious(key: StoredKey, at: number): StoredKey {
  return { ...key, ...noPrevious, updatedAt: at }
}
