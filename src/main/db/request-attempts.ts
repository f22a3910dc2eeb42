/**
 * Dispatches to one upstream, newest first. A request that needed a single, successful attempt has no row in `attempt`;
 * the others do, and may have been served by another upstream in the end. Both are walked together, in one search.
 */
import { inArray, sql } from 'drizzle-orm'
import type { UpstreamAttempts, UpstreamAttemptsQuery } from '../../shared/models/overview.ts'
import { formatRequestId, requestIdTime } from '../../shared/request-id.ts'
import type { Db } from './database.ts'
import { plainTry } from './request-detail.ts'
import { searchOf } from './request-filter.ts'
import { SCAN_LIMITS, walk, type ScanLimits } from './request-scan.ts'
import { attempt, request } from './schema/request.ts'

export function queryUpstreamAttempts(
  db: Db,
  query: UpstreamAttemptsQuery,
  limits: ScanLimits = SCAN_LIMITS,
): UpstreamAttempts {
  const before = query.before === undefined ? {} : { before: query.before }
  const search = searchOf(db, { limit: query.limit, ...before })
  const ids: number[] = []
  const wanted = query.limit + 1
  const rest = walk(
    db,
    search,
    'newest',
    ({ first, end }) => {
      const found = db.values<[number]>(
        sql`select id from (
          select * from (select id from request not indexed where upstream_id = ${query.id} and id >= ${first} and id < ${end}
            order by id desc limit ${wanted})
          union
          select * from (select distinct request_id from attempt where request_id >= ${first} and request_id < ${end}
            and upstream_id = ${query.id} order by request_id desc limit ${wanted}))
        order by id desc limit ${wanted - ids.length}`,
      )
      ids.push(...found.map(([id]) => id))
      return ids.length >= wanted
    },
    limits,
  )
  const isFull = ids.length > query.limit
  const shown = ids.slice(0, query.limit)
  const edge = isFull ? (shown.at(-1) ?? null) : (rest?.end ?? null)
  return {
    rows: attemptsOf(db, query.id, shown),
    next: edge === null ? null : formatRequestId(edge),
    searchedTo: isFull || rest === null ? null : requestIdTime(rest.end),
  }
}

function attemptsOf(db: Db, upstreamId: string, ids: readonly number[]): UpstreamAttempts['rows'] {
  if (ids.length === 0) return []
  const requests = db
    .select()
    .from(request)
    .where(inArray(request.id, [...ids]))
    .all()
  const attempts = db
    .select()
    .from(attempt)
    .where(inArray(attempt.requestId, [...ids]))
    .all()
  const byId = new Map(requests.map((row) => [row.id, row]))
  return ids.flatMap((id) => {
    const row = byId.get(id)
    if (row === undefined) return []
    const stored = attempts.filter((each) => each.requestId === id)
    const tries = stored.length > 0 ? stored : plainTry(row)
    const ofRequest = { requestId: formatRequestId(id), model: row.sentModel ?? row.model, state: row.state }
    return tries
      .filter((each) => each.upstreamId === upstreamId)
      .toSorted((a, b) => b.number - a.number)
      .map(({ number, at, durationMs, firstByteMs, status, errorCode, cause }) => {
        return { number, at, durationMs, firstByteMs, status, errorCode, cause, ...ofRequest }
      })
  })
}
