import { integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { sql } from 'drizzle-orm'
import type { AccountFacts } from '../../../shared/models/account.ts'
import type { ModelFacts } from '../../../shared/models/model-facts.ts'
import type { SimulatorBehaviour, UpstreamKind, UpstreamStatus } from '../../../shared/models/upstream.ts'

/** One provider account. Its secret is in the secret store; only a fingerprint and header names are here. */
export const upstream = sqliteTable(
  'upstream',
  {
    id: text().primaryKey(),
    name: text().notNull(),
    kind: text().$type<UpstreamKind>().notNull(),
    status: text().$type<UpstreamStatus>().notNull(),
    statusReason: text(),
    baseUrl: text().notNull(),
    proxyUrl: text(),
    notes: text().notNull(),
    manualModels: text({ mode: 'json' }).$type<string[]>().notNull(),
    fetchedModels: text({ mode: 'json' }).$type<string[]>().notNull(),
    /** What the provider's list says of them, as far as it says more than their ids; null where it does not. */
    modelFacts: text({ mode: 'json' }).$type<ModelFacts[]>(),
    modelsFetchedAt: integer(),
    modelsError: text(),
    secretFingerprint: text(),
    secretSetAt: integer(),
    secretHasApiKey: integer({ mode: 'boolean' }).notNull(),
    secretHeaderNames: text({ mode: 'json' }).$type<string[]>().notNull(),
    /** Of a signed-in account; null for the other kinds. */
    account: text({ mode: 'json' }).$type<AccountFacts>(),
    /** Requests at the same time; null for any number. */
    maxConcurrent: integer(),
    simulator: text({ mode: 'json' }).$type<SimulatorBehaviour>(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (t) => [uniqueIndex('upstream_name').on(sql`lower(${t.name})`)],
)
