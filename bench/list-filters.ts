/** What operators filter the log by, each alone and some together; what matches nothing is the dearest. */
import type { RequestFilterInput } from '../src/shared/models/request.ts'
import type { SeededLists } from './seed-lists.ts'

export function filtersFor({ oldestAt, newestAt }: SeededLists): Record<string, RequestFilterInput> {
  const middle = Math.floor((oldestAt + newestAt) / 2)
  return {
    'no filter': {},
    '200 rows': { limit: 200 },
    key: { keyId: 'key_bench_7' },
    Pool: { poolId: 'pool_bench_7' },
    upstream: { upstreamId: 'ups_bench_7' },
    model: { model: 'model-3' },
    failed: { state: 'failed' },
    'three states': { state: ['failed', 'refused', 'aborted'] },
    running: { state: 'open' },
    'error code': { errorCode: 'model_not_allowed' },
    client: { client: 'codex' },
    'half the week': { from: oldestAt, to: middle },
    'an hour, refused': { from: middle, to: middle + 3_600_000, state: 'refused' },
    'key and aborted': { keyId: 'key_bench_7', state: 'aborted' },
    'Pool, model, failed': { poolId: 'pool_bench_5', model: 'model-5', state: 'failed' },
    'status 5xx, streamed': { statusClass: '5xx', stream: true },
    slow: { minDurationMs: 1_890 },
    'text: part of a key name': { text: 'key 49' },
    'text: a prefix': { text: 'sk-weir-B000000123' },
    'text: nothing': { text: 'zebra' },
    'nothing: model': { model: 'a-model-nobody-asked-for' },
    'nothing: client': { client: 'claude-code' },
    'nothing: upstream': { upstreamId: 'no-such-upstream' },
    'nothing: Pool': { poolId: 'no-such-pool' },
    'nothing: key': { keyId: 'no-such-key' },
    'nothing: tokens': { minTokens: 1_000_000 },
    'nothing: cost': { minCostNanos: 1e15 },
    'nothing: latency and effort': { minDurationMs: 1e9, effort: 'high' },
    'before all': { to: oldestAt - 1 },
  }
}
