import { integer, sqliteTable, text, uniqueIndex, primaryKey, index } from 'drizzle-orm/sqlite-core'
import { sql } from 'drizzle-orm'
import type { ModelAlias, ModelMode, PoolRouting, PoolStatus, PoolStrategy } from '../../../shared/models/pool.ts'
import { upstream } from './upstream.ts'

export const pool = sqliteTable(
  'pool',
  {
    id: text().primaryKey(),
    name: text().notNull(),
    status: text().$type<PoolStatus>().notNull(),
    strategy: text().$type<PoolStrategy>().notNull(),
    notes: text().notNull(),
    /** Null for none. */
    aliases: text({ mode: 'json' }).$type<ModelAlias[]>(),
    allowedModels: text({ mode: 'json' }).$type<string[]>(),
    hiddenModels: text({ mode: 'json' }).$type<string[]>(),
    servingModes: text({ mode: 'json' }).$type<ModelMode[]>(),
    /** Null for the usual. */
    routing: text({ mode: 'json' }).$type<PoolRouting>(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (t) => [uniqueIndex('pool_name').on(sql`lower(${t.name})`)],
)

/** An upstream's membership in a Pool. */
export const assignment = sqliteTable(
  'assignment',
  {
    poolId: text()
      .notNull()
      .references(() => pool.id, { onDelete: 'cascade' }),
    upstreamId: text()
      .notNull()
      .references(() => upstream.id, { onDelete: 'cascade' }),
    priority: integer().notNull(),
    weight: integer().notNull(),
    enabled: integer({ mode: 'boolean' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.poolId, t.upstreamId] }), index('assignment_upstream').on(t.upstreamId)],
)
