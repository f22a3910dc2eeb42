/**
 * Keeps the tokens of accounts alive. One renewal per account at a time, and one per issuer: a provider takes several at
 * once for theft and revokes them all. What ends after the account was signed in anew is thrown away.
 */
import type { AccountTokens } from '../../../shared/models/account.ts'
import { findUpstream, listUpstreams, type StoredUpstream } from '../../db/upstream-store.ts'
import type { AccountKeeper } from '../../gateway/ports.ts'
import { renewTokens, type Issuer, type Renewal, type TokenGrant } from '../../providers/chatgpt-oauth.ts'
import type { Changes } from '../change.ts'
import { upstreamIntent, upstreamTarget } from '../upstream-draft.ts'
import { signedIn } from './signed-in.ts'
import { createTokenSaving, type TokenSavingDeps } from './token-saving.ts'

export interface KeeperDeps extends TokenSavingDeps {
  readonly changes: Changes
  readonly now: () => number
  /** The operator must act: marks the upstream, and tells. */
  readonly authFailed: (id: string, reason: string) => void
}

type Outcome = Awaited<ReturnType<AccountKeeper['refreshAfter401']>>

/** What is known of an account beyond its tokens; a restart forgets it. */
interface State {
  /** Counts the sign-ins: who began under another number must not write. */
  epoch: number
  running: Promise<Outcome> | null
  failures: number
  /** Epoch ms: not tried again before. */
  retryAt: number
  /** The provider will not renew these tokens; only a new sign-in helps. */
  isRefused: boolean
  /** Epoch ms of the last renewal; 0 before the first. */
  renewedAt: number
}

export interface Keeper extends AccountKeeper {
  /** Renews at once, unless it is being renewed already. */
  refresh(id: string): Promise<Outcome>
  /** Active accounts that can be renewed, and until when each of them rests. */
  accounts(): readonly { readonly id: string; readonly tokens: AccountTokens; readonly retryAt: number }[]
  replaced(id: string): void
  /** Ends what is under way. */
  close(): Promise<void>
}

const FIRST_RETRY_MS = 30_000
const LONGEST_RETRY_MS = 900_000
/** A token that is refused so soon after it was made is not refused for its age: another one would fare no better. */
const FRESH_MS = 60_000

export function createKeeper(deps: KeeperDeps): Keeper {
  const { db, runtime, changes, log, now } = deps
  const saving = createTokenSaving(deps)
  const states = new Map<string, State>()
  /** The end of what is under way at each issuer. */
  const turns = new Map<string, Promise<unknown>>()
  const stop = new AbortController()

  function stateOf(id: string): State {
    const known = states.get(id)
    if (known !== undefined) return known
    const fresh = { epoch: 0, running: null, failures: 0, retryAt: 0, isRefused: false, renewedAt: 0 }
    states.set(id, fresh)
    return fresh
  }

  function inTurn<T>(issuer: string, task: () => Promise<T>): Promise<T> {
    const run = (turns.get(issuer) ?? Promise.resolve()).then(task, task)
    const settled = run.catch(() => undefined)
    turns.set(issuer, settled)
    void settled.then(() => {
      if (turns.get(issuer) === settled) turns.delete(issuer)
    })
    return run
  }

  function granted(row: StoredUpstream, old: AccountTokens, grant: TokenGrant): AccountTokens | null {
    const { origin } = row.account ?? { origin: 'import' as const }
    try {
      const { tokens } = signedIn(grant, { server: old, origin, now: now(), accountId: old.accountId })
      // Not every renewal makes a new one; then the old one stays good.
      return { ...tokens, accountId: old.accountId, refreshToken: grant.refreshToken ?? old.refreshToken }
    } catch (cause) {
      log.error('new tokens of an account cannot be used', { upstreamId: row.id, cause })
      return null
    }
  }

  async function take(row: StoredUpstream, epoch: number, grant: TokenGrant): Promise<Outcome> {
    const { id } = row
    const state = stateOf(id)
    const secret = runtime.secretOf(id)
    const tokens = secret?.account === undefined ? null : granted(row, secret.account, grant)
    if (tokens === null) return waitAndRetry(id, 'unusable tokens', null)
    Object.assign(state, { failures: 0, retryAt: 0, renewedAt: now() })
    runtime.renewSecret(id, { ...secret, account: tokens })
    // Requests that wait go on with the new token; the store is written in the same turn.
    const written = saving.save(id, () => state.epoch === epoch)
    runtime.publish(findUpstream(db, id) ?? row)
    await written
    return 'renewed'
  }

  function waitAndRetry(id: string, cause: string, askedMs: number | null): Outcome {
    const state = stateOf(id)
    const usual = Math.min(FIRST_RETRY_MS * 2 ** state.failures, LONGEST_RETRY_MS) * (0.75 + Math.random() / 2)
    const wait = Math.max(usual, Math.min(askedMs ?? 0, LONGEST_RETRY_MS))
    state.failures += 1
    state.retryAt = now() + wait
    log.warn('the tokens of an account could not be renewed; the old ones stay until they expire', {
      upstreamId: id,
      cause,
      retryInMs: Math.round(wait),
    })
    return 'later'
  }

  function refuse(row: StoredUpstream, cause: string, reason: string): Outcome {
    stateOf(row.id).isRefused = true
    try {
      changes.run(upstreamIntent('system', 'account.refreshFailed', row.id, row), (commit) =>
        commit(() => ({
          value: null,
          target: upstreamTarget(row),
          after: { cause },
          errorCode: 'account_sign_in_required',
        })),
      )
    } catch (error) {
      log.error('a refused renewal could not be written to the audit log', { upstreamId: row.id, cause: error })
    }
    deps.authFailed(row.id, reason)
    return 'refused'
  }

  function end(row: StoredUpstream, epoch: number, renewal: Renewal): Promise<Outcome> | Outcome {
    if (renewal.kind === 'granted') return take(row, epoch, renewal.grant)
    if (renewal.kind === 'later') return waitAndRetry(row.id, renewal.cause, renewal.retryAfterMs)
    return refuse(row, renewal.cause, `The provider ended this sign-in (${renewal.cause}). Sign the account in again.`)
  }

  async function run(id: string): Promise<Outcome> {
    const state = stateOf(id)
    const { epoch } = state
    const issuer = runtime.secretOf(id)?.account?.issuer ?? ''
    return inTurn(issuer, async () => {
      const tokens = runtime.secretOf(id)?.account
      const row = findUpstream(db, id)
      if (row === undefined || tokens === undefined || tokens.refreshToken === null || stop.signal.aborted)
        return 'later'
      // Signed in anew while it waited for its turn.
      if (state.epoch !== epoch) return 'renewed'
      const server: Issuer = {
        issuer: tokens.issuer,
        clientId: tokens.clientId,
        proxyUrl: row.proxyUrl,
        proxyCredentials: runtime.secretOf(id)?.proxyCredentials,
      }
      const renewal = await renewTokens(server, tokens.refreshToken, stop.signal)
      if (state.epoch !== epoch) {
        log.info('a renewal ended after the account was signed in anew, and was thrown away', { upstreamId: id })
        return 'renewed'
      }
      return end(row, epoch, renewal)
    })
  }

  async function refresh(id: string): Promise<Outcome> {
    const state = stateOf(id)
    if (state.isRefused) return 'refused'
    state.running ??= run(id)
      .catch((cause: unknown): Outcome => {
        log.error('the tokens of an account could not be renewed', { upstreamId: id, cause })
        return 'later'
      })
      .finally(() => {
        state.running = null
      })
    return state.running
  }

  async function refreshAfter401(id: string, usedToken: string): Promise<Outcome> {
    const tokens = runtime.secretOf(id)?.account
    const row = findUpstream(db, id)
    const state = stateOf(id)
    if (tokens === undefined || row === undefined || state.isRefused) return 'refused'
    if (tokens.accessToken !== usedToken) return 'renewed'
    if (tokens.refreshToken === null) {
      const reason = 'The provider refused the business access token. Sign the account in again, with a new token.'
      return refuse(row, 'status 401', reason)
    }
    if (now() - state.renewedAt < FRESH_MS) {
      const reason = 'The provider refuses the account even with new tokens (status 401). Sign the account in again.'
      return refuse(row, 'status 401', reason)
    }
    return state.running === null && state.retryAt > now() ? 'later' : refresh(id)
  }

  return {
    refresh,
    async refreshAfter401(id, usedToken) {
      try {
        return await refreshAfter401(id, usedToken)
      } catch (cause) {
        log.error('an account whose token was refused could not be looked at', { upstreamId: id, cause })
        return 'later'
      }
    },
    accounts: () =>
      listUpstreams(db).flatMap(({ id, kind, status }) => {
        const tokens = runtime.secretOf(id)?.account
        const state = states.get(id)
        if (kind !== 'chatgpt' || status !== 'active' || tokens === undefined || tokens.refreshToken === null) return []
        return state?.isRefused === true ? [] : [{ id, tokens, retryAt: state?.retryAt ?? 0 }]
      }),
    replaced(id) {
      const state = stateOf(id)
      Object.assign(state, { epoch: state.epoch + 1, failures: 0, retryAt: 0, renewedAt: 0, isRefused: false })
    },
    async close() {
      stop.abort()
      await Promise.all([...states.values()].map((state) => state.running))
      await saving.close()
    },
  }
}
