/**
 * Fills a stopped Weir's database with keys and a week of logged requests, in SQL, so that a million rows take seconds.
 * The rows are what the gateway itself would have written: time-ordered ids, an attempt each, and the minute sums.
 */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { setCaps } from '../src/shared/models/limit.ts'
import { firstIdAt } from '../src/shared/request-id.ts'
import { twentyLimits } from './policy.ts'

const WEEK_MS = 7 * 24 * 3_600_000

export interface Seeded {
  databaseMib: number
  /** Ids to filter by, all with rows behind them. */
  keyId: string
  poolId: string
  upstreamId: string
  newestAt: number
  oldestAt: number
}

export function seedDatabase(dataDir: string, size: { keys: number; requests: number }): Seeded {
  const db = new Database(join(dataDir, 'weir.db'), { fileMustExist: true })
  try {
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = OFF')
    const ids = db.prepare('SELECT (SELECT id FROM pool) AS poolId, (SELECT id FROM upstream) AS upstreamId').get()
    const { poolId, upstreamId } = ids as { poolId: string; upstreamId: string }
    const newestAt = Date.now() - 60_000
    const oldestAt = newestAt - WEEK_MS
    db.transaction(() => {
      seedKeys(db, poolId, size.keys)
      seedRequests(db, { poolId, upstreamId, oldestAt, keys: size.keys, requests: size.requests })
      seedSums(db)
    })()
    db.pragma('wal_checkpoint(TRUNCATE)')
    const bytes = Number(db.pragma('page_count', { simple: true })) * Number(db.pragma('page_size', { simple: true }))
    return { databaseMib: bytes / 2 ** 20, keyId: 'key_bench_7', poolId, upstreamId, newestAt, oldestAt }
  } finally {
    db.close()
  }
}

function seedKeys(db: Database.Database, poolId: string, keys: number): void {
  db.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < @keys)
     INSERT INTO api_key (id, pool_id, public_id, secret_hash, name, status, notes, metadata, model_policy, enforced,
       ip_allowlist, limits, limit_overrides, created_at, updated_at)
     SELECT 'key_bench_' || i, @poolId, printf('B%09d', i), randomblob(32), 'Benchmark key ' || i, 'active', '', '{}',
       '{"mode":"all"}', '{"model":null,"effort":null,"serviceTier":null}', '[]', @limits, @overrides, @now, @now FROM n`,
  ).run({
    keys,
    poolId,
    limits: JSON.stringify(setCaps(twentyLimits.limits)),
    overrides: JSON.stringify(twentyLimits.limitOverrides.map((row) => ({ ...row, limits: setCaps(row.limits) }))),
    now: Date.now() - WEEK_MS,
  })
}

interface RequestSeed {
  poolId: string
  upstreamId: string
  oldestAt: number
  keys: number
  requests: number
}

function seedRequests(db: Database.Database, seed: RequestSeed): void {
  // Spread by multiplying with odd numbers: deterministic, and no column follows another.
  db.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < @requests),
       r AS (SELECT i, (@oldestAt + i * @stepMs) AS at, (i * 7919) % 1000 AS dice FROM n)
     INSERT INTO request (id, at, state, key_id, pool_id, upstream_id, route, model, stream, status, error_code,
       reserved_input, reserved_output, input_tokens, cached_tokens, output_tokens, reasoning_tokens, usage_source,
       attempts, first_byte_ms, duration_ms, client, client_ip)
     SELECT @firstId + i * @stepMs * 4096, at,
       CASE WHEN dice < 970 THEN 'completed' WHEN dice < 985 THEN 'failed' WHEN dice < 995 THEN 'refused' ELSE 'aborted' END,
       'key_bench_' || (1 + (i * 104729) % CAST(@keys AS integer)), @poolId, CASE WHEN dice BETWEEN 985 AND 994 THEN NULL ELSE @upstreamId END,
       CASE i % 3 WHEN 0 THEN 'responses' ELSE 'chat' END, 'model-' || (i % 8), i % 2,
       CASE WHEN dice < 970 THEN 200 WHEN dice < 985 THEN 502 WHEN dice < 995 THEN 403 ELSE 499 END,
       CASE WHEN dice < 970 OR dice >= 995 THEN NULL WHEN dice < 985 THEN 'upstream_error' ELSE 'model_not_allowed' END,
       300, 1000, 200 + dice, dice / 2, 100 + dice, 0, 'reported',
       CASE WHEN dice BETWEEN 985 AND 994 THEN 0 ELSE 1 END, 40.5, 900.25 + dice,
       CASE i % 4 WHEN 0 THEN 'codex' WHEN 1 THEN 'opencode' ELSE 'openai-sdk' END, '127.0.0.1' FROM r`,
  ).run({
    requests: seed.requests,
    oldestAt: seed.oldestAt,
    firstId: firstIdAt(seed.oldestAt),
    stepMs: Math.floor(WEEK_MS / seed.requests),
    keys: seed.keys,
    poolId: seed.poolId,
    upstreamId: seed.upstreamId,
  })
  db.exec(
    `INSERT INTO attempt (request_id, number, upstream_id, at, duration_ms, first_byte_ms, status, error_code)
     SELECT id, 1, upstream_id, at, duration_ms, first_byte_ms, status, error_code FROM request
     WHERE upstream_id IS NOT NULL`,
  )
}

function seedSums(db: Database.Database): void {
  db.exec(
    `INSERT INTO usage_bucket (minute, key_id, pool_id, upstream_id, model, requests, failed, refused, input_tokens,
       cached_tokens, output_tokens, reasoning_tokens, cost_nanos, duration_ms)
     SELECT at / 60000, key_id, pool_id, coalesce(upstream_id, ''), coalesce(model, ''), count(*),
       sum(state = 'failed'), sum(state = 'refused'), sum(input_tokens), sum(cached_tokens), sum(output_tokens),
       sum(reasoning_tokens), sum(coalesce(cost_nanos, 0)), sum(duration_ms) FROM request GROUP BY 1, 2, 3, 4, 5`,
  )
}
