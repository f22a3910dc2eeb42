/** All SQL of the audit log. Rows are added and never changed. */
import { and, desc, eq, gt, lt, sql } from 'drizzle-orm'
import type { AuditEntry, AuditFilter } from '../../shared/models/audit.ts'
import type { Db, Tx } from './database.ts'
import { audit } from './schema/audit.ts'

export type NewAuditEntry = Omit<AuditEntry, 'id'>

export function insertAudit(db: Db | Tx, entry: NewAuditEntry): void {
  db.insert(audit).values(entry).run()
}

/** The id of the newest row, 0 when there is none. */
export function lastAuditId(db: Db | Tx): number {
  return (
    db
      .select({ id: sql<number | null>`max(${audit.id})` })
      .from(audit)
      .get()?.id ?? 0
  )
}

/** Matching rows with an id in (`above`, `below`), newest first: a window, so that a rare filter scans in steps. */
export function listAudit(
  db: Db | Tx,
  filter: Pick<AuditFilter, 'action' | 'actor' | 'targetId'>,
  window: { readonly below: number; readonly above: number; readonly limit: number },
): AuditEntry[] {
  return db
    .select()
    .from(audit)
    .where(
      and(
        lt(audit.id, window.below),
        gt(audit.id, window.above),
        filter.action === undefined ? undefined : eq(audit.action, filter.action),
        filter.targetId === undefined ? undefined : eq(audit.targetId, filter.targetId),
        filter.actor === undefined ? undefined : eq(audit.actor, filter.actor),
      ),
    )
    .orderBy(desc(audit.id))
    .limit(window.limit)
    .all()
    .map((row) => ({ ...row, id: String(row.id) }))
}
