import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Actor, AuditEntry } from '../../../shared/models/audit.ts'

/** Who changed what. Never a value of a secret. */
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
  },
  (t) => [index('audit_target').on(t.targetId, t.id)],
)
