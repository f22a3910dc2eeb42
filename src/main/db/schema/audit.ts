import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Actor, AuditEntry } from '../../../shared/models/audit.ts'

/**
 * Who changed what. Never a value of a secret. Rows are added only: triggers in the migrations refuse to change or delete
 * one, and whoever rebuilds this table must make them again. Each row's hash covers its content and the hash before it.
 */
export const audit = sqliteTable(
  'audit',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    at: integer().notNull(),
    actor: text().$type<Actor>().notNull(),
    action: text().notNull(),
    targetKind: text().notNull(),
    targetId: text(),
    targetName: text(),
    outcome: text().$type<AuditEntry['outcome']>().notNull(),
    errorCode: text(),
    before: text({ mode: 'json' }).$type<NonNullable<AuditEntry['before']>>(),
    after: text({ mode: 'json' }).$type<NonNullable<AuditEntry['after']>>(),
    poolName: text(),
    /** Null only until the first start after the migration that brought it. */
    hash: text(),
    previousHash: text(),
  },
  (t) => [index('audit_target').on(t.targetId, t.id)],
)

/** One row: how long the chain is and where it ends, so that cutting off its tail shows. */
export const auditHead = sqliteTable('audit_head', {
  id: integer().primaryKey(),
  entries: integer().notNull(),
  lastId: integer().notNull(),
  hash: text().notNull(),
})
