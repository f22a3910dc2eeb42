/**
 * Use-cases of Pool API keys. A secret leaves here twice in its life, when the key is made and when it is rotated, and
 * is stored nowhere. Rotation keeps the public id: the prefix an operator knows goes on naming the same key.
 */
import { AppError } from '../../shared/errors.ts'
import type { Actor } from '../../shared/models/audit.ts'
import type {
  KeyBulkAction,
  KeyBulkResult,
  KeyDraft,
  KeyFilter,
  KeyPatch,
  KeyWithSecret,
  PoolKey,
  StoredKeyStatus,
} from '../../shared/models/key.ts'
import { findKey, insertKey, listKeysAfter, updateKey, type StoredKey } from '../db/api-key-store.ts'
import type { Tx } from '../db/database.ts'
import { findPool } from '../db/pool-store.ts'
import type { Ledger } from '../gateway/limits/ledger.ts'
import { createPoolKey } from '../gateway/pool-key.ts'
import type { Intent } from './change.ts'
import { withLiveAdjustments } from './key-adjust.ts'
import { copiedDraft, newKey, patched, type KeyCopy } from './keys-draft.ts'
import { moveKeys, STATUS_AFTER } from './key-bulk.ts'
import { deleteKeyWithHistory, type KeyDeletionDeps } from './key-deletion.ts'
import { AUDITED_KEY_FIELDS, auditedKey, keyTarget, toKeyRecord, toPoolKey } from './key-record.ts'
import { previousOf, rotated, withoutPrevious } from './key-rotation.ts'
import { found, invalidField, shownIds } from './record-id.ts'
import { differenceOf, factsOf } from './sanitise.ts'
import { nextTurn } from './turn.ts'

export interface KeyService {
  list(filter?: KeyFilter): Promise<PoolKey[]>
  get(id: string): PoolKey
  create(actor: Actor, draft: KeyDraft): KeyWithSecret
  /** A new key with a new secret and everything else of another one, revoked or not. It begins active. */
  duplicate(actor: Actor, copy: KeyCopy): KeyWithSecret
  update(actor: Actor, id: string, patch: KeyPatch): PoolKey
  /** The old secret opens for `graceMs` more. The one before it opens no more, whatever grace it had left. */
  rotate(actor: Actor, id: string, graceMs?: number): KeyWithSecret
  /** The old secret opens no more. Where none does, nothing changes. */
  endGrace(actor: Actor, id: string): PoolKey
  pause(actor: Actor, id: string): PoolKey
  resume(actor: Actor, id: string): PoolKey
  revoke(actor: Actor, id: string): PoolKey
  bulk(actor: Actor, ids: readonly string[], action: KeyBulkAction): Promise<KeyBulkResult>
  /** Deletes the key with its requests and usage. `prefix` guards against the wrong row. */
  delete(actor: Actor, id: string, prefix: string): Promise<{ deletedRequests: number }>
}

/** Keys read in one turn: some 3 ms. */
const KEYS_PER_TURN = 250
const VERBS = { active: 'resume', paused: 'pause', revoked: 'revoke' } as const

function intentFor(actor: Actor, action: string, id: string, key: StoredKey | undefined): Intent {
  return { actor, action, target: { kind: 'key', id, name: key?.name ?? null, poolId: key?.poolId ?? null } }
}

function refuseRevoked(key: StoredKey, action: string): void {
  if (key.status !== 'revoked') return
  throw new AppError(
    'state_conflict',
    `The key “${key.name}” is revoked, which is final; it cannot be ${action}. Create a new key.`,
  )
}

/** `kept` are ids the key has already: an upstream that left the Pool since must not block other edits. */
function checkUpstreams(tx: Tx, poolId: string, ids: readonly string[] | null, kept: readonly string[] = []): void {
  if (ids === null) return
  if (new Set(ids).size < ids.length) throw invalidField('allowedUpstreams', 'an upstream is listed twice')
  const allowed = new Set([...kept, ...(findPool(tx, poolId)?.assignments.map((member) => member.upstreamId) ?? [])])
  const unknown = ids.filter((id) => !allowed.has(id))
  if (unknown.length > 0) throw invalidField('allowedUpstreams', `not assigned to the Pool: ${shownIds(unknown)}`)
}

/** Compiles what the request path will compile, so that a rule it cannot use is refused here. */
function checkIpRules(key: StoredKey): void {
  try {
    toKeyRecord(key)
  } catch (error) {
    if (error instanceof RangeError) throw invalidField('ipAllowlist', error.message)
    throw error
  }
}

export interface KeyServiceDeps extends KeyDeletionDeps {
  readonly ledger: Pick<Ledger, 'periodOf' | 'forgetRule'>
}

export function createKeyService(deps: KeyServiceDeps): KeyService {
  const { db, directory, ledger, changes, events, now } = deps

  function publish(key: StoredKey): PoolKey {
    directory.putKey(toKeyRecord(key))
    events.emit({ type: 'key.changed', id: key.id })
    return toPoolKey(key, now())
  }

  function create(actor: Actor, draft: KeyDraft, kept: readonly string[] = []): KeyWithSecret {
    const made = createPoolKey()
    const key = newKey(draft, made, now())
    const intent = { actor, action: 'key.create', target: { ...keyTarget(key), id: null } }
    changes.run(intent, (commit) => {
      const pool = found(findPool(db, draft.poolId), 'pool')
      if (pool.status === 'archived') {
        throw new AppError('state_conflict', `The Pool “${pool.name}” is archived. Restore it, then create its keys.`)
      }
      if (key.expiresAt !== null && key.expiresAt <= now()) throw invalidField('expiresAt', 'is in the past')
      checkIpRules(key)
      commit((tx) => {
        checkUpstreams(tx, key.poolId, key.allowedUpstreams, kept)
        insertKey(tx, key)
        const after = { ...factsOf(auditedKey(key), AUDITED_KEY_FIELDS), poolId: key.poolId }
        return { value: null, target: keyTarget(key), after }
      })
    })
    return { key: publish(key), secret: made.secret }
  }

  function duplicate(actor: Actor, copy: KeyCopy): KeyWithSecret {
    const source = found(findKey(db, copy.id), 'key')
    return create(actor, copiedDraft(source, copy, now()), source.allowedUpstreams ?? [])
  }

  function update(actor: Actor, id: string, patch: KeyPatch): PoolKey {
    const stored = findKey(db, id)
    return changes.run(intentFor(actor, 'key.update', id, stored), (commit) => {
      const before = found(stored, 'key')
      refuseRevoked(before, 'edited')
      const after = withLiveAdjustments(patched(before, patch, now()), ledger, now())
      const difference = differenceOf(auditedKey(before), auditedKey(after), AUDITED_KEY_FIELDS)
      if (difference === null) return toPoolKey(before, now())
      checkIpRules(after)
      commit((tx) => {
        checkUpstreams(tx, after.poolId, after.allowedUpstreams, before.allowedUpstreams ?? [])
        updateKey(tx, after)
        return { value: null, target: keyTarget(after), ...difference }
      })
      const published = publish(after)
      forgetOverrides(before, after)
      return published
    })
  }

  /** What they counted is of nobody's interest: an override that comes back is another one. */
  function forgetOverrides(before: StoredKey, after: StoredKey): void {
    const kept = new Set(after.limitOverrides.map(({ id }) => id))
    for (const { id } of before.limitOverrides) if (id !== undefined && !kept.has(id)) ledger.forgetRule(before.id, id)
  }

  function rotate(actor: Actor, id: string, graceMs = 0): KeyWithSecret {
    const stored = findKey(db, id)
    return changes.run(intentFor(actor, 'key.rotate', id, stored), (commit) => {
      const before = found(stored, 'key')
      refuseRevoked(before, 'rotated')
      const made = createPoolKey(before.publicId)
      const after = rotated(before, { hash: made.hash, at: now(), graceMs })
      commit((tx) => {
        updateKey(tx, after)
        return { value: null, target: keyTarget(after), ...differenceOf(before, after, ['rotatedAt', 'previousUntil']) }
      })
      return { key: publish(after), secret: made.secret }
    })
  }

  function endGrace(actor: Actor, id: string): PoolKey {
    const stored = findKey(db, id)
    return changes.run(intentFor(actor, 'key.endGrace', id, stored), (commit) => {
      const before = found(stored, 'key')
      if (previousOf(before, now()) === null) return toPoolKey(before, now())
      const after = withoutPrevious(before, now())
      commit((tx) => {
        updateKey(tx, after)
        const difference = differenceOf(before, after, ['previousUntil', 'previousUsedAt'])
        return { value: null, target: keyTarget(after), ...difference }
      })
      return publish(after)
    })
  }

  /** Asking for the state a key is already in succeeds and changes nothing, so that a script can be run again. */
  function move(actor: Actor, id: string, status: StoredKeyStatus): PoolKey {
    const stored = findKey(db, id)
    return changes.run(intentFor(actor, `key.${VERBS[status]}`, id, stored), (commit) => {
      const before = found(stored, 'key')
      if (before.status === status) return toPoolKey(before, now())
      refuseRevoked(before, status === 'paused' ? 'paused' : 'resumed')
      const after: StoredKey = { ...before, status, updatedAt: now() }
      commit((tx) => {
        updateKey(tx, after)
        return { value: null, target: keyTarget(after), ...differenceOf(before, after, ['status']) }
      })
      return publish(after)
    })
  }

  async function list(filter: KeyFilter = {}): Promise<PoolKey[]> {
    const keys: PoolKey[] = []
    for (let after = ''; ; await nextTurn()) {
      const slice = listKeysAfter(db, after, KEYS_PER_TURN, filter)
      for (const key of slice) keys.push(toPoolKey(key, now()))
      if (slice.length < KEYS_PER_TURN) break
      after = slice.at(-1)?.id ?? after
    }
    return keys.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
  }

  return {
    list,
    get: (id) => toPoolKey(found(findKey(db, id), 'key'), now()),
    create: (actor, draft) => create(actor, draft),
    duplicate,
    update,
    rotate,
    endGrace,
    pause: (actor, id) => move(actor, id, 'paused'),
    resume: (actor, id) => move(actor, id, 'active'),
    revoke: (actor, id) => move(actor, id, 'revoked'),
    bulk: async (actor, ids, action) =>
      moveKeys(ids, action, {
        find: (id) => findKey(db, id),
        move: (id) => move(actor, id, STATUS_AFTER[action]),
      }),
    delete: async (actor, id, prefix) => deleteKeyWithHistory(deps, { actor, id, prefix }),
  }
}
