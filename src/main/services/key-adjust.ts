/** What becomes of a key's raises and resets when they are made, ended, or their limit goes. No I/O. */
import { limitLabel } from '../../shared/limit-policy.ts'
import {
  MAX_RAISE_MS,
  type BudgetField,
  type BudgetRaise,
  type LimitAdjustments,
  type LimitReset,
  type Limits,
  type ResettableField,
} from '../../shared/models/limit.ts'
import type { StoredKey } from '../db/api-key-store.ts'
import type { Ledger } from '../gateway/limits/ledger.ts'
import { invalidField } from './record-id.ts'

/** Which limit of a key. */
export interface LimitPlace<F extends ResettableField = ResettableField> {
  /** Null for the key's own. */
  readonly overrideId: string | null
  readonly field: F
}

type Limited = Pick<StoredKey, 'limits' | 'limitOverrides'>

/** Null where there is no such row. */
function rowOf(
  { limits, limitOverrides }: Limited,
  overrideId: string | null,
): { limits: Limits; model: string | null } | null {
  if (overrideId === null) return { limits, model: null }
  return limitOverrides.find(({ id }) => id === overrideId) ?? null
}

/** The limit as it is set, and whose it is. @throws AppError `invalid_input` where there is none. */
export function setLimit(key: Limited, { overrideId, field }: LimitPlace): { limit: number; model: string | null } {
  const row = rowOf(key, overrideId)
  if (row === null)
    throw invalidField('overrideId', 'the key has no such override; read the key and use an id from there')
  const limit = row.limits[field]
  if (limit !== null) return { limit, model: row.model }
  const whose = row.model === null ? 'the key' : `the override for ${row.model}`
  throw invalidField('field', `${whose} has no cap on ${limitLabel(field).toLowerCase()}; set one first`)
}

function isAt({ overrideId, field }: LimitPlace): (each: LimitPlace) => boolean {
  return (each) => each.overrideId === overrideId && each.field === field
}

export function raiseAt(key: LimitAdjustments, place: LimitPlace<BudgetField>): BudgetRaise | null {
  return key.raises.find(isAt(place)) ?? null
}

/** In place of an earlier raise of the same limit. @throws AppError `invalid_input` for a moment that cannot be. */
export function withRaise(key: StoredKey, raise: BudgetRaise): StoredKey {
  const { at, until } = raise
  if (until <= at) throw invalidField('until', 'is in the past')
  if (until > at + MAX_RAISE_MS) throw invalidField('until', 'is more than 366 days ahead; change the limit instead')
  return { ...withoutRaise(key, raise, at), raises: [...withoutRaise(key, raise, at).raises, raise] }
}

export function withoutRaise(key: StoredKey, place: LimitPlace, at: number): StoredKey {
  const isThis = isAt(place)
  return { ...key, raises: key.raises.filter((each) => !isThis(each)), updatedAt: at }
}

export function withReset(key: StoredKey, reset: LimitReset): StoredKey {
  const isThis = isAt(reset)
  return { ...key, resets: [...key.resets.filter((each) => !isThis(each)), reset], updatedAt: reset.at }
}

/** Without what does nothing any more: raises that ended, resets of past periods, either of a limit that is gone. */
export function withLiveAdjustments(key: StoredKey, ledger: Pick<Ledger, 'periodOf'>, at: number): StoredKey {
  const hasLimit = ({ overrideId, field }: LimitPlace) => (rowOf(key, overrideId)?.limits[field] ?? null) !== null
  const raises = key.raises.filter((raise) => raise.until > at && hasLimit(raise))
  const resets = key.resets.filter((reset) => hasLimit(reset) && reset.period === ledger.periodOf(reset.field, at))
  return { ...key, raises, resets }
}
