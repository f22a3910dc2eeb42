import { index, integer, sqliteTable, text, uniqueIndex, blob } from 'drizzle-orm/sqlite-core'
import type { EphemeralToken } from '../../../shared/models/ephemeral-token.ts'
import type { ModelPolicy } from '../../../shared/models/key.ts'
import type { Limits } from '../../../shared/models/limit.ts'
import { apiKey } from './api-key.ts'

/** A credential that a key lends. Of its secret only the SHA-256 is here. */
export const ephemeralToken = sqliteTable(
  'ephemeral_token',
  {
    id: text().primaryKey(),
    keyId: text()
      .notNull()
      .references(() => apiKey.id, { onDelete: 'cascade' }),
    publicId: text().notNull(),
    secretHash: blob({ mode: 'buffer' }).notNull(),
    name: text().notNull(),
    madeBy: text().$type<EphemeralToken['madeBy']>().notNull(),
    /** Null is all that the key may. */
    modelPolicy: text({ mode: 'json' }).$type<ModelPolicy>(),
    /** Null for none at all. */
    limits: text({ mode: 'json' }).$type<Limits>(),
    /** Null allows every address. */
    ipAllowlist: text({ mode: 'json' }).$type<string[]>(),
    createdAt: integer().notNull(),
    expiresAt: integer().notNull(),
    revokedAt: integer(),
    lastUsedAt: integer(),
  },
  (t) => [
    uniqueIndex('ephemeral_token_public_id').on(t.publicId),
    index('ephemeral_token_key').on(t.keyId, t.createdAt),
    index('ephemeral_token_expiry').on(t.expiresAt),
  ],
)
