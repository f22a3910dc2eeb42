/** What saved resets each account has, by its provider's last word. In memory; a restart asks again. */
import { AppError } from '../../../shared/errors.ts'
import type { SavedReset } from '../../../shared/models/quota.ts'
import type { Db } from '../../db/database.ts'
import { findUpstream } from '../../db/upstream-store.ts'
import type { AccountKeeper } from '../../gateway/ports.ts'
import { listSavedResets, type ListedReset, type ResetCall } from '../../providers/saved-resets.ts'
import { providerOf } from '../../providers/registry.ts'
import type { EventHub } from '../events.ts'
import type { Notices } from '../notices.ts'
import { found } from '../record-id.ts'
import type { UpstreamRuntime } from '../upstream-runtime.ts'

export interface ResetLists {
  /** Those that can be used now, what expires first at the top. Null where nothing is known, or there are none to know. */
  of(id: string): SavedReset[] | null
  /** The provider lists it as used, in an answer that was asked for after this moment. */
  isUsed(id: string, resetId: string, after: number): boolean
  /** When it was asked for last, with an answer or without; null for never. */
  askedAt(id: string): number | null
  /** One was sent: what is known is old. Where it took, it is in the list no more. */
  sent(id: string, resetId: string, hasTaken: boolean): void
  /** Asks, unless the last answer is seconds old. @throws AppError `upstream_…`, `account_sign_in_required` */
  refresh(id: string): Promise<void>
  /** How the account is called. @throws AppError `account_sign_in_required` */
  call(id: string, timeoutMs: number): ResetCall
}

export interface ResetListDeps {
  readonly db: Db
  readonly runtime: Pick<UpstreamRuntime, 'account' | 'secretOf'>
  readonly notices: Pick<Notices, 'tell'>
  readonly events: Pick<EventHub, 'emit'>
  readonly renew: AccountKeeper['refreshAfter401']
  readonly signal: AbortSignal
  readonly now: () => number
}

interface Known {
  readonly askedAt: number
  readonly resets: readonly ListedReset[] | null
}

const TIMEOUT_MS = 15_000
/** An answer so young is not asked for again. */
const FRESH_MS = 10_000
/** The operator is told of one that expires within this. */
const WARN_AHEAD_MS = 86_400_000

export function createResetLists(deps: ResetListDeps): ResetLists {
  const { db, runtime, now } = deps
  const known = new Map<string, Known>()
  const triedAt = new Map<string, number>()
  const asking = new Map<string, Promise<void>>()

  function call(id: string, timeoutMs: number): ResetCall {
    const upstream = found(findUpstream(db, id), 'ups')
    const account = runtime.account(upstream)
    if (account.secret?.account === undefined || upstream.status === 'auth_required') {
      throw new AppError('account_sign_in_required', `“${upstream.name}” must be signed in again first.`)
    }
    return { provider: providerOf(upstream.kind), account, signal: deps.signal, timeoutMs }
  }

  async function ask(id: string): Promise<readonly ListedReset[] | null> {
    const usedToken = runtime.secretOf(id)?.account?.accessToken ?? ''
    try {
      return await listSavedResets(call(id, TIMEOUT_MS))
    } catch (thrown) {
      const isSignedOut = AppError.from(thrown).code === 'upstream_auth_failed'
      if (!isSignedOut || (await deps.renew(id, usedToken)) !== 'renewed') throw thrown
      return listSavedResets(call(id, TIMEOUT_MS))
    }
  }

  function usable(resets: readonly ListedReset[]): SavedReset[] {
    return resets
      .filter(({ state, expiresAt }) => state === 'available' && (expiresAt === null || expiresAt > now()))
      .map(({ id, title, expiresAt }) => ({ id, title, expiresAt }))
      .toSorted((a, b) => (a.expiresAt ?? Infinity) - (b.expiresAt ?? Infinity))
  }

  function warn(id: string, resets: readonly SavedReset[]): void {
    const name = findUpstream(db, id)?.name
    if (name === undefined) return
    const subject = { kind: 'upstream', id, name } as const
    for (const { id: resetId, expiresAt } of resets) {
      if (expiresAt === null || expiresAt - now() > WARN_AHEAD_MS) continue
      const once = `reset ${id} ${resetId} ${expiresAt}`
      deps.notices.tell({ at: now(), kind: 'upstream.resetExpires', level: 'warning', subject, budget: null, once })
    }
  }

  async function run(id: string): Promise<void> {
    const askedAt = now()
    triedAt.set(id, askedAt)
    const resets = await ask(id)
    if (findUpstream(db, id) === undefined) {
      known.delete(id)
      triedAt.delete(id)
      return
    }
    known.set(id, { askedAt, resets })
    warn(id, usable(resets ?? []))
    deps.events.emit({ type: 'upstream.changed', id })
  }

  return {
    call,
    askedAt: (id) => triedAt.get(id) ?? null,
    of(id) {
      const resets = known.get(id)?.resets ?? null
      return resets === null ? null : usable(resets)
    },
    isUsed(id, resetId, after) {
      const last = known.get(id)
      if (last === undefined || last.askedAt <= after) return false
      return last.resets?.some((reset) => reset.id === resetId && reset.state === 'used') === true
    },
    sent(id, resetId, hasTaken) {
      const resets = known.get(id)?.resets ?? null
      if (resets === null) return
      known.set(id, { askedAt: 0, resets: hasTaken ? resets.filter((reset) => reset.id !== resetId) : resets })
    },
    async refresh(id) {
      const last = known.get(id)
      if (last !== undefined && now() - last.askedAt < FRESH_MS) return
      const running = asking.get(id) ?? run(id).finally(() => asking.delete(id))
      asking.set(id, running)
      await running
    },
  }
}
