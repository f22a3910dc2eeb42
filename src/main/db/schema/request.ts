import { index, integer, primaryKey, sqliteTable, text, real } from 'drizzle-orm/sqlite-core'
import { sql } from 'drizzle-orm'
import type { Exclusion, PlanNote, RequestState, ClientKind, UsageSource } from '../../../shared/models/request.ts'

/**
 * One row per request of a known key, written when it is admitted and completed once when it is settled. The id is made
 * by the gateway and grows with time, so the primary key is also the order of the list and costs an append.
 * Ids of other records are kept without foreign keys: the log outlives what it names.
 */
export const request = sqliteTable(
  'request',
  {
    id: integer().primaryKey(),
    at: integer().notNull(),
    state: text().$type<RequestState>().notNull(),
    keyId: text().notNull(),
    poolId: text().notNull(),
    upstreamId: text(),
    route: text().notNull(),
    model: text(),
    sentModel: text(),
    effort: text(),
    serviceTier: text(),
    stream: integer({ mode: 'boolean' }).notNull(),
    status: integer(),
    errorCode: text(),
    reservedInput: integer().notNull(),
    reservedOutput: integer().notNull(),
    /** Nano-dollars; null where no price was known. */
    reservedCostNanos: integer(),
    /** The override of the key whose limits counted it; null where none applied. */
    limitRule: text(),
    /** The ephemeral token that it came with; null for the key itself. */
    tokenId: text(),
    inputTokens: integer().notNull(),
    cachedTokens: integer().notNull(),
    outputTokens: integer().notNull(),
    reasoningTokens: integer().notNull(),
    usageSource: text().$type<UsageSource>().notNull(),
    /** Nano-dollars; null where no price is known. */
    costNanos: integer(),
    attempts: integer().notNull(),
    firstByteMs: real(),
    durationMs: real(),
    client: text().$type<ClientKind>().notNull(),
    clientIp: text().notNull(),
    exclusions: text({ mode: 'json' }).$type<Exclusion[]>(),
    /** The order in which upstreams were to be tried and why; null where there was nothing to choose. */
    plan: text({ mode: 'json' }).$type<PlanNote>(),
  },
  (t) => [
    index('request_key').on(t.keyId, t.id),
    // Small by nature: what is running, and what went wrong.
    index('request_unfinished')
      .on(t.id)
      .where(sql`state = 'open'`),
    index('request_failed')
      .on(t.errorCode, t.id)
      .where(sql`error_code is not null`),
    index('request_troubled')
      .on(t.id)
      .where(sql`error_code is not null`),
  ],
)

/** One dispatch of a request to one upstream. */
export const attempt = sqliteTable(
  'attempt',
  {
    requestId: integer().notNull(),
    number: integer().notNull(),
    upstreamId: text().notNull(),
    at: integer().notNull(),
    durationMs: real().notNull(),
    firstByteMs: real(),
    status: integer(),
    errorCode: text(),
    cause: text(),
  },
  (t) => [primaryKey({ columns: [t.requestId, t.number] })],
)
