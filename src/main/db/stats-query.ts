/**
 * Sums over the minute buckets, for the operator's charts. Points are counted from the start of the range, so that a
 * page asking from local midnight in steps of a day gets local days; points in which nothing happened are left out.
 */
import { and, eq, gte, lt, sql, type AnyColumn } from 'drizzle-orm'
import { AppError, assertNever } from '../../shared/errors.ts'
import type { StatsDimension, StatsPoint, StatsQuery } from '../../shared/models/stats.ts'
import type { Db } from './database.ts'
import { usageBucket } from './schema/usage-bucket.ts'

const MINUTE_MS = 60_000

/** A month by the hour, four series. Handing over more would itself hold the event loop: 5,000 points take 6 ms. */
const MAX_POINTS = 3_000

export function queryStats(db: Db, query: StatsQuery): StatsPoint[] {
  const first = Math.floor(query.from / MINUTE_MS)
  const end = Math.floor(query.to / MINUTE_MS)
  const t = usageBucket
  const step = query.stepMinutes === 0 ? Math.max(1, end - first) : query.stepMinutes
  const group = groupColumn(query.groupBy)
  const rows = db
    .select({
      // The cast is the division's rounding: numbers are bound as floating point.
      point: sql<number>`cast((${t.minute} - ${first}) / ${step} as integer) AS point`,
      group: sql<string>`${group ?? sql`''`} AS grp`,
      requests: total(t.requests),
      failed: total(t.failed),
      refused: total(t.refused),
      input: total(t.inputTokens),
      cached: total(t.cachedTokens),
      output: total(t.outputTokens),
      reasoning: total(t.reasoningTokens),
      costNanos: total(t.costNanos),
      durationMs: total(t.durationMs),
    })
    .from(t)
    .where(
      and(
        gte(t.minute, first),
        lt(t.minute, end),
        query.keyId === undefined ? undefined : eq(t.keyId, query.keyId),
        query.poolId === undefined ? undefined : eq(t.poolId, query.poolId),
      ),
    )
    .groupBy(sql`point`, sql`grp`)
    .orderBy(sql`point`, sql`grp`)
    .limit(MAX_POINTS + 1)
    .all()
  if (rows.length > MAX_POINTS) throw tooManyPoints()
  return rows.map(({ point, ...sums }) => ({ at: (first + point * step) * MINUTE_MS, ...sums }))
}

function total(column: AnyColumn) {
  return sql<number>`sum(${column})`
}

function groupColumn(dimension: StatsDimension) {
  switch (dimension) {
    case 'none':
      return null
    case 'key':
      return usageBucket.keyId
    case 'pool':
      return usageBucket.poolId
    case 'upstream':
      return usageBucket.upstreamId
    case 'model':
      return usageBucket.model
    default:
      return assertNever(dimension)
  }
}

function tooManyPoints(): AppError {
  return new AppError(
    'invalid_input',
    `The answer would have more than ${MAX_POINTS} points. Ask for a shorter range or a larger stepMinutes.`,
    { details: { stepMinutes: 'too small for this range', limit: MAX_POINTS } },
  )
}
