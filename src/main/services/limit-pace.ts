/**
 * How fast a key has been using its limits of late: by the days that the counters keep, and within a day by the sums per
 * minute, on the reader's thread. Those know models and not overrides: an override's share is what its pattern names.
 */
import type { LimitField, LimitState } from '../../shared/models/limit.ts'
import type { StatsPoint } from '../../shared/models/stats.ts'
import { dayNumber, dayNumberStart } from '../../shared/zone.ts'
import type { Db } from '../db/database.ts'
import type { Reader } from '../db/reader.ts'
import { queryUsageDays } from '../db/usage-day-query.ts'
import { usageZone } from '../db/usage-day-rows.ts'
import { dayName } from '../db/usage-day-sums.ts'
import { ruleFor, type LimitRules } from '../gateway/limits/rules.ts'
import {
  fullAtOf,
  HOURS,
  isOfDay,
  isProjected,
  paceOf,
  SEVEN_DAYS,
  TWO_DAYS,
  type Stretch,
} from './limit-projection.ts'

export interface PacedKey {
  readonly id: string
  /** Epoch ms. */
  readonly createdAt: number
  readonly limits: LimitRules | null
}

export interface LimitPace {
  /** The same states with `fullAt`. */
  projected(key: PacedKey, states: readonly LimitState[], at: number): Promise<LimitState[]>
}

const MINUTE_MS = 60_000

export function createLimitPace({
  db,
  reader,
}: {
  readonly db: Db
  readonly reader: Pick<Reader, 'stats'>
}): LimitPace {
  async function ofHours(key: PacedKey, at: number): Promise<(state: LimitState) => Stretch[]> {
    const from = Math.floor((at - HOURS.ms) / MINUTE_MS) * MINUTE_MS
    const query = { from, to: at + MINUTE_MS, stepMinutes: 0, groupBy: 'model', keyId: key.id } as const
    const points = await reader.stats(query)
    const ms = at - Math.max(from, key.createdAt)
    return ({ field, overrideId }) => {
      const counted = points.filter(
        ({ group }) => overrideId === null || ruleFor(key.limits, group, group)?.id === overrideId,
      )
      const used = counted.reduce((sum, point) => sum + amountOf(field, point), 0)
      return [{ used, ms, leastMs: HOURS.leastMs }]
    }
  }

  function ofDays(key: PacedKey, at: number): (state: LimitState) => Stretch[] {
    const zone = usageZone(db)
    const today = dayNumber(zone, at)
    const rows = queryUsageDays(db, key.id, dayName(today - SEVEN_DAYS.days + 1))
    return ({ field, overrideId }) =>
      [TWO_DAYS, SEVEN_DAYS].map(({ days, leastMs }) => {
        const first = today - days + 1
        const [from, to] = [dayName(first), dayName(today)]
        const counted = rows.filter(({ rule, day }) => rule === (overrideId ?? '') && day >= from && day <= to)
        const used = counted.reduce((sum, row) => sum + (isMoney(field) ? row.costNanos : row.tokens), 0)
        return { used, ms: at - Math.max(dayNumberStart(zone, first), key.createdAt), leastMs }
      })
  }

  return {
    async projected(key, states, at) {
      const wanted = states.filter(isProjected)
      const hours = wanted.some(({ field }) => isOfDay(field)) ? await ofHours(key, at) : null
      const days = wanted.some(({ field }) => !isOfDay(field)) ? ofDays(key, at) : null
      return states.map((state) => {
        if (!isProjected(state)) return state
        const stretches = (isOfDay(state.field) ? hours : days)?.(state) ?? []
        return { ...state, fullAt: fullAtOf(state, paceOf(stretches), at) }
      })
    },
  }
}

function isMoney(field: LimitField): boolean {
  return field.startsWith('budget')
}

function amountOf(field: LimitField, { costNanos, input, output }: StatsPoint): number {
  return isMoney(field) ? costNanos : input + output
}
