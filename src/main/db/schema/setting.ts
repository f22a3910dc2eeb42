import { sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Only what the operator changed; everything else is its default. */
export const setting = sqliteTable('setting', {
  key: text().primaryKey(),
  value: text({ mode: 'json' }).notNull(),
})
