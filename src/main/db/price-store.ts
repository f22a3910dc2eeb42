/** All SQL of prices. Rows are added and never changed: what a price was then can always be told. */
import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import type { Price } from '../../shared/models/price.ts'
import type { Db, Tx } from './database.ts'
import { price } from './schema/price.ts'

/** Oldest first; of the same moment, in the order in which they were added. */
const order = [asc(price.from), sql`${price}.rowid`] as const

export function listPrices(db: Db | Tx): Price[] {
  return db
    .select()
    .from(price)
    .orderBy(...order)
    .all()
}

/** Of one model or pattern, in one place. */
export function listPriceHistory(db: Db | Tx, model: string, upstreamId: string | null): Price[] {
  const place = upstreamId === null ? isNull(price.upstreamId) : eq(price.upstreamId, upstreamId)
  return db
    .select()
    .from(price)
    .where(and(eq(price.model, model), place))
    .orderBy(...order)
    .all()
}

export function insertPrices(db: Db | Tx, rows: readonly Price[]): void {
  const insert = db
    .insert(price)
    .values({
      id: sql.placeholder('id'),
      model: sql.placeholder('model'),
      upstreamId: sql.placeholder('upstreamId'),
      rates: sql.placeholder('rates'),
      source: sql.placeholder('source'),
      note: sql.placeholder('note'),
      from: sql.placeholder('from'),
    })
    .prepare()
  for (const row of rows) insert.run(row)
}
