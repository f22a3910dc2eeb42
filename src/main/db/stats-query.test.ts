import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeTempDir } from '../../../test/support/temp-dir.ts'
import { statsPoint, statsQuery } from '../../shared/models/stats.ts'
import { openDatabase, type OpenedDatabase } from './open.ts'
import { usageBucket } from './schema/usage-bucket.ts'
import { queryStats } from './stats-query.ts'

const MINUTE = 60_000
const FIRST = Date.UTC(2026, 0, 1) / MINUTE

type Row = typeof usageBucket.$inferInsert

function bucket(minute: number, requests: number, different: Partial<Row> = {}): Row {
  return {
    minute: FIRST + minute,
    keyId: 'key_a',
    poolId: 'pool_a',
    upstreamId: 'up_a',
    model: 'gpt-5',
    requests,
    failed: 1,
    refused: 2,
    inputTokens: 3,
    cachedTokens: 4,
    outputTokens: 5,
    reasoningTokens: 6,
    costNanos: 7,
    durationMs: 0.5,
    ...different,
  }
}

let opened: OpenedDatabase

beforeAll(() => {
  opened = openDatabase({ dataDir: makeTempDir('stats-query') })
  opened.db
    .insert(usageBucket)
    .values([
      bucket(0, 1),
      bucket(0, 10, { keyId: 'key_b', poolId: 'pool_b', upstreamId: 'up_b', model: 'o9' }),
      bucket(59, 100),
      bucket(60, 1_000),
      bucket(61, 10_000, { keyId: 'key_b' }),
    ])
    .run()
})
afterAll(() => opened.close())

const at = (minute: number) => (FIRST + minute) * MINUTE

/** `[minute, group, requests]` of each point. */
function points(query: Partial<Parameters<typeof statsQuery.parse>[0] & object>) {
  const parsed = statsQuery.parse({ from: at(0), to: at(120), ...query })
  return queryStats(opened.db, parsed).map((point) => [point.at / MINUTE - FIRST, point.group, point.requests])
}

describe('stats-query', () => {
  it('sums the whole range into one point', () => {
    const [point, ...rest] = queryStats(opened.db, statsQuery.parse({ from: at(0), to: at(120) }))
    expect(rest).toEqual([])
    expect(statsPoint.parse(point)).toEqual({
      at: at(0),
      group: '',
      requests: 11_111,
      failed: 5,
      refused: 10,
      input: 15,
      cached: 20,
      output: 25,
      reasoning: 30,
      costNanos: 35,
      durationMs: 2.5,
    })
  })

  it.each([
    [
      'steps of an hour',
      { stepMinutes: 60 },
      [
        [0, '', 111],
        [60, '', 11_000],
      ],
    ],
    [
      'steps counted from the start of the range',
      { from: at(59), stepMinutes: 2 },
      [
        [59, '', 1_100],
        [61, '', 10_000],
      ],
    ],
    [
      'keys',
      { groupBy: 'key' },
      [
        [0, 'key_a', 1_101],
        [0, 'key_b', 10_010],
      ],
    ],
    [
      'Pools',
      { groupBy: 'pool' },
      [
        [0, 'pool_a', 11_101],
        [0, 'pool_b', 10],
      ],
    ],
    [
      'upstreams',
      { groupBy: 'upstream' },
      [
        [0, 'up_a', 11_101],
        [0, 'up_b', 10],
      ],
    ],
    [
      'models',
      { groupBy: 'model' },
      [
        [0, 'gpt-5', 11_101],
        [0, 'o9', 10],
      ],
    ],
    [
      'keys in steps',
      { groupBy: 'key', stepMinutes: 60 },
      [
        [0, 'key_a', 101],
        [0, 'key_b', 10],
        [60, 'key_a', 1_000],
        [60, 'key_b', 10_000],
      ],
    ],
    ['one key', { keyId: 'key_b' }, [[0, '', 10_010]]],
    ['one Pool of one key', { keyId: 'key_b', poolId: 'pool_b' }, [[0, '', 10]]],
    ['an end that is exclusive', { to: at(60) }, [[0, '', 111]]],
    ['ends rounded down to minutes', { from: at(59) + 59_999, to: at(61) + 59_999 }, [[59, '', 1_100]]],
    ['nothing where nothing happened', { from: at(2), to: at(50) }, []],
    ['nothing of a range that ends before it starts', { from: at(50), to: at(0) }, []],
  ] as const)('answers %s', (_case, query, expected) => {
    expect(points(query)).toEqual(expected)
  })

  it('refuses to answer with more points than a chart can show', () => {
    const many = Array.from({ length: 3_001 }, (_, minute) => bucket(10_000 + minute, 1))
    opened.db.transaction((tx) => many.forEach((each) => tx.insert(usageBucket).values(each).run()))
    const from = at(10_000)
    expect(points({ from, to: at(13_000), stepMinutes: 1 })).toHaveLength(3_000)
    expect(() => points({ from, to: at(13_001), stepMinutes: 1 })).toThrow(
      expect.objectContaining({ code: 'invalid_input' }),
    )
    expect(points({ from, to: at(13_001), stepMinutes: 1_440 })).toHaveLength(3)
  })

  it('reads the range through the primary key', () => {
    const explain = opened.db.$client.prepare<[], { detail: string }>(
      'EXPLAIN QUERY PLAN SELECT sum(requests) FROM usage_bucket WHERE minute >= 1 AND minute < 2',
    )
    expect(explain.all().map((step) => step.detail)).toEqual([expect.stringContaining('minute>? AND minute<?')])
  })
})
