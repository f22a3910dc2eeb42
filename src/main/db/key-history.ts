/**
 * Deletes what the log holds of one key, in steps small enough that a running stream does not notice. Each step is one
 * short transaction; the caller lets the event loop turn between two of them.
 */
import { and, asc, count, eq, inArray, lte, sql } from 'drizzle-orm'
import type { Db } from './database.ts'
import { apiKey } from './schema/api-key.ts'
import { attempt, request } from './schema/request.ts'
import { usageBucket } from './schema/usage-bucket.ts'
import { usageDay } from './schema/usage-day.ts'

/** Rows that one step may delete, attempts counted. */
const ROWS_PER_STEP = 250
/** Buckets that one step may look at: there is no index by key, so the table is walked by row id. */
const BUCKETS_PER_STEP = 5_000

/** Deletes the oldest requests of a key with their attempts. Returns how many; 0 when none is left. */
export function deleteSomeRequests(db: Db, keyId: string): number {
  const oldest = db
    .select({ id: request.id, attempts: request.attempts })
    .from(request)
    .where(eq(request.keyId, keyId))
    .orderBy(asc(request.id))
    .limit(ROWS_PER_STEP)
    .all()
  let rows = 0
  const ids: number[] = []
  for (const row of oldest) {
    rows += 1 + row.attempts
    if (ids.length > 0 && rows > ROWS_PER_STEP) break
    ids.push(row.id)
  }
  const last = ids.at(-1)
  if (last === undefined) return 0
  db.transaction((tx) => {
    tx.delete(attempt).where(inArray(attempt.requestId, ids)).run()
    tx.delete(request)
      .where(and(eq(request.keyId, keyId), lte(request.id, last)))
      .run()
  })
  return ids.length
}

/** Deletes a key's usage rows in the next window after `afterRow`. Returns where to go on, null at the end. */
export function deleteSomeUsage(db: Db, keyId: string, afterRow: number): number | null {
  const end =
    db
      .select({ row: sql<number | null>`max(rowid)` })
      .from(usageBucket)
      .get()?.row ?? 0
  if (afterRow >= end) return null
  const until = afterRow + BUCKETS_PER_STEP
  db.delete(usageBucket)
    .where(and(sql`rowid > ${afterRow}`, sql`rowid <= ${until}`, eq(usageBucket.keyId, keyId)))
    .run()
  return until
}

/** Deletes some of what a key's limits counted. Returns how many rows; 0 when none is left. */
export function deleteSomeUsageDays(db: Db, keyId: string): number {
  const some = db
    .select({ row: sql`rowid` })
    .from(usageDay)
    .where(eq(usageDay.keyId, keyId))
    .limit(ROWS_PER_STEP)
  return db
    .delete(usageDay)
    .where(inArray(sql`rowid`, some))
    .run().changes
}

/** Whose rows of the request log are counted. */
export type HistoryOwner = { readonly keyId: string } | { readonly poolId: string }

/**
 * How many requests the log holds of a key, or of the keys that a Pool has. Through the index by key, but still some
 * hundred milliseconds for a million rows: for the reader's thread.
 */
export function countRequests(db: Db, owner: HistoryOwner): number {
  const whose =
    'keyId' in owner
      ? eq(request.keyId, owner.keyId)
      : inArray(request.keyId, db.select({ id: apiKey.id }).from(apiKey).where(eq(apiKey.poolId, owner.poolId)))
  return db.select({ total: count() }).from(request).where(whose).get()?.total ?? 0
}
