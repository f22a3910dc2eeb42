/**
 * Closes what a crash left open. Nobody knows what those requests used, so each is charged its reservation, in the log
 * and in the sums, in one transaction: run twice, the second finds nothing.
 */
import type { Db } from './database.ts'

const CHARGE = `insert into usage_bucket (minute, key_id, pool_id, upstream_id, model, requests, failed, refused,
    input_tokens, cached_tokens, output_tokens, reasoning_tokens, cost_nanos, duration_ms)
  select at / 60000, key_id, pool_id, '', coalesce(sent_model, model, ''), count(*), count(*), 0,
    sum(reserved_input), 0, sum(reserved_output), 0, 0, 0
  from request where state = 'open' group by 1, 2, 3, 4, 5
  on conflict do update set requests = requests + excluded.requests, failed = failed + excluded.failed,
    input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens`

const CLOSE = `update request set state = 'interrupted', error_code = 'interrupted', input_tokens = reserved_input,
  output_tokens = reserved_output, usage_source = 'estimated' where state = 'open'`

/** Returns how many requests were interrupted. Runs before the first request is admitted. */
export function closeInterrupted(db: Db): number {
  const { $client } = db
  return $client.transaction(() => {
    $client.prepare(CHARGE).run()
    return $client.prepare(CLOSE).run().changes
  })()
}

/** The newest id in the log, 0 for an empty one: ids of a new run go on from there even when the clock went back. */
export function lastRequestId(db: Db): number {
  const row = db.$client.prepare<[], { id: number | null }>('select max(id) as id from request').get()
  return row?.id ?? 0
}
