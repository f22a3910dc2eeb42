import { integer, primaryKey, sqliteTable, text, real } from 'drizzle-orm/sqlite-core'

/**
 * Sums of settled requests per minute, key, Pool, upstream and model, written in the same transaction as the log.
 * `minute` is epoch minutes of the request's arrival. Empty strings stand for "none": a null in a key never conflicts.
 */
export const usageBucket = sqliteTable(
  'usage_bucket',
  {
    minute: integer().notNull(),
    keyId: text().notNull(),
    poolId: text().notNull(),
    upstreamId: text().notNull(),
    model: text().notNull(),
    requests: integer().notNull(),
    failed: integer().notNull(),
    refused: integer().notNull(),
    inputTokens: integer().notNull(),
    cachedTokens: integer().notNull(),
    outputTokens: integer().notNull(),
    reasoningTokens: integer().notNull(),
    costNanos: integer().notNull(),
    durationMs: real().notNull(),
  },
  (t) => [primaryKey({ columns: [t.minute, t.keyId, t.poolId, t.upstreamId, t.model] })],
)
