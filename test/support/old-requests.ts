/** Fills a request log straight in the database, with requests of the past and their sums. */
import type { Db } from '../../src/main/db/database.ts'
import { firstIdAt } from '../../src/shared/request-id.ts'

const DAY_MS = 86_400_000

export interface OldRequests {
  readonly count: number
  /** The oldest is this many days back; the others follow evenly until now. */
  readonly days: number
  readonly now: number
  readonly state?: 'completed' | 'failed' | 'open'
}

/** Each failed request has two attempts; the others have none of their own. */
export function insertOldRequests(
  db: Pick<Db, '$client'>,
  { count, days, now, state = 'completed' }: OldRequests,
): void {
  const { $client } = db
  const request = $client.prepare(
    `insert into request (id, at, state, key_id, pool_id, route, stream, reserved_input, reserved_output, input_tokens,
      cached_tokens, output_tokens, reasoning_tokens, usage_source, attempts, client, client_ip, error_code)
     values (?, ?, ?, 'key_0000000000000000', 'pool_0000000000000000', '/v1/responses', 0, 1, 1, 3, 0, 2, 0, 'reported',
      1, 'curl', '127.0.0.1', ?)`,
  )
  const attempt = $client.prepare(
    `insert into attempt (request_id, number, upstream_id, at, duration_ms) values (?, ?, 'ups_0000000000000000', ?, 1)`,
  )
  const bucket = $client.prepare(
    `insert into usage_bucket (minute, key_id, pool_id, upstream_id, model, requests, failed, refused, input_tokens,
      cached_tokens, output_tokens, reasoning_tokens, cost_nanos, duration_ms)
     values (?, 'key_0000000000000000', 'pool_0000000000000000', '', '', 1, 0, 0, 3, 0, 2, 0, 0, 1)
     on conflict do update set requests = requests + 1`,
  )
  $client.transaction(() => {
    for (let index = 0; index < count; index += 1) {
      const at = Math.floor(now - days * DAY_MS + (index * days * DAY_MS) / count)
      // Several may fall into one millisecond.
      const id = firstIdAt(at) + (index % 4_096)
      request.run(id, at, state, state === 'failed' ? 'upstream_reset' : null)
      if (state === 'failed') for (const number of [1, 2]) attempt.run(id, number, at)
      bucket.run(Math.floor(at / 60_000))
    }
  })()
}
