import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { sql } from 'drizzle-orm'
import type { BudgetFacts, Notice, NoticeKind, NoticeLevel } from '../../../shared/models/notice.ts'

/** What the operator was told. `once` names what must be told no more than one time. */
export const notice = sqliteTable(
  'notice',
  {
    /** Grows with time. */
    id: integer().primaryKey({ autoIncrement: true }),
    at: integer().notNull(),
    kind: text().$type<NoticeKind>().notNull(),
    level: text().$type<NoticeLevel>().notNull(),
    subjectKind: text().$type<Notice['subject']['kind']>().notNull(),
    subjectId: text().notNull(),
    subjectName: text().notNull(),
    budget: text({ mode: 'json' }).$type<BudgetFacts>(),
    once: text().notNull(),
    readAt: integer(),
  },
  (t) => [
    uniqueIndex('notice_once').on(t.once),
    index('notice_subject').on(t.subjectId, t.id),
    index('notice_unread')
      .on(t.id)
      .where(sql`read_at is null`),
  ],
)
