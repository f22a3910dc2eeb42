/**
 * A whole house in this process whose clock the test sets: it is stopped, and killed as far as its files can tell, and
 * started again. The faked clock is that of this process; the reader's threads are told the time with each question.
 */
import Database from 'better-sqlite3'
import { cpSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { PoolKey } from '../../src/shared/models/key.ts'
import type { LimitField, LimitState } from '../../src/shared/models/limit.ts'
import { startApp, type AppRig } from './app-rig.ts'
import { definitionOf } from './limits-model.ts'
import { makeTempDir } from './temp-dir.ts'

export interface CountedRow {
  readonly at: number
  readonly tokens: number
  readonly costNanos: number
  readonly limitRule: string | null
  readonly isOpen: boolean
}

export interface House {
  readonly app: AppRig
  readonly dataDir: string
  /** The log's requests of a key that count, read from the file. */
  rows(keyId: string): CountedRow[]
  /** By the definition of the limit, from the log alone. */
  usedByLog(keyId: string, state: Pick<LimitState, 'field' | 'overrideId'>, at: number): number
  all<Row>(sql: string): Row[]
  stop(): Promise<void>
  /** A copy of the files as they are in this instant, as a kill leaves them. */
  image(): string
}

const LEFT_BY_NOBODY = new Set(['weir.lock', 'weir.sock', 'weir.db-shm'])

export async function openHouse(dataDir: string, zone: string): Promise<House> {
  const app = await startApp({ dataDir })
  const db = new Database(join(dataDir, 'weir.db'), { readonly: true })
  const all = <Row>(sql: string): Row[] => db.prepare<[], Row>(sql).all()
  const rows = (keyId: string) =>
    all<Omit<CountedRow, 'isOpen'> & { isOpen: number }>(
      `select at, input_tokens + output_tokens as tokens, coalesce(cost_nanos, 0) as costNanos, limit_rule as limitRule,
        state = 'open' as isOpen from request where key_id = '${keyId}' and state <> 'refused'`,
    ).map((row): CountedRow => ({ ...row, isOpen: row.isOpen === 1 }))
  return {
    app,
    dataDir,
    rows,
    all,
    usedByLog(keyId, { field, overrideId }, at) {
      const [counts, amount] = definitionOf(field)
      return rows(keyId)
        .filter((row) => overrideId === null || row.limitRule === overrideId)
        .filter((row) => (field === 'concurrentRequests' ? row.isOpen : true) && counts(row.at, at, zone))
        .reduce((sum, row) => sum + amount(row), 0)
    },
    async stop() {
      db.close()
      await app.close()
    },
    image() {
      const copy = makeTempDir('killed')
      cpSync(dataDir, copy, { recursive: true, filter: (from) => !LEFT_BY_NOBODY.has(basename(from)) })
      return copy
    },
  }
}

/** What the log says, and what the sums per minute say, in the same columns. */
export const LOG_SUMS = `select at / 60000 as minute, key_id, pool_id, coalesce(upstream_id, '') as upstream_id,
  coalesce(sent_model, model, '') as model, count(*) as requests, sum(state in ('failed', 'interrupted')) as failed,
  sum(state = 'refused') as refused, sum(input_tokens) as input_tokens, sum(cached_tokens) as cached_tokens,
  sum(output_tokens) as output_tokens, sum(reasoning_tokens) as reasoning_tokens,
  sum(coalesce(cost_nanos, 0)) as cost_nanos from request group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5`
export const BUCKET_SUMS = `select minute, key_id, pool_id, upstream_id, model, requests, failed, refused, input_tokens,
  cached_tokens, output_tokens, reasoning_tokens, cost_nanos from usage_bucket order by 1, 2, 3, 4, 5`

export interface HouseKey {
  readonly key: PoolKey
  readonly secret: string
}

export interface CallerLimit {
  readonly limit: LimitField
  readonly model: string | null
  readonly allowed: number
  readonly used: number
  readonly reserved: number
  readonly remaining: number
  readonly resets_at: number | null
}

/** What a caller is told of its own key. */
export async function callerUsage(
  house: House,
  secret: string,
): Promise<{ limits: CallerLimit[]; key: { prefix: string } }> {
  const answer = await fetch(`${house.app.app.gatewayUrl}/v1/usage`, { headers: { authorization: `Bearer ${secret}` } })
  return (await answer.json()) as Awaited<ReturnType<typeof callerUsage>>
}
