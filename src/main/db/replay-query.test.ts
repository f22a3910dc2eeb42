import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeTempDir } from '../../../test/support/temp-dir.ts'
import type { ReplayedRequest } from '../../shared/models/plan-preview.ts'
import { firstIdAt } from '../../shared/request-id.ts'
import { openDatabase, type OpenedDatabase } from './open.ts'
import { queryReplay } from './replay-query.ts'
import { SCAN_LIMITS } from './request-scan.ts'
import { attempt, request } from './schema/request.ts'

type Row = typeof request.$inferInsert

const START = Date.UTC(2026, 0, 1)
const MINUTE = 60_000
const COUNT = 240

function row(n: number, different: Partial<Row> = {}): Row {
  const at = START + n * MINUTE
  return {
    id: firstIdAt(at),
    at,
    state: 'completed',
    keyId: 'key',
    poolId: n % 3 === 0 ? 'other' : 'pool',
    upstreamId: 'up',
    route: '/v1/responses',
    model: 'm',
    stream: true,
    reservedInput: 9,
    reservedOutput: 7,
    inputTokens: 100,
    cachedTokens: 20,
    outputTokens: 30,
    reasoningTokens: 10,
    usageSource: 'reported',
    attempts: 1,
    firstByteMs: 1.5,
    durationMs: 2.5,
    client: 'codex',
    clientIp: '127.0.0.1',
    ...different,
  }
}

const noted = row(1, {
  attempts: 2,
  exclusions: [
    { upstreamId: 'a', reason: 'cooling_down', until: START + 9 },
    { upstreamId: 'b', reason: 'upstream_paused', until: null },
  ],
  plan: {
    strategy: 'priority',
    order: [],
    waitedMs: 0,
    session: 'abcd1234',
    affinity: { kind: 'response', upstreamId: 'up', outcome: 'kept', reason: null },
  },
})

let opened: OpenedDatabase

beforeAll(() => {
  opened = openDatabase({ dataDir: makeTempDir('replay-query') })
  const rows = Array.from({ length: COUNT }, (_, n) => (n === 1 ? noted : row(n)))
  opened.db.insert(request).values(rows).run()
  const tried = { requestId: noted.id ?? 0, at: START + MINUTE, durationMs: 5, firstByteMs: null, cause: null }
  opened.db
    .insert(attempt)
    .values([
      { ...tried, number: 2, upstreamId: 'up', status: 200, errorCode: null },
      { ...tried, number: 1, upstreamId: 'a', status: 429, errorCode: 'upstream_rate_limited' },
    ])
    .run()
})
afterAll(() => opened.close())

/** All pages, each within its bounds. */
function all(from: number, limit: number, limits = SCAN_LIMITS): ReplayedRequest[] {
  const rows: ReplayedRequest[] = []
  for (let before: number | null = null; ;) {
    const page = queryReplay(opened.db, { poolId: 'pool', from, before, limit }, limits)
    expect(page.rows.length).toBeLessThanOrEqual(limit)
    rows.push(...page.rows)
    if (page.next === null) return rows
    before = page.next
  }
}

const ids = (rows: readonly ReplayedRequest[]) => rows.map(({ id }) => id)
const expected = (first: number) =>
  Array.from({ length: COUNT }, (_, n) => n)
    .filter((n) => n % 3 !== 0 && n >= first)
    .map((n) => firstIdAt(START + n * MINUTE))
    .toReversed()

describe('the requests of one Pool for a replay', () => {
  it.each([1, 7, 160, 1_000])('come newest first, each once, in pages of %i', (limit) => {
    expect(ids(all(START, limit))).toEqual(expected(0))
    expect(ids(all(START + 100 * MINUTE, limit))).toEqual(expected(100))
  })

  it('come whole also where a call has no time', () => {
    let now = 0
    expect(ids(all(START, 50, { budgetMs: 0, clock: () => now++ }))).toEqual(expected(0))
  })

  it('come with what a replay needs of them', () => {
    expect(all(START, 500).at(-1)).toEqual({
      id: noted.id,
      keyId: 'key',
      route: '/v1/responses',
      model: 'm',
      sentModel: null,
      stream: true,
      state: 'completed',
      errorCode: null,
      serviceTier: null,
      reservedOutput: 7,
      upstreamId: 'up',
      firstByteMs: 1.5,
      durationMs: 2.5,
      usage: { input: 100, cached: 20, output: 30, reasoning: 10 },
      session: 'abcd1234',
      isTied: true,
      rests: [{ upstreamId: 'a', until: START + 9 }],
      tries: [
        {
          upstreamId: 'a',
          at: START + MINUTE,
          durationMs: 5,
          status: 429,
          errorCode: 'upstream_rate_limited',
          cause: null,
        },
        { upstreamId: 'up', at: START + MINUTE, durationMs: 5, status: 200, errorCode: null, cause: null },
      ],
    })
  })
})
