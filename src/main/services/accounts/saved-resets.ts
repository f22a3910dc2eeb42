/**
 * Saved resets of accounts: what the provider keeps for the operator to use by hand. Using one costs it for good, so it
 * is sent once and never again on a doubt: its row is written before the call goes out, and as long as nobody knows
 * whether it took, no other is sent, also after a restart.
 */
import { randomUUID } from 'node:crypto'
import { AppError } from '../../../shared/errors.ts'
import type { Actor } from '../../../shared/models/audit.ts'
import type { AccountWindow, ResetUse, SavedReset } from '../../../shared/models/quota.ts'
import { RESET_SETTLE_AFTER_MS } from '../../../shared/reset-settling.ts'
import type { Db } from '../../db/database.ts'
import {
  durably,
  findResetUse,
  insertResetUse,
  lastResetUse,
  pendingResetUse,
  updateResetUse,
  windowsUntil,
  type FormerWindow,
} from '../../db/reset-use-store.ts'
import { findUpstream, listUpstreams, type StoredUpstream } from '../../db/upstream-store.ts'
import type { AccountKeeper, Log } from '../../gateway/ports.ts'
import type { Redemption } from '../../providers/saved-resets.ts'
import type { Changes, Commit } from '../change.ts'
import type { EventHub } from '../events.ts'
import { found } from '../record-id.ts'
import { factsOf } from '../sanitise.ts'
import { upstreamIntent, upstreamTarget } from '../upstream-draft.ts'
import { accountUpstream } from './account-links.ts'
import { hasFallen } from './reset-evidence.ts'
import { createResetLists, type ResetListDeps } from './reset-lists.ts'
import { createResetSchedule } from './reset-schedule.ts'
import { SEND_TIMEOUT_MS, sendReset } from './reset-sending.ts'

export interface SavedResets {
  readonly savedResets: SavedReset[] | null
  readonly resetUse: ResetUse | null
}

export interface SavedResetService {
  /** Asks the provider, unless it was asked just now. @throws AppError `upstream_…`, `account_…` */
  list(id: string): Promise<SavedResets>
  /** @throws AppError `reset_pending`, `reset_unknown`, `account_…` before anything was sent; never after. */
  redeem(actor: Actor, id: string, resetId: string): Promise<ResetUse>
  /** @throws AppError `reset_pending` before its time, `state_conflict` for one that is settled. */
  settle(actor: Actor, id: string, useId: string): ResetUse
  /** What is known without asking. */
  resetsOf(id: string): SavedResets
  /** After the account's figures were read: lists again, and looks whether a pending one took. Never rejects. */
  refreshResets(id: string): Promise<void>
  /** Looks by the clock whether a pending one took, and what expires soon. */
  start(): void
  /** Looks once; never rejects. */
  look(): Promise<void>
  /** Ends what is under way; one that was sent stays pending. */
  close(): Promise<void>
}

export interface SavedResetDeps extends Omit<ResetListDeps, 'signal'> {
  readonly db: Db
  readonly changes: Changes
  readonly events: Pick<EventHub, 'emit'>
  readonly renew: AccountKeeper['refreshAfter401']
  /** The account's windows as last seen. */
  readonly windowsOf: (id: string) => readonly AccountWindow[]
  /** The account's figures should be read soon. */
  readonly wantUsage: (id: string) => void
  readonly log: Log
}

const WAITING = 'Whether it took is not known yet.'
const SET_ASIDE = 'Nobody learned whether it took. It was set aside by hand.'

export function createSavedResets(deps: SavedResetDeps): SavedResetService {
  const { db, runtime, changes, events, log, now } = deps
  const stop = new AbortController()
  const lists = createResetLists({ ...deps, signal: stop.signal })
  /** The windows at the moment of sending; of an earlier run only the samples are left. */
  const before = new Map<string, readonly FormerWindow[]>()
  const running = new Set<Promise<unknown>>()

  const upstreamOf = (id: string): StoredUpstream => accountUpstream(found(findUpstream(db, id), 'ups'))

  function end(id: string, use: ResetUse): ResetUse {
    const upstream = findUpstream(db, id)
    if (upstream === undefined) return use
    changes.run(upstreamIntent('system', 'account.resetEnded', id, upstream), (commit) =>
      commit((tx) => {
        updateResetUse(tx, use)
        const errorCode = use.state === 'failed' ? ('reset_refused' as const) : null
        const after = factsOf(use, ['state', 'reason'])
        return { value: null, target: upstreamTarget(upstream), after, errorCode }
      }),
    )
    lists.sent(id, use.resetId, use.state === 'confirmed')
    before.delete(use.id)
    events.emit({ type: 'upstream.changed', id })
    return use
  }

  /** The pending one, unless the figures or the list say that it took. */
  function stillPending(id: string): ResetUse | null {
    const use = pendingResetUse(db, id)
    if (use === null) return null
    const former = before.get(use.id) ?? windowsUntil(db, id, use.at)
    const took =
      lists.isUsed(id, use.resetId, use.at) || hasFallen(former, deps.windowsOf(id), { at: use.at, now: now() })
    if (!took) return use
    end(id, { ...use, state: 'confirmed', reason: null })
    return null
  }

  function refusePending(id: string): void {
    const use = stillPending(id)
    if (use === null) return
    const message = 'A saved reset of this account was sent, and nobody knows yet whether it took.'
    throw new AppError('reset_pending', message, { details: { useId: use.id } })
  }

  /** Without an await between the look and the row: of many calls one writes it, and only that one sends. */
  function begin(commit: Commit, upstream: StoredUpstream, resetId: string): ResetUse {
    const { id } = upstream
    refusePending(id)
    // Throws where it could not be sent.
    lists.call(id, SEND_TIMEOUT_MS)
    const reset = lists.of(id)?.find((each) => each.id === resetId)
    if (reset === undefined) {
      throw new AppError('reset_unknown', 'This account has no such saved reset, or it cannot be used any more.')
    }
    const use: ResetUse = { id: randomUUID(), resetId, at: now(), state: 'pending', reason: WAITING }
    durably(db, () =>
      commit((tx) => {
        insertResetUse(tx, id, use)
        const after = factsOf({ useId: use.id, expiresAt: reset.expiresAt }, ['useId', 'expiresAt'])
        return { value: null, target: upstreamTarget(upstream), after }
      }),
    )
    const seen = deps.windowsOf(id)
    if (seen.length > 0) before.set(use.id, seen)
    events.emit({ type: 'upstream.changed', id })
    return use
  }

  function conclude(id: string, use: ResetUse, redemption: Redemption): ResetUse {
    try {
      if (redemption.kind === 'done') return end(id, { ...use, state: 'confirmed', reason: null })
      if (redemption.kind === 'refused') return end(id, { ...use, state: 'failed', reason: redemption.reason })
      const unclear = { ...use, reason: `${WAITING} ${redemption.reason}` }
      updateResetUse(db, unclear)
      lists.sent(id, use.resetId, false)
      events.emit({ type: 'upstream.changed', id })
      return unclear
    } catch (cause) {
      // It stays pending in the table, which keeps the next one back.
      log.error('the end of a saved reset could not be written', { upstreamId: id, cause })
      return use
    }
  }

  async function refreshResets(id: string): Promise<void> {
    try {
      await lists.refresh(id)
    } catch (cause) {
      log.warn('the saved resets of an account could not be listed', { upstreamId: id, cause })
    }
    lookAtFigures(id)
  }

  function lookAtFigures(id: string): void {
    try {
      stillPending(id)
    } catch (cause) {
      log.error('a pending saved reset could not be looked at', { upstreamId: id, cause })
    }
  }

  const schedule = createResetSchedule({
    accounts: () =>
      listUpstreams(db).flatMap(({ id, kind, status }) => (kind === 'chatgpt' && status === 'active' ? [id] : [])),
    askedAt: lists.askedAt,
    pendingSince: (id) => pendingResetUse(db, id)?.at ?? null,
    lookAtFigures,
    refresh: refreshResets,
    log,
    now,
  })

  return {
    async list(id) {
      upstreamOf(id)
      await lists.refresh(id)
      stillPending(id)
      return { savedResets: lists.of(id), resetUse: lastResetUse(db, id) }
    },
    async redeem(actor, id, resetId) {
      const upstream = upstreamOf(id)
      const intent = upstreamIntent(actor, 'account.redeemReset', id, upstream)
      const use = await changes.runAsync(intent, async (commit) => {
        if (lists.of(id) === null) await lists.refresh(id)
        return begin(commit, upstreamOf(id), resetId)
      })
      const sending = sendReset({ lists, runtime, renew: deps.renew }, id, use).then((redemption) =>
        conclude(id, use, redemption),
      )
      running.add(sending)
      void sending.finally(() => running.delete(sending))
      const ended = await sending
      if (!stop.signal.aborted) deps.wantUsage(id)
      return ended
    },
    settle(actor, id, useId) {
      const upstream = upstreamOf(id)
      const intent = upstreamIntent(actor, 'account.settleReset', id, upstream)
      const settled = changes.run(intent, (commit) => {
        stillPending(id)
        const use = findResetUse(db, id, useId)
        if (use === undefined) throw new AppError('not_found', 'No saved reset was sent under this id.')
        if (use.state !== 'pending') {
          throw new AppError('state_conflict', 'This saved reset is settled: only a pending one can be set aside.')
        }
        const minutes = Math.ceil((use.at + RESET_SETTLE_AFTER_MS - now()) / 60_000)
        if (minutes > 0) {
          throw new AppError('reset_pending', `It may still be confirmed. It can be set aside in ${minutes} min.`)
        }
        return commit((tx) => {
          const value: ResetUse = { ...use, state: 'set_aside', reason: SET_ASIDE }
          updateResetUse(tx, value)
          return { value, target: upstreamTarget(upstream), after: factsOf({ useId }, ['useId']) }
        })
      })
      before.delete(useId)
      events.emit({ type: 'upstream.changed', id })
      return settled
    },
    resetsOf: (id) => ({ savedResets: lists.of(id), resetUse: lastResetUse(db, id) }),
    refreshResets,
    start: schedule.start,
    look: schedule.look,
    async close() {
      schedule.close()
      stop.abort()
      await Promise.allSettled(running)
    },
  }
}
