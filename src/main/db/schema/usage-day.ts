import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/**
 * What limits count over days and longer, written in the same transaction as the log. A week, a month are sums of days.
 * `rule` is the override that applied, empty for the key as a whole. `day` is `2026-11-21` in the operator's zone, empty
 * for all time. Reservations are not here: they are in the log's open rows.
 */
export const usageDay = sqliteTable(
  'usage_day',
  {
    keyId: text().notNull(),
    rule: text().notNull(),
    day: text().notNull(),
    requests: integer().notNull(),
    tokens: integer().notNull(),
    costNanos: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.keyId, t.rule, t.day] })],
)
