import { sql } from 'drizzle-orm'
import { blob, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { EnforcedFields, ModelPolicy, PoolKey, StoredKeyStatus } from '../../../shared/models/key.ts'
import type { LimitAdjustments, LimitOverride, Limits, UnpricedPolicy } from '../../../shared/models/limit.ts'
import { pool } from './pool.ts'

/** A client credential. The secret itself is never stored, only its SHA-256 (it carries 190 bits of randomness). */
export const apiKey = sqliteTable(
  'api_key',
  {
    id: text().primaryKey(),
    poolId: text()
      .notNull()
      .references(() => pool.id, { onDelete: 'cascade' }),
    publicId: text().notNull(),
    secretHash: blob({ mode: 'buffer' }).notNull(),
    name: text().notNull(),
    owner: text(),
    status: text().$type<StoredKeyStatus>().notNull(),
    notes: text().notNull(),
    metadata: text({ mode: 'json' }).$type<PoolKey['metadata']>().notNull(),
    modelPolicy: text({ mode: 'json' }).$type<ModelPolicy>().notNull(),
    enforced: text({ mode: 'json' }).$type<EnforcedFields>().notNull(),
    allowedUpstreams: text({ mode: 'json' }).$type<string[]>(),
    ipAllowlist: text({ mode: 'json' }).$type<string[]>().notNull(),
    /** Null for none at all. */
    limits: text({ mode: 'json' }).$type<Limits>(),
    limitOverrides: text({ mode: 'json' }).$type<LimitOverride[]>(),
    /** Null is `refuse`. */
    unpriced: text().$type<UnpricedPolicy>(),
    /** Null for none. */
    adjustments: text({ mode: 'json' }).$type<LimitAdjustments>(),
    /** Percent; null for the usual ones. */
    alertThresholds: text({ mode: 'json' }).$type<number[]>(),
    /** Null is no. */
    canMakeTokens: integer({ mode: 'boolean' }),
    expiresAt: integer(),
    /** The secret before the last rotation, while it still opens; null where it does not. */
    previousHash: blob({ mode: 'buffer' }),
    /** Epoch ms; the former secret opens until then. */
    previousUntil: integer(),
    previousUsedAt: integer(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
    rotatedAt: integer(),
    lastUsedAt: integer(),
  },
  (t) => [
    uniqueIndex('api_key_public_id').on(t.publicId),
    // Also finds the keys of a Pool.
    uniqueIndex('api_key_pool_name').on(t.poolId, sql`lower(${t.name})`),
  ],
)
