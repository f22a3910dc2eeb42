/** All SQL of saved resets that were asked to be used. */
import { and, desc, eq, sql } from 'drizzle-orm'
import type { ResetUse } from '../../shared/models/quota.ts'
import type { Db, Tx } from './database.ts'
import { resetUse } from './schema/reset-use.ts'

type Row = typeof resetUse.$inferSelect

function toUse(row: Row): ResetUse {
  const { upstreamId: _, ...use } = row
  return use
}

export function insertResetUse(db: Db | Tx, upstreamId: string, use: ResetUse): void {
  db.insert(resetUse)
    .values({ ...use, upstreamId })
    .run()
}

export function updateResetUse(db: Db | Tx, { id, state, reason }: ResetUse): void {
  db.update(resetUse).set({ state, reason }).where(eq(resetUse.id, id)).run()
}

/** The last one of an account. */
export function lastResetUse(db: Db | Tx, upstreamId: string): ResetUse | null {
  const row = db
    .select()
    .from(resetUse)
    .where(eq(resetUse.upstreamId, upstreamId))
    .orderBy(desc(resetUse.at), desc(sql`rowid`))
    .limit(1)
    .get()
  return row === undefined ? null : toUse(row)
}

/** There is one at most. */
export function pendingResetUse(db: Db | Tx, upstreamId: string): ResetUse | null {
  const isPending = and(eq(resetUse.upstreamId, upstreamId), eq(resetUse.state, 'pending'))
  const row = db.select().from(resetUse).where(isPending).get()
  return row === undefined ? null : toUse(row)
}

export function findResetUse(db: Db | Tx, upstreamId: string, id: string): ResetUse | undefined {
  const row = db
    .select()
    .from(resetUse)
    .where(and(eq(resetUse.upstreamId, upstreamId), eq(resetUse.id, id)))
    .get()
  return row && toUse(row)
}

/** Commits so that not even a power cut takes it back: what is sent after it cannot be unsent. Outside of transactions. */
export function durably<T>({ $client }: Db, write: () => T): T {
  $client.pragma('synchronous = FULL')
  try {
    return write()
  } finally {
    $client.pragma('synchronous = NORMAL')
  }
}

export interface FormerWindow {
  readonly meter: string
  readonly minutes: number
  readonly usedPercent: number
  readonly resetsAt: number | null
}

/** Each window of an account as it was last known until a moment. */
export function windowsUntil(db: Db, upstreamId: string, at: number): FormerWindow[] {
  return db.$client
    .prepare<[string, number], FormerWindow>(
      `select meter, minutes, used_percent as usedPercent, resets_at as resetsAt, max(at) from quota_sample
       where upstream_id = ? and at <= ? group by meter, minutes`,
    )
    .all(upstreamId, at)
    .map(({ meter, minutes, usedPercent, resetsAt }) => ({ meter, minutes, usedPercent, resetsAt }))
}
