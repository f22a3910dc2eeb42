/**
 * Use-cases of a key's budgets by hand: more of one for a while, and what was used of a limit counted no more. Both are in
 * the key's row and count from the next request on; the log and its counters stay as they are.
 */
import { AppError } from '../../shared/errors.ts'
import type { Actor } from '../../shared/models/audit.ts'
import type { PoolKey } from '../../shared/models/key.ts'
import type { BudgetField, BudgetRaise, LimitReset } from '../../shared/models/limit.ts'
import { findKey, updateKey, type StoredKey } from '../db/api-key-store.ts'
import type { Db } from '../db/database.ts'
import type { WritableDirectory } from '../gateway/directory.ts'
import type { Ledger } from '../gateway/limits/ledger.ts'
import type { Changes, Written } from './change.ts'
import type { EventHub } from './events.ts'
import {
  raiseAt,
  setLimit,
  withLiveAdjustments,
  withoutRaise,
  withRaise,
  withReset,
  type LimitPlace,
} from './key-adjust.ts'
import { keyTarget, toKeyRecord, toPoolKey } from './key-record.ts'
import { found } from './record-id.ts'
import { factsOf, type Facts } from './sanitise.ts'

interface OfKey {
  readonly id: string
}

export interface KeyAdjustmentService {
  /** In place of an earlier raise of the same budget. @throws AppError `invalid_input`, `state_conflict`. */
  raiseBudget(actor: Actor, raise: OfKey & Omit<BudgetRaise, 'at'>): PoolKey
  /** At once. Where there is none, nothing changes. */
  endRaise(actor: Actor, place: OfKey & LimitPlace<BudgetField>): PoolKey
  /** What was settled in the running period counts no more; what runs goes on counting. */
  resetLimit(actor: Actor, place: OfKey & LimitPlace): PoolKey
}

export interface KeyAdjustmentDeps {
  readonly db: Db
  readonly directory: Pick<WritableDirectory, 'putKey'>
  readonly ledger: Pick<Ledger, 'states' | 'periodOf'>
  readonly changes: Changes
  readonly events: Pick<EventHub, 'emit'>
  readonly now: () => number
}

/** What becomes of the key, and what the audit row says; null where nothing changes. */
type Change = (key: StoredKey, at: number) => (Pick<Written<null>, 'before' | 'after'> & { key: StoredKey }) | null

export function createKeyAdjustmentService(deps: KeyAdjustmentDeps): KeyAdjustmentService {
  const { db, directory, ledger, changes, events, now } = deps

  function run(actor: Actor, verb: 'raiseBudget' | 'endRaise' | 'resetLimit', id: string, change: Change): PoolKey {
    const stored = findKey(db, id)
    const target = { kind: 'key', id, name: stored?.name ?? null, poolId: stored?.poolId ?? null } as const
    return changes.run({ actor, action: `key.${verb}`, target }, (commit) => {
      const before = found(stored, 'key')
      if (before.status === 'revoked') {
        throw new AppError(
          'state_conflict',
          `The key “${before.name}” is revoked, which is final; its limits count no more.`,
        )
      }
      const at = now()
      const changed = change(before, at)
      if (changed === null) return toPoolKey(before, at)
      const after = withLiveAdjustments(changed.key, ledger, at)
      commit((tx) => {
        updateKey(tx, after)
        return { value: null, target: keyTarget(after), before: changed.before ?? null, after: changed.after ?? null }
      })
      directory.putKey(toKeyRecord(after))
      events.emit({ type: 'key.changed', id })
      return toPoolKey(after, at)
    })
  }

  /** By the counters as they are: settled only, and without what an earlier reset leaves out. */
  function resetOf(key: StoredKey, { overrideId, field }: LimitPlace, at: number): { used: number; reset: LimitReset } {
    const record = toKeyRecord({ ...key, resets: [] })
    const states = ledger.states(record, at)
    const state = states.find((each) => each.overrideId === overrideId && each.field === field)
    const used = state === undefined ? 0 : state.used - state.reserved
    return { used, reset: { overrideId, field, period: ledger.periodOf(field, at), used, at } }
  }

  return {
    raiseBudget: (actor, { id, overrideId, field, addNanos, until }) =>
      run(actor, 'raiseBudget', id, (key, at) => {
        const raise = { overrideId, field, addNanos, at, until }
        const { limit, model } = setLimit(key, raise)
        const known = raiseAt(key, raise)
        const earlier = known === null || known.until <= at ? null : raiseFacts(known)
        return {
          key: withRaise(key, raise),
          before: earlier,
          after: facts({ limit: field, model, cap: limit, addNanos, until }),
        }
      }),
    endRaise: (actor, { id, overrideId, field }) =>
      run(actor, 'endRaise', id, (key, at) => {
        const raise = raiseAt(key, { overrideId, field })
        if (raise === null || raise.until <= at) return null
        const { model } = setLimit(key, raise)
        return {
          key: withoutRaise(key, raise, at),
          before: raiseFacts(raise),
          after: facts({ limit: field, model, until: at }),
        }
      }),
    resetLimit: (actor, { id, overrideId, field }) =>
      run(actor, 'resetLimit', id, (key, at) => {
        const { limit, model } = setLimit(key, { overrideId, field })
        const { used, reset } = resetOf(key, { overrideId, field }, at)
        const earlier = key.resets.find((each) => each.overrideId === overrideId && each.field === field)
        const forgiven = earlier !== undefined && earlier.period === reset.period ? earlier.used : 0
        const counted = Math.max(0, used - forgiven)
        const after = facts({ limit: field, model, cap: limit, used: 0 })
        return { key: withReset(key, reset), before: { used: counted }, after }
      }),
  }
}

/** Nano-dollars and epoch ms. */
function raiseFacts({ addNanos, until }: BudgetRaise): Facts {
  return { addNanos, until }
}

/** A pattern of models is what somebody typed. */
function facts<T extends object>(record: T): Facts {
  return factsOf(record, Object.keys(record) as (keyof T & string)[])
}
