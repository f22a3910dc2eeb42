import { index, integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { upstream } from './upstream.ts'

/** What was known of an account's quota window at a moment: the history that a forecast is made from. */
export const quotaSample = sqliteTable(
  'quota_sample',
  {
    id: integer().primaryKey(),
    upstreamId: text()
      .notNull()
      .references(() => upstream.id, { onDelete: 'cascade' }),
    /** Empty for the account as a whole, else the meter's name. */
    meter: text().notNull(),
    /** The window's length: 300, 10,080, 43,200. */
    minutes: integer().notNull(),
    at: integer().notNull(),
    /** 0 to 100. */
    usedPercent: real().notNull(),
    resetsAt: integer(),
  },
  (t) => [index('quota_sample_window').on(t.upstreamId, t.meter, t.minutes, t.at)],
)
