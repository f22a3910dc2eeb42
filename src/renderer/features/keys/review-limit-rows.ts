/** What each limit of a key has used, against its cap as it is and as it will be. Pure. */
import type { PoolKey } from '../../../shared/models/key.ts'
import type { LimitField, LimitOverride, Limits, LimitState } from '../../../shared/models/limit.ts'
import { formatAmount, limitFields, limitNames, perRequestFields } from './limit-words.ts'

export interface NextLimits {
  readonly limits: Limits
  readonly limitOverrides: readonly LimitOverride[]
}

export interface ReviewLimitRow {
  readonly id: string
  /** `Budget per day`, `Requests per hour for gpt-5*`. */
  readonly name: string
  /** `$4.00 of $5.00`; `no cap` where it is new. */
  readonly now: string
  /** The same by the cap to come; null where that stays as it is. */
  readonly after: string | null
  /** Nothing is left of it then: the next request is refused. */
  readonly isFull: boolean
}

const uncounted: ReadonlySet<LimitField> = new Set(perRequestFields)

/** Limits that are counted now in the order of `states`, then those that begin with the edit. Caps per request have no use. */
export function reviewLimitRows(
  states: readonly LimitState[],
  key: Pick<PoolKey, 'limits' | 'limitOverrides'>,
  next: NextLimits,
): readonly ReviewLimitRow[] {
  const counted = new Set(states.map(({ overrideId, field }) => rowId(overrideId, field)))
  const others = [
    ...fresh(null, null, next.limits),
    ...next.limitOverrides.flatMap(({ id, model, limits }) => fresh(id ?? `new ${model}`, model, limits)),
  ]
  return [
    ...states.map((state) => known(state, capsOf(key, state.overrideId), capsOf(next, state.overrideId))),
    ...others.filter(({ id }) => !counted.has(id)),
  ]
}

function rowId(overrideId: string | null, field: LimitField): string {
  return `${overrideId ?? ''} ${field}`
}

function nameOf(field: LimitField, model: string | null): string {
  return `${limitNames[field].long}${model === null ? '' : ` for ${model}`}`
}

/** Null where there is no such row. */
function capsOf({ limits, limitOverrides }: NextLimits, overrideId: string | null): Limits | null {
  if (overrideId === null) return limits
  return limitOverrides.find(({ id }) => id === overrideId)?.limits ?? null
}

function known(state: LimitState, was: Limits | null, next: Limits | null): ReviewLimitRow {
  const { field, overrideId, model, limit, used, raisedBy } = state
  const [old, cap] = [was?.[field] ?? null, next?.[field] ?? null]
  // A raise stands on top of whatever the cap is; nothing is raised that denies all.
  const sum = cap === null ? null : cap + raisedBy
  return {
    id: rowId(overrideId, field),
    name: nameOf(field, model),
    now: against(field, used, limit),
    after: cap === old ? null : sum === null ? 'no cap' : against(field, used, sum),
    isFull: sum !== null && used >= sum,
  }
}

function against(field: LimitField, used: number, cap: number): string {
  return cap === 0 ? 'denied' : `${formatAmount(field, used)} of ${formatAmount(field, cap)}`
}

function fresh(overrideId: string | null, model: string | null, limits: Limits): ReviewLimitRow[] {
  return limitFields.flatMap((field) => {
    const cap = limits[field]
    if (cap === null || uncounted.has(field)) return []
    const after = cap === 0 ? 'denied' : `at most ${formatAmount(field, cap)}`
    return [{ id: rowId(overrideId, field), name: nameOf(field, model), now: 'no cap', after, isFull: cap === 0 }]
  })
}
