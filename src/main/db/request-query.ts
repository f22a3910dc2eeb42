/**
 * Pages of the request log for the operator, along the primary key, which grows with time: a time range and the cursor
 * are both ranges of ids, and no page costs more for lying further back.
 */
import { desc, inArray, sql } from 'drizzle-orm'
import type { RequestCount, RequestFilter, RequestPage, RequestSummary } from '../../shared/models/request.ts'
import { formatRequestId, requestIdTime } from '../../shared/request-id.ts'
import type { Db } from './database.ts'
import { searchOf } from './request-filter.ts'
import { namesOf } from './request-names.ts'
import { countIn, idsIn, SCAN_LIMITS, walk, type ScanLimits, type Window } from './request-scan.ts'
import { request } from './schema/request.ts'

export type RequestRow = typeof request.$inferSelect

/** What a bounded search found: rows newest first, and from which id a next call goes on. */
export interface Found {
  readonly rows: RequestRow[]
  /** As a cursor for the same direction; null when all is searched. */
  readonly next: number | null
  /** Null unless time was up before the page was full. */
  readonly searchedTo: number | null
}

/** `from` is inclusive, `to` exclusive. */
export function queryRequestPage(db: Db, filter: RequestFilter, limits: ScanLimits = SCAN_LIMITS): RequestPage {
  const { rows, next, searchedTo } = findRequests(db, filter, limits)
  const names = namesOf(db, {
    keys: rows.map((row) => row.keyId),
    pools: rows.map((row) => row.poolId),
    upstreams: rows.flatMap((row) => row.upstreamId ?? []),
  })
  return { rows: rows.map(summary), next: next === null ? null : formatRequestId(next), searchedTo, names }
}

export function findRequests(db: Db, filter: RequestFilter, limits: ScanLimits = SCAN_LIMITS): Found {
  const order = filter.after === undefined ? 'newest' : 'oldest'
  const search = searchOf(db, filter)
  const ids: number[] = []
  // One more than asked for says whether there is a next page.
  const wanted = filter.limit + 1
  const visit = (window: Window) => {
    ids.push(...idsIn(db, search, window, { order, limit: wanted - ids.length }))
    return ids.length >= wanted
  }
  const rest = walk(db, search, order, visit, limits)
  const isFull = ids.length > filter.limit
  const shown = ids.slice(0, filter.limit)
  const rows = shown.length === 0 ? [] : rowsOf(db, shown)
  if (isFull) return { rows, next: shown.at(-1) ?? null, searchedTo: null }
  if (rest === null) return { rows, next: null, searchedTo: null }
  const edge = order === 'newest' ? rest.end : rest.first - 1
  return { rows, next: edge, searchedTo: requestIdTime(edge) }
}

function rowsOf(db: Db, ids: readonly number[]): RequestRow[] {
  return db
    .select()
    .from(request)
    .where(inArray(request.id, [...ids]))
    .orderBy(desc(request.id))
    .all()
}

/** Counts for as long as it may, then goes by how much of the time range that was. */
export function queryRequestCount(db: Db, filter: RequestFilter, limits: ScanLimits = SCAN_LIMITS): RequestCount {
  const { before: _before, after: _after, ...whole } = filter
  const search = searchOf(db, whole)
  if (search.conditions.length === 0 && filter.from === undefined && filter.to === undefined) {
    // Without a condition SQLite counts pages, not rows.
    const all = db.get<{ count: number }>(sql`select count(*) as count from request`)
    if (filter.text === undefined) return { count: all?.count ?? 0, isExact: true }
  }
  let count = 0
  let newest = 0
  let oldest = 0
  const visit = (window: Window) => {
    count += countIn(db, search, window)
    newest = Math.max(newest, window.end)
    oldest = window.first
    return false
  }
  const rest = walk(db, search, 'newest', visit, limits)
  if (rest === null) return { count, isExact: true }
  return { count: Math.round((count * (newest - rest.first)) / (newest - oldest)), isExact: false }
}

export function summary(row: RequestRow): RequestSummary {
  const { id, reservedInput: _in, reservedOutput: _out, exclusions: _exclusions, ...rest } = row
  const { reservedCostNanos: _cost, limitRule: _rule, tokenId: _token, plan: _plan, ...shown } = rest
  const { inputTokens, cachedTokens, outputTokens, reasoningTokens, ...columns } = shown
  return {
    ...columns,
    id: formatRequestId(id),
    usage: { input: inputTokens, cached: cachedTokens, output: outputTokens, reasoning: reasoningTokens },
  }
}
