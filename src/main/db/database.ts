import type Database from 'better-sqlite3'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import * as apiKey from './schema/api-key.ts'
import * as audit from './schema/audit.ts'
import * as ephemeralToken from './schema/ephemeral-token.ts'
import * as notice from './schema/notice.ts'
import * as pool from './schema/pool.ts'
import * as price from './schema/price.ts'
import * as quotaSample from './schema/quota-sample.ts'
import * as resetUse from './schema/reset-use.ts'
import * as request from './schema/request.ts'
import * as savedFilter from './schema/saved-filter.ts'
import * as setting from './schema/setting.ts'
import * as upstream from './schema/upstream.ts'
import * as usageBucket from './schema/usage-bucket.ts'
import * as usageDay from './schema/usage-day.ts'

export const schema = {
  ...apiKey,
  ...audit,
  ...ephemeralToken,
  ...notice,
  ...pool,
  ...price,
  ...quotaSample,
  ...resetUse,
  ...request,
  ...savedFilter,
  ...setting,
  ...upstream,
  ...usageBucket,
  ...usageDay,
}

/** The open database: drizzle's builder, and better-sqlite3 itself as `$client` for the few hot statements. */
export type Db = BetterSQLite3Database<typeof schema> & { readonly $client: Database.Database }
/** Inside `db.transaction(tx => …)`. Synchronous: no await in it. */
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0]
