/**
 * A database like that of a busy house: a million requests of a week, 500 keys in 50 Pools over 20 upstreams, each key
 * with an upstream and models of its own. Written in SQL, so that it takes seconds.
 */
import { openDatabase } from '../src/main/db/open.ts'
import type { Db } from '../src/main/db/database.ts'
import { firstIdAt } from '../src/shared/request-id.ts'

const WEEK_MS = 7 * 24 * 3_600_000

export interface ListSeed {
  readonly requests: number
  readonly keys: number
  readonly pools: number
  readonly upstreams: number
}

export interface SeededLists {
  readonly file: string
  readonly oldestAt: number
  readonly newestAt: number
}

export function seedLists(dataDir: string, seed: ListSeed, now: number): SeededLists {
  const opened = openDatabase({ dataDir })
  try {
    const newestAt = now - 60_000
    const oldestAt = newestAt - WEEK_MS
    opened.db.$client.pragma('synchronous = OFF')
    opened.db.$client.transaction(() => {
      seedRecords(opened.db, seed, oldestAt)
      seedRequests(opened.db, seed, oldestAt)
      seedSums(opened.db)
    })()
    opened.db.$client.pragma('wal_checkpoint(TRUNCATE)')
    return { file: opened.file, oldestAt, newestAt }
  } finally {
    opened.close()
  }
}

const numbers = (name: string) =>
  `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < @${name})`

function seedRecords(db: Db, seed: ListSeed, at: number): void {
  const { $client } = db
  $client
    .prepare(
      `${numbers('upstreams')} INSERT INTO upstream (id, name, kind, status, base_url, notes, manual_models, fetched_models,
         secret_has_api_key, secret_header_names, created_at, updated_at)
       SELECT 'ups_bench_' || i, 'Benchmark upstream ' || i, 'simulator', 'active', '', '',
         '["model-0","model-1","model-2","model-3","model-4","model-5","model-6","model-7"]', '[]', 0, '[]', @at, @at
       FROM n`,
    )
    .run({ upstreams: seed.upstreams, at })
  $client
    .prepare(
      `${numbers('pools')} INSERT INTO pool (id, name, status, strategy, notes, created_at, updated_at)
       SELECT 'pool_bench_' || i, 'Benchmark Pool ' || i, 'active', 'priority', '', @at, @at FROM n`,
    )
    .run({ pools: seed.pools, at })
  $client
    .prepare(
      `INSERT INTO assignment (pool_id, upstream_id, priority, weight, enabled)
       SELECT pool.id, upstream.id, 1, 1, 1 FROM pool, upstream
       WHERE (CAST(substr(pool.id, 12) AS integer) + CAST(substr(upstream.id, 11) AS integer)) % 5 = 0`,
    )
    .run()
  $client
    .prepare(
      `${numbers('keys')} INSERT INTO api_key (id, pool_id, public_id, secret_hash, name, status, notes, metadata,
         model_policy, enforced, ip_allowlist, created_at, updated_at)
       SELECT 'key_bench_' || i, 'pool_bench_' || (i % CAST(@pools AS integer)), printf('B%09d', i), randomblob(32), 'Benchmark key ' || i,
         'active', '', '{}', '{"mode":"all"}', '{"model":null,"effort":null,"serviceTier":null}', '[]', @at, @at FROM n`,
    )
    .run({ keys: seed.keys, pools: seed.pools, at })
}

function seedRequests(db: Db, seed: ListSeed, oldestAt: number): void {
  // Spread by multiplying with odd numbers: deterministic, and no column follows another.
  db.$client
    .prepare(
      `${numbers('requests')}, r AS (SELECT i, @oldestAt + i * @stepMs AS at, (i * 7919) % 1000 AS dice,
         (i * 104729) % CAST(@keys AS integer) AS k FROM n)
       INSERT INTO request (id, at, state, key_id, pool_id, upstream_id, route, model, effort, stream, status, error_code,
         reserved_input, reserved_output, input_tokens, cached_tokens, output_tokens, reasoning_tokens, usage_source,
         attempts, first_byte_ms, duration_ms, client, client_ip)
       SELECT @firstId + i * @stepMs * 4096, at,
         CASE WHEN dice < 970 THEN 'completed' WHEN dice < 985 THEN 'failed' WHEN dice < 995 THEN 'refused' ELSE 'aborted' END,
         'key_bench_' || k, 'pool_bench_' || (k % CAST(@pools AS integer)),
         CASE WHEN dice BETWEEN 985 AND 994 THEN NULL ELSE 'ups_bench_' || (k % CAST(@upstreams AS integer)) END,
         CASE i % 3 WHEN 0 THEN '/v1/responses' ELSE '/v1/chat/completions' END, 'model-' || ((k + dice % 2) % 8),
         CASE i % 5 WHEN 0 THEN 'high' END, i % 2,
         CASE WHEN dice < 970 THEN 200 WHEN dice < 985 THEN 502 WHEN dice < 995 THEN 403 ELSE 499 END,
         CASE WHEN dice < 970 THEN NULL WHEN dice < 985 THEN 'upstream_error' WHEN dice < 995 THEN 'model_not_allowed'
           ELSE 'client_closed' END,
         300, 1000, 200 + dice, dice / 2, 100 + dice, 0, 'reported',
         CASE WHEN dice BETWEEN 985 AND 994 THEN 0 ELSE 1 END, 40.5 + dice / 10, 900.25 + dice,
         CASE i % 4 WHEN 0 THEN 'codex' WHEN 1 THEN 'opencode' ELSE 'openai-sdk' END, '127.0.0.1' FROM r`,
    )
    .run({
      requests: seed.requests,
      oldestAt,
      firstId: firstIdAt(oldestAt),
      stepMs: Math.floor(WEEK_MS / seed.requests),
      keys: seed.keys,
      pools: seed.pools,
      upstreams: seed.upstreams,
    })
}

function seedSums(db: Db): void {
  db.$client.exec(
    `INSERT INTO attempt (request_id, number, upstream_id, at, duration_ms, first_byte_ms, status, error_code)
     SELECT id, 1, upstream_id, at, duration_ms, first_byte_ms, status, error_code FROM request
     WHERE state IN ('failed', 'aborted');
     INSERT INTO usage_bucket (minute, key_id, pool_id, upstream_id, model, requests, failed, refused, input_tokens,
       cached_tokens, output_tokens, reasoning_tokens, cost_nanos, duration_ms)
     SELECT at / 60000, key_id, pool_id, coalesce(upstream_id, ''), coalesce(model, ''), count(*),
       sum(state = 'failed'), sum(state = 'refused'), sum(input_tokens), sum(cached_tokens), sum(output_tokens),
       sum(reasoning_tokens), sum(coalesce(cost_nanos, 0)), sum(duration_ms) FROM request GROUP BY 1, 2, 3, 4, 5`,
  )
}
