/**
 * Fills the directory at start: everything the request path needs, once. Secrets are read once, too; an upstream whose
 * secret cannot be read stays, says why, and is not called.
 */
import { AppError } from '../../shared/errors.ts'
import { listKeysAfter } from '../db/api-key-store.ts'
import { listTokensAfter } from '../db/ephemeral-token-store.ts'
import type { Db } from '../db/database.ts'
import { listPools } from '../db/pool-store.ts'
import { listUpstreams, updateUpstream, type StoredUpstream } from '../db/upstream-store.ts'
import type { WritableDirectory } from '../gateway/directory.ts'
import type { Log } from '../gateway/ports.ts'
import type { SecretStore } from '../secrets/store.ts'
import { accountOf } from './accounts/signed-in.ts'
import type { Changes } from './change.ts'
import { toKeyRecord } from './key-record.ts'
import { toPoolRecord } from './pools.ts'
import { toTokenRecord } from './token-record.ts'
import { TOLD_AFTER_END_MS } from './tokens.ts'
import { differenceOf } from './sanitise.ts'
import { AUDITED_UPSTREAM_FIELDS, auditView, upstreamIntent, upstreamTarget } from './upstream-draft.ts'
import type { UpstreamRuntime } from './upstream-runtime.ts'
import { fingerprintOf, parseSecret, secretFacts, secretItemId } from './upstream-secret.ts'

export interface LoadDeps {
  readonly db: Db
  readonly directory: WritableDirectory
  readonly secrets: SecretStore
  readonly runtime: UpstreamRuntime
  readonly changes: Changes
  readonly log: Log
  readonly now: () => number
}

const KEYS_PER_READ = 1_000

/** The row is brought in line when a crash came between the item and the row. */
function reconciled(deps: LoadDeps, upstream: StoredUpstream, secret: NonNullable<ReturnType<typeof parseSecret>>) {
  if (upstream.secret === null || upstream.secret.fingerprint === fingerprintOf(secret)) return upstream
  const account = accountOf(upstream, secret.account)
  const after: StoredUpstream = { ...upstream, account, secret: secretFacts(secret, deps.now()) }
  deps.changes.run(upstreamIntent('system', 'upstream.secretReconciled', upstream.id, upstream), (commit) =>
    commit((tx) => {
      updateUpstream(tx, after)
      const difference = differenceOf(auditView(upstream), auditView(after), AUDITED_UPSTREAM_FIELDS)
      return { value: null, target: upstreamTarget(after), ...difference }
    }),
  )
  return after
}

async function readSecret(deps: LoadDeps, upstream: StoredUpstream): Promise<StoredUpstream> {
  const { secrets, runtime, log } = deps
  const { id } = upstream
  if (upstream.secret === null || upstream.kind === 'simulator') return upstream
  const unreadable = (reason: string, cause?: unknown) => {
    runtime.secretUnreadable(id, reason)
    log.warn('the secret of an upstream cannot be read', { upstreamId: id, reason, cause })
    return upstream
  }
  try {
    const text = await secrets.get(secretItemId(id))
    if (text === null) {
      const why = secrets.status.reason ?? 'The secret store has no secret of this upstream.'
      return unreadable(`${why} Then set the secret again if it is still missing.`)
    }
    const secret = parseSecret(text)
    if (secret === null) return unreadable('Its item in the secret store is damaged. Set the secret again.')
    runtime.keepSecret(id, secret)
    return reconciled(deps, upstream, secret)
  } catch (error) {
    return unreadable(AppError.from(error).message, error)
  }
}

function loadKeys({ db, directory, log }: LoadDeps): void {
  for (let after = ''; ;) {
    const keys = listKeysAfter(db, after, KEYS_PER_READ)
    for (const key of keys) {
      try {
        directory.putKey(toKeyRecord(key))
      } catch (cause) {
        // Left out, it opens nothing; one damaged row must not keep all others from being served.
        log.error('a key cannot be used: its stored policy is damaged', { keyId: key.id, cause })
      }
    }
    const last = keys.at(-1)
    if (last === undefined || keys.length < KEYS_PER_READ) return
    after = last.id
  }
}

/** Those that ended long ago open nothing and are not told of it any more. */
function loadTokens({ db, directory, log, now }: LoadDeps): void {
  for (let after = ''; ;) {
    const slice = listTokensAfter(db, after, { since: now() - TOLD_AFTER_END_MS, limit: KEYS_PER_READ })
    for (const { token, keyPublicId } of slice) {
      try {
        directory.putToken(toTokenRecord(token, keyPublicId))
      } catch (cause) {
        log.error('a token cannot be used: its stored policy is damaged', { tokenId: token.id, cause })
      }
    }
    const last = slice.at(-1)
    if (last === undefined || slice.length < KEYS_PER_READ) return
    after = last.token.id
  }
}

export async function loadDirectory(deps: LoadDeps): Promise<void> {
  const upstreams = await Promise.all(listUpstreams(deps.db).map((upstream) => readSecret(deps, upstream)))
  for (const upstream of upstreams) deps.runtime.publish(upstream)
  for (const pool of listPools(deps.db)) deps.directory.putPool(toPoolRecord(pool))
  loadKeys(deps)
  loadTokens(deps)
}
