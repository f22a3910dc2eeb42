/**
 * Brings the request log down to what is kept, and the file with it, in slices so short that a running stream does not
 * notice. The caller lets the event loop turn between two of them. The sums per minute are left alone: totals and charts
 * go on telling of requests whose rows are gone.
 */
import type Database from 'better-sqlite3'
import type { Db } from './database.ts'
import { noteDeletedUntil } from './usage-day-store.ts'

/** What one slice may take of the event loop. */
const SLICE_MS = 4
const MIN_ROWS = 8
const MAX_ROWS = 200

export interface RetentionSlices {
  /** Deletes the next oldest requests with their attempts. `deleted` is 0 when none is left to go. */
  next(): { readonly deleted: number; readonly until: number | null }
}

/** Of the requests below the id `bound`. Those that still run are never deleted, whatever their age. */
export function createRetentionSlices(db: Db, bound: number): RetentionSlices {
  const client = db.$client
  const find = client.prepare<[number, number, number], { id: number; at: number }>(
    `select id, at from request where id > ? and id < ? and state <> 'open' order by id limit ?`,
  )
  const dropAttempts = client.prepare('delete from attempt where request_id > ? and request_id <= ?')
  const dropRequests = client.prepare(`delete from request where id > ? and id <= ? and state <> 'open'`)
  let after = 0
  let rows = MIN_ROWS

  const slice = client.transaction((last: number, lastAt: number) => {
    noteDeletedUntil(db, lastAt)
    // A request that still runs has no attempts yet: they are written when it ends.
    dropAttempts.run(after, last)
    return dropRequests.run(after, last).changes
  })

  return {
    next() {
      if (bound === 0) return { deleted: 0, until: null }
      const startedAt = performance.now()
      const found = find.all(after, bound, rows)
      const last = found.at(-1)
      if (last === undefined) return { deleted: 0, until: null }
      const deleted = slice(last.id, Math.max(...found.map(({ at }) => at)))
      after = last.id
      const took = performance.now() - startedAt
      rows = Math.max(MIN_ROWS, Math.min(MAX_ROWS, took > SLICE_MS ? Math.floor(rows / 2) : Math.ceil(rows * 1.25)))
      return { deleted, until: last.at }
    },
  }
}

/** Pages per slice of compacting: moving a page writes it and what points at it. */
const MIN_PAGES = 4
const MAX_PAGES = 256

export interface CompactionSlices {
  readonly totalPages: number
  /** Gives back the next unused pages. 0 when none is left. */
  next(): number
}

/** @returns null for a file that an earlier version made: it has to be rebuilt once, at a start. */
export function createCompactionSlices(client: Database.Database): CompactionSlices | null {
  const read = (name: string) => Number(client.pragma(name, { simple: true }))
  if (read('auto_vacuum') !== 2) return null
  let pages = MIN_PAGES
  return {
    totalPages: read('freelist_count'),
    next() {
      const free = read('freelist_count')
      if (free === 0) return 0
      const startedAt = performance.now()
      client.pragma(`incremental_vacuum(${pages})`)
      const took = performance.now() - startedAt
      pages = Math.max(MIN_PAGES, Math.min(MAX_PAGES, took > SLICE_MS ? Math.floor(pages / 2) : Math.ceil(pages * 1.5)))
      return free - read('freelist_count')
    },
  }
}

/** Moves the log into the file, which is shortened by it. Waits for nobody. */
export function settleFile(client: Database.Database): void {
  client.pragma('wal_checkpoint(PASSIVE)')
}

export function databaseBytes(client: Database.Database): number {
  return Number(client.pragma('page_count', { simple: true })) * Number(client.pragma('page_size', { simple: true }))
}
