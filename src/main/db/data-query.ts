/** What the database holds, counted for the operator. Read on the reader's thread: counting a large log takes a while. */
import { and, asc, desc, gte, isNotNull, lt, ne, sql } from 'drizzle-orm'
import type { RetentionPreview, RetentionRule } from '../../shared/models/data-care.ts'
import { firstIdAt } from '../../shared/request-id.ts'
import { rowCounts } from './backup.ts'
import type { Db, Tx } from './database.ts'
import { request } from './schema/request.ts'

export interface DataFacts {
  readonly rows: Readonly<Record<string, number>>
  readonly oldestRequestAt: number | null
  readonly newestRequestAt: number | null
  /** Unused pages inside the file. */
  readonly reusableBytes: number
  /** The file can be compacted while it is in use. */
  readonly isIncremental: boolean
  /** Tags are not in the database; the time of its newest migration is. */
  readonly newestMigration: number | null
}

export function queryDataFacts(db: Db): DataFacts {
  const { $client } = db
  const pragma = (name: string) => Number($client.pragma(name, { simple: true }))
  const end = (order: typeof asc) =>
    db.select({ at: request.at }).from(request).orderBy(order(request.id)).limit(1).get()?.at ?? null
  return {
    rows: rowCounts($client),
    oldestRequestAt: end(asc),
    newestRequestAt: end(desc),
    reusableBytes: pragma('freelist_count') * pragma('page_size'),
    isIncremental: pragma('auto_vacuum') === 2,
    newestMigration:
      $client.prepare<[], number | null>('SELECT max(created_at) FROM __drizzle_migrations').pluck().get() ?? null,
  }
}

/** Requests below this id go; 0 when none does. A rule of 0 or null keeps all. */
function retentionBound(db: Db | Tx, rule: RetentionRule, now: number): number {
  const byAge = rule.days === null || rule.days === 0 ? 0 : firstIdAt(Math.max(0, now - rule.days * 86_400_000))
  const newestToGo =
    rule.rows === null || rule.rows === 0
      ? undefined
      : db.select({ id: request.id }).from(request).orderBy(desc(request.id)).limit(1).offset(rule.rows).get()
  return Math.max(byAge, newestToGo === undefined ? 0 : newestToGo.id + 1)
}

/** The preview, and the id below which requests go. */
export interface RetentionPlan {
  readonly preview: RetentionPreview
  readonly bound: number
}

export function queryRetention(
  db: Db,
  { rule, now }: { readonly rule: RetentionRule; readonly now: number },
): RetentionPlan {
  return db.transaction((tx) => {
    const bound = retentionBound(tx, rule, now)
    const count = sql<number>`count(*)`
    const goes = and(lt(request.id, bound), ne(request.state, 'open'))
    const requests = bound === 0 ? 0 : (tx.select({ count }).from(request).where(goes).get()?.count ?? 0)
    const all = tx.select({ count }).from(request).get()?.count ?? 0
    const last = requests === 0 ? undefined : tx.select({ at: request.at }).from(request).where(goes)
    const preview = {
      requests,
      remaining: all - requests,
      until: last?.orderBy(desc(request.id)).limit(1).get()?.at ?? null,
      oldest: tx.select({ at: request.at }).from(request).orderBy(asc(request.id)).limit(1).get()?.at ?? null,
    }
    return { preview, bound }
  })
}

export interface ErrorCount {
  readonly code: string
  readonly requests: number
  readonly lastAt: number
}

/** The newest failures by code, of the requests since then. */
export function queryErrorCounts(db: Db, { since }: { readonly since: number }): ErrorCount[] {
  return db
    .select({
      code: sql<string>`${request.errorCode}`,
      requests: sql<number>`count(*)`,
      lastAt: sql<number>`max(${request.at})`,
    })
    .from(request)
    .where(and(isNotNull(request.errorCode), gte(request.id, firstIdAt(since))))
    .groupBy(request.errorCode)
    .orderBy(request.errorCode)
    .all()
}
