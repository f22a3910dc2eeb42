import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { FilterPage, SavedFilter } from '../../../shared/models/saved-filter.ts'

/** A filter that the operator gave a name, per page of the operator surface. */
export const savedFilter = sqliteTable(
  'saved_filter',
  {
    id: text().primaryKey(),
    page: text().$type<FilterPage>().notNull(),
    name: text().notNull(),
    filter: text({ mode: 'json' }).$type<SavedFilter['filter']>().notNull(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (t) => [index('saved_filter_page').on(t.page)],
)
