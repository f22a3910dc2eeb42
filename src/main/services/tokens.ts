/**
 * Use-cases of ephemeral tokens: credentials that a key lends for a while. A token's secret leaves here once, when it is
 * made, and is stored nowhere. It never can do more than its key, which is why nothing here compares the two: the
 * gateway asks both.
 */
import { AppError } from '../../shared/errors.ts'
import type { Actor } from '../../shared/models/audit.ts'
import {
  MAX_LIVE_TOKENS,
  MAX_TOKENS_PER_HOUR,
  type EphemeralToken,
  type TokenDraft,
  type TokenWithSecret,
} from '../../shared/models/ephemeral-token.ts'
import { findKey, type StoredKey } from '../db/api-key-store.ts'
import type { Db, Tx } from '../db/database.ts'
import {
  countTokens,
  deleteSomeEnded,
  findToken,
  findTokenByPublicId,
  insertToken,
  listTokens,
  revokeToken,
  tokenUse,
  type StoredToken,
} from '../db/ephemeral-token-store.ts'
import type { WritableDirectory } from '../gateway/directory.ts'
import type { Ledger } from '../gateway/limits/ledger.ts'
import { createToken, isToken, publicIdOf } from '../gateway/pool-key.ts'
import type { MintToken } from '../gateway/ports.ts'
import type { Changes } from './change.ts'
import type { EventHub } from './events.ts'
import { statusOf } from './key-record.ts'
import { found, invalidField, newRecordId } from './record-id.ts'
import { breathe } from './turn.ts'
import { toEphemeralToken, tokenFacts, tokenTarget, toTokenRecord } from './token-record.ts'

export interface TokenService {
  /** Newest first: all that have not ended, and the newest thousand of those that have. */
  list(keyId: string): EphemeralToken[]
  /** It ends with its key at the latest. @throws AppError `token_limit_reached`, with `retryAt` in its details. */
  create(actor: Actor, draft: TokenDraft): TokenWithSecret
  /** By its id or its prefix. Refused from the next request on. Where it was revoked before, nothing changes. */
  revoke(actor: Actor, idOrPrefix: string): EphemeralToken
  /** A request came with it. The first is news. */
  noteUse(id: string, keyId: string): void
  /** Forgets those that ended a day ago, and deletes those that ended 30 days ago. */
  sweep(): Promise<void>
}

export interface TokenDeps {
  readonly db: Db
  readonly directory: WritableDirectory
  readonly ledger: Pick<Ledger, 'forget'>
  readonly changes: Changes
  readonly events: EventHub
  readonly now: () => number
  /** Commits what the journal still holds: what a token used is in the log. */
  readonly flushJournal: () => void
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** How long a client is told that its token ended; later nothing is known of it. */
export const TOLD_AFTER_END_MS = DAY_MS
const KEPT_AFTER_END_MS = 30 * DAY_MS
const NOTHING_USED = { requests: 0, tokens: 0, costNanos: 0 }

function refuseEnded(key: StoredKey, now: number): void {
  const status = statusOf(key, now)
  if (status !== 'revoked' && status !== 'expired') return
  const end = status === 'revoked' ? 'is revoked, which is final' : 'has expired'
  throw new AppError('state_conflict', `The key “${key.name}” ${end}; its tokens would open nothing.`)
}

function refuseTooMany(tx: Db | Tx, keyId: string, { actor, now }: { actor: Actor; now: number }): void {
  const { live, recent } = countTokens(tx, keyId, { now, since: now - HOUR_MS })
  const isFull = live.total >= MAX_LIVE_TOKENS
  const isFast = actor === 'key' && recent.total >= MAX_TOKENS_PER_HOUR
  if (!isFull && !isFast) return
  const hourOver = recent.earliest === null ? now : recent.earliest + HOUR_MS
  const retryAt = Math.max(isFull ? (live.earliest ?? now) : now, isFast ? hourOver : now)
  const message = isFull
    ? `The key has ${MAX_LIVE_TOKENS.toLocaleString('en-US')} tokens that have not ended, and can have no more. Revoke some, or wait for one to end.`
    : `The key made ${MAX_TOKENS_PER_HOUR.toLocaleString('en-US')} tokens within the last hour, and can make no more. Use one for longer, or wait.`
  throw new AppError('token_limit_reached', message, { details: { retryAt } })
}

function newToken(draft: TokenDraft, key: StoredKey, of: { publicId: string; hash: Buffer; at: number; actor: Actor }) {
  const { keyId, name, modelPolicy, limits, ipAllowlist, ttlSeconds } = draft
  const wanted = of.at + ttlSeconds * 1_000
  return {
    id: newRecordId('tok'),
    keyId,
    publicId: of.publicId,
    secretHash: of.hash,
    name,
    madeBy: of.actor === 'key' ? 'key' : 'operator',
    modelPolicy,
    limits,
    ipAllowlist,
    createdAt: of.at,
    expiresAt: key.expiresAt === null ? wanted : Math.min(wanted, key.expiresAt),
    revokedAt: null,
    lastUsedAt: null,
  } satisfies StoredToken
}

/** Compiles what the request path will compile, so that a rule it cannot use is refused here. */
function recordOf(token: StoredToken, key: StoredKey) {
  try {
    return toTokenRecord(token, key.publicId)
  } catch (error) {
    if (error instanceof RangeError) throw invalidField('ipAllowlist', error.message)
    throw error
  }
}

export function createTokenService(deps: TokenDeps): TokenService {
  const { db, directory, ledger, changes, events, now, flushJournal } = deps
  /** Since the start. */
  const used = new Set<string>()

  function create(actor: Actor, draft: TokenDraft): TokenWithSecret {
    const stored = findKey(db, draft.keyId)
    const target = { kind: 'token', id: null, name: draft.name, poolId: stored?.poolId ?? null } as const
    // Before anything is audited: a client that goes on asking must not fill the audit log with its refusals.
    if (actor === 'key') refuseTooMany(db, draft.keyId, { actor, now: now() })
    return changes.run({ actor, action: 'token.create', target }, (commit) => {
      const at = now()
      const key = found(stored, 'key')
      refuseEnded(key, at)
      const { secret, publicId, hash } = createToken()
      const token = newToken(draft, key, { publicId, hash, at, actor })
      const record = recordOf(token, key)
      commit((tx) => {
        refuseTooMany(tx, key.id, { actor, now: at })
        insertToken(tx, token)
        return { value: null, target: tokenTarget(token, key), after: tokenFacts(token, key) }
      })
      directory.putToken(record)
      events.emit({ type: 'token.changed', id: key.id })
      return { token: toEphemeralToken(token, key, { now: at, used: NOTHING_USED }), secret }
    })
  }

  function revoke(actor: Actor, idOrPrefix: string): EphemeralToken {
    const stored = isToken(idOrPrefix) ? findTokenByPublicId(db, publicIdOf(idOrPrefix)) : findToken(db, idOrPrefix)
    const id = stored?.id ?? null
    const of = stored && findKey(db, stored.keyId)
    const target = { kind: 'token', id, name: stored?.name ?? null, poolId: of?.poolId ?? null } as const
    return changes.run({ actor, action: 'token.revoke', target }, (commit) => {
      const at = now()
      const before = found(stored, 'tok')
      const key = found(of, 'key')
      flushJournal()
      const told = (token: StoredToken) =>
        toEphemeralToken(token, key, { now: at, used: tokenUse(db, token.keyId, token.id) })
      if (before.revokedAt !== null) return told(before)
      const after: StoredToken = { ...before, revokedAt: at }
      commit((tx) => {
        revokeToken(tx, before.id, at)
        const { key: prefix } = tokenFacts(after, key)
        return { value: null, target: tokenTarget(after, key), after: { key: prefix ?? null, revokedAt: at } }
      })
      directory.putToken(toTokenRecord(after, key.publicId))
      ledger.forget(before.id)
      events.emit({ type: 'token.changed', id: key.id })
      return told(after)
    })
  }

  return {
    list(keyId) {
      const key = found(findKey(db, keyId), 'key')
      flushJournal()
      const at = now()
      return listTokens(db, keyId, at).map(({ token, used }) => toEphemeralToken(token, key, { now: at, used }))
    },
    create,
    revoke,
    noteUse(id, keyId) {
      if (used.has(id)) return
      used.add(id)
      events.emit({ type: 'token.changed', id: keyId })
    },
    async sweep() {
      const at = now()
      for (const { id, publicId, expiresAt, revokedAt } of directory.tokens()) {
        const endedAt = Math.min(expiresAt, revokedAt ?? expiresAt)
        if (endedAt > at) continue
        ledger.forget(id)
        used.delete(id)
        if (endedAt <= at - TOLD_AFTER_END_MS) directory.removeToken(publicId)
      }
      while (deleteSomeEnded(db, at - KEPT_AFTER_END_MS) > 0) await breathe()
    },
  }
}

/** For the gateway, where a key makes tokens of itself. */
export function createMint(tokens: () => Pick<TokenService, 'create'>): MintToken {
  return (keyId, scope) => {
    const { token, secret } = tokens().create('key', { keyId, ...scope })
    const { id, prefix, createdAt, expiresAt } = token
    return { id, secret, prefix, createdAt, expiresAt }
  }
}
