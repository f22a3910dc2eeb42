/** All SQL of saved filters. */
import { and, asc, count, eq, ne, sql } from 'drizzle-orm'
import type { FilterPage, SavedFilter } from '../../shared/models/saved-filter.ts'
import type { Db, Tx } from './database.ts'
import { savedFilter } from './schema/saved-filter.ts'
import { nameTaken } from './store-error.ts'

export function listSavedFilters(db: Db | Tx, page: FilterPage): SavedFilter[] {
  return db
    .select()
    .from(savedFilter)
    .where(eq(savedFilter.page, page))
    .orderBy(sql`lower(${savedFilter.name})`, asc(savedFilter.id))
    .all()
}

export function countSavedFilters(db: Db | Tx, page: FilterPage): number {
  return db.select({ count: count() }).from(savedFilter).where(eq(savedFilter.page, page)).get()?.count ?? 0
}

export function findSavedFilter(db: Db | Tx, id: string): SavedFilter | undefined {
  return db.select().from(savedFilter).where(eq(savedFilter.id, id)).get()
}

/** Names are unique per page. One process writes, so checking before writing is enough. */
export function putSavedFilter(db: Db | Tx, value: SavedFilter): void {
  const other = db
    .select({ id: savedFilter.id })
    .from(savedFilter)
    .where(
      and(
        eq(savedFilter.page, value.page),
        sql`lower(${savedFilter.name}) = lower(${value.name})`,
        ne(savedFilter.id, value.id),
      ),
    )
    .get()
  if (other) throw nameTaken('saved filter of this page', value.name)
  const { id: _id, ...row } = value
  db.insert(savedFilter).values(value).onConflictDoUpdate({ target: savedFilter.id, set: row }).run()
}

export function deleteSavedFilter(db: Db | Tx, id: string): void {
  db.delete(savedFilter).where(eq(savedFilter.id, id)).run()
}
