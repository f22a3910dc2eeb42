/**
 * Walks the log in windows of ids, newest or oldest first, for as long as a call may take. A rare filter then costs
 * several short calls instead of one long one, and the caller learns how far the search came. Windows grow and shrink by
 * the time that the last one took, so neither a dense hour nor an empty year needs to be known beforehand.
 */
import { sql, type SQL } from 'drizzle-orm'
import { performance } from 'node:perf_hooks'
import { firstIdAt } from '../../shared/request-id.ts'
import type { Db } from './database.ts'
import type { Search } from './request-filter.ts'

export interface ScanLimits {
  /** No new window is begun after this. */
  readonly budgetMs: number
  readonly clock: () => number
}

export const SCAN_LIMITS: ScanLimits = { budgetMs: 50, clock: () => performance.now() }

export interface Window {
  readonly first: number
  readonly end: number
}

/** Ids that one minute spans. */
const MINUTE = firstIdAt(Date.UTC(2024, 0, 1) + 60_000)
const WINDOW_MS = 12

/**
 * Calls `visit` with one window after the other until it says that it has enough, all is searched, or time is up.
 * Returns what was not searched, null when nothing is left.
 */
export function walk(
  db: Db,
  search: Search,
  order: 'newest' | 'oldest',
  visit: (window: Window) => boolean,
  limits: ScanLimits = SCAN_LIMITS,
): Window | null {
  let rest = withinLog(db, search)
  const startedAt = limits.clock()
  for (let span = MINUTE; rest !== null;) {
    const window = cut(rest, span, order)
    const windowAt = limits.clock()
    const isEnough = visit(window)
    rest = without(rest, window, order)
    if (isEnough || rest === null) return rest
    const now = limits.clock()
    if (now - startedAt >= limits.budgetMs) return rest
    const took = Math.max(now - windowAt, 0.1)
    span = Math.max(1, Math.floor(span * Math.min(8, Math.max(0.25, WINDOW_MS / took))))
  }
  return null
}

/** The part of the search in which there are rows at all, so that an empty past or future costs nothing. */
function withinLog(db: Db, search: Search): Window | null {
  if (search.isEmpty) return null
  const edge = db.get<{ first: number | null; last: number | null }>(
    sql`select (select min(id) from request) as first, (select max(id) from request) as last`,
  )
  const { first: oldest = null, last: newest = null } = edge ?? {}
  if (oldest === null || newest === null) return null
  const first = Math.max(search.first, oldest)
  const end = Math.min(search.end, newest + 1)
  return first < end ? { first, end } : null
}

function cut(rest: Window, span: number, order: 'newest' | 'oldest'): Window {
  if (order === 'newest') return { first: Math.max(rest.first, rest.end - span), end: rest.end }
  return { first: rest.first, end: Math.min(rest.end, rest.first + span) }
}

function without(rest: Window, window: Window, order: 'newest' | 'oldest'): Window | null {
  const left = order === 'newest' ? { first: rest.first, end: window.first } : { first: window.end, end: rest.end }
  return left.first < left.end ? left : null
}

function where(search: Search, window: Window): SQL {
  return sql.join([...search.conditions, sql`id >= ${window.first}`, sql`id < ${window.end}`], sql` and `)
}

/** Ids of the window that match, in the order of the walk. */
export function idsIn(
  db: Db,
  search: Search,
  window: Window,
  { order, limit }: { order: 'newest' | 'oldest'; limit: number },
): number[] {
  const direction = order === 'newest' ? sql`desc` : sql`asc`
  const rows = db.values<[number]>(
    sql`select id from request ${search.source} where ${where(search, window)} order by id ${direction} limit ${limit}`,
  )
  return rows.map(([id]) => id)
}

export function countIn(db: Db, search: Search, window: Window): number {
  const row = db.get<{ count: number }>(
    sql`select count(*) as count from request ${search.source} where ${where(search, window)}`,
  )
  return row?.count ?? 0
}
