/**
 * Deletes a key and all the log holds of it. The key is revoked first and its row goes last: whatever stops the work in
 * between leaves a key that opens nothing and can be deleted again, never an active one nor a history without a key.
 */
import type { Actor } from '../../shared/models/audit.ts'
import { deleteKey, findKey, updateKey, type StoredKey } from '../db/api-key-store.ts'
import type { Db } from '../db/database.ts'
import { deleteSomeRequests, deleteSomeUsage, deleteSomeUsageDays } from '../db/key-history.ts'
import type { WritableDirectory } from '../gateway/directory.ts'
import { poolKeyPrefix } from '../gateway/pool-key.ts'
import type { Changes, Commit } from './change.ts'
import type { EventHub } from './events.ts'
import { AUDITED_KEY_FIELDS, auditedKey, keyTarget, toKeyRecord } from './key-record.ts'
import { found, invalidField } from './record-id.ts'
import { differenceOf, factsOf } from './sanitise.ts'
import { nextTurn } from './turn.ts'

export interface KeyDeletionDeps {
  readonly db: Db
  readonly directory: WritableDirectory
  readonly changes: Changes
  readonly events: EventHub
  readonly now: () => number
  /** Commits what the journal still holds. */
  readonly flushJournal: () => void
}

export interface KeyDeletion {
  readonly actor: Actor
  readonly id: string
  readonly prefix: string
}

function revoke(deps: KeyDeletionDeps, key: StoredKey, commit: Commit): void {
  if (key.status === 'revoked') return
  const revoked: StoredKey = { ...key, status: 'revoked', updatedAt: deps.now() }
  commit((tx) => {
    updateKey(tx, revoked)
    return { value: null, target: keyTarget(key), ...differenceOf(key, revoked, ['status']) }
  })
  deps.directory.putKey(toKeyRecord(revoked))
  deps.events.emit({ type: 'key.changed', id: key.id })
}

async function deleteHistory(deps: KeyDeletionDeps, keyId: string): Promise<number> {
  let requests = 0
  for (;;) {
    const deleted = deleteSomeRequests(deps.db, keyId)
    requests += deleted
    if (deleted === 0) break
    await nextTurn()
  }
  for (let row: number | null = 0; row !== null;) {
    row = deleteSomeUsage(deps.db, keyId, row)
    await nextTurn()
  }
  while (deleteSomeUsageDays(deps.db, keyId) > 0) await nextTurn()
  return requests
}

export async function deleteKeyWithHistory(
  deps: KeyDeletionDeps,
  deletion: KeyDeletion,
): Promise<{ deletedRequests: number }> {
  const { db, directory, changes, events } = deps
  const { actor, id, prefix } = deletion
  const stored = findKey(db, id)
  const target = { kind: 'key', id, name: stored?.name ?? null, poolId: stored?.poolId ?? null } as const
  const key = changes.run({ actor, action: 'key.delete', target }, () => {
    const key = found(stored, 'key')
    const expected = poolKeyPrefix(key.publicId)
    if (prefix !== expected) throw invalidField('prefix', `type ${expected} to delete this key with its request log`)
    return key
  })
  changes.run({ actor, action: 'key.revoke', target }, (commit) => revoke(deps, key, commit))
  const deletedRequests = await changes.runAsync({ actor, action: 'key.delete', target }, async (commit) => {
    deps.flushJournal()
    const requests = await deleteHistory(deps, id)
    commit((tx) => {
      // Somebody else may have deleted it meanwhile; only one of the two may say that he did.
      found(findKey(tx, id), 'key')
      deleteKey(tx, id)
      const before = { ...factsOf(auditedKey(key), AUDITED_KEY_FIELDS), requests }
      return { value: null, target: keyTarget(key), before }
    })
    return requests
  })
  directory.removeKey(key.publicId)
  events.emit({ type: 'key.changed', id })
  return { deletedRequests }
}
