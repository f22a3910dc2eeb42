import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { ResetUse } from '../../../shared/models/quota.ts'
import { upstream } from './upstream.ts'

/** Saved resets that were asked to be used: one that is pending keeps the next one back, also across a restart. */
export const resetUse = sqliteTable(
  'reset_use',
  {
    id: text().primaryKey(),
    upstreamId: text()
      .notNull()
      .references(() => upstream.id, { onDelete: 'cascade' }),
    resetId: text().notNull(),
    at: integer().notNull(),
    state: text().$type<ResetUse['state']>().notNull(),
    reason: text(),
  },
  (t) => [index('reset_use_upstream').on(t.upstreamId, t.at)],
)
