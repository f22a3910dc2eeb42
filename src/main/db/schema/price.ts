import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { PriceRates, PriceSource } from '../../../shared/models/price.ts'

/** Prices over time, append-only. What came with Weir is not here but in the program. */
export const price = sqliteTable(
  'price',
  {
    id: text().primaryKey(),
    model: text().notNull(),
    /** Null for every upstream. No foreign key: history outlives what it names. */
    upstreamId: text(),
    /** Null takes the price away. */
    rates: text({ mode: 'json' }).$type<PriceRates>(),
    source: text().$type<PriceSource>().notNull(),
    note: text().notNull(),
    from: integer().notNull(),
  },
  (t) => [index('price_model').on(t.model, t.from)],
)
