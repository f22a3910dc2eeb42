import { afterEach, describe, expect, it } from 'vitest'
import { makeTempDir } from '../../../test/support/temp-dir.ts'
import { seriesQuery } from '../../shared/models/stats.ts'
import { firstIdAt } from '../../shared/request-id.ts'
import { openDatabase, type OpenedDatabase } from './open.ts'
import { usageBucket } from './schema/usage-bucket.ts'
import { createUsageBlocks, toSums, type UsageBlocks } from './stats-blocks.ts'
import { querySeries } from './stats-series.ts'

const MINUTE = 60_000
const DAY = 1_440
/** A Thursday, 12:34 UTC. */
const NOW = Date.UTC(2026, 0, 15, 12, 34)
const LAST = NOW / MINUTE
const moment = { nowMs: NOW, isComplete: true, settlingMs: 30_000 }

const opened: OpenedDatabase[] = []
afterEach(() => {
  for (const database of opened.splice(0)) database.close()
})

function open() {
  const database = openDatabase({ dataDir: makeTempDir('stats-blocks') })
  opened.push(database)
  const { db } = database
  const blocks = createUsageBlocks(db)
  const put = (minute: number, requests: number, ids: { key?: string; model?: string; pool?: string } = {}) => {
    const { key = 'key_a', model = 'gpt-5', pool = 'pool_a' } = ids
    const names = { minute, keyId: key, poolId: pool, upstreamId: 'up_a', model }
    const counts = { failed: 1, refused: 0, inputTokens: 10, cachedTokens: 2, outputTokens: 3, reasoningTokens: 1 }
    db.insert(usageBucket)
      .values({ ...names, requests, ...counts, costNanos: 7, durationMs: 0.5 })
      .run()
  }
  const key = (id: string) =>
    db.$client.exec(`INSERT OR IGNORE INTO pool (id, name, status, strategy, notes, created_at, updated_at)
        VALUES ('pool_a', 'Team', 'active', 'priority', '', 1, 1);
      INSERT INTO api_key (id, pool_id, public_id, secret_hash, name, status, notes, metadata, model_policy, enforced,
        ip_allowlist, created_at, updated_at)
        VALUES ('${id}', 'pool_a', '${id}', x'00', 'Name of ${id}', 'active', '', '{}', '{}', '{}', '[]', 1, 1)`)
  return { db, blocks, put, key }
}

/** Requests between two minutes, as one question. */
function ask(blocks: UsageBlocks, from: number, to: number): number {
  blocks.refresh(moment)
  return toSums(blocks.sums(from, to).all).requests
}

describe('stats-blocks', () => {
  it('adds up any range to what the rows say, kept or not', () => {
    const { db, blocks, put } = open()
    // Three days of traffic that is different each minute; primes, so that no step repeats another.
    for (let minute = LAST - 3 * DAY; minute <= LAST; minute += 7) put(minute, (minute * 31) % 97)
    const exact = db.$client.prepare(
      'SELECT coalesce(sum(requests), 0) FROM usage_bucket WHERE minute >= ? AND minute < ?',
    )
    for (const [from, to] of [
      [LAST - 3 * DAY, LAST + 1],
      [LAST - 2 * DAY - 17, LAST - DAY + 3],
      [LAST - 100, LAST + 1],
      [LAST - 90, LAST - 80],
      [LAST - DAY - (LAST % DAY), LAST - (LAST % DAY)],
      [LAST + 5, LAST + 10],
    ] as const) {
      const expected = exact.pluck().get(from, to)
      expect(ask(blocks, from, to)).toBe(expected)
      expect(ask(blocks, from, to)).toBe(expected)
    }
  })

  it('keeps sums per key, Pool, upstream and model', () => {
    const { blocks, put } = open()
    put(LAST - 600, 5)
    put(LAST - 600, 7, { key: 'key_b', model: 'o9' })
    blocks.refresh(moment)
    const block = blocks.sums(LAST - DAY, LAST)
    expect(toSums(block.key.get('key_b'))).toEqual({
      requests: 7,
      failed: 1,
      refused: 0,
      input: 10,
      cached: 2,
      output: 3,
      reasoning: 1,
      costNanos: 7,
      durationMs: 0.5,
    })
    expect(toSums(block.pool.get('pool_a')).requests).toBe(12)
    expect(toSums(block.upstream.get('up_a')).requests).toBe(12)
    expect(toSums(block.model.get('o9')).requests).toBe(7)
  })

  it('reads the past once, and the present each time', () => {
    const { db, blocks, put } = open()
    put(LAST - 600, 5)
    put(LAST, 1)
    expect(ask(blocks, LAST - DAY, LAST + 1)).toBe(6)
    // Behind its back, in a way that no writer of Weir does.
    db.$client.exec('UPDATE usage_bucket SET requests = requests + 100')
    expect(ask(blocks, LAST - DAY, LAST + 1)).toBe(106)
  })

  it('reads a time again in which a request still runs, and all of it while rows are missing', () => {
    const { db, blocks, put } = open()
    put(LAST - 600, 5)
    const id = firstIdAt((LAST - 600) * MINUTE)
    db.$client
      .exec(`INSERT INTO request (id, at, state, key_id, pool_id, route, stream, reserved_input, reserved_output,
      input_tokens, cached_tokens, output_tokens, reasoning_tokens, usage_source, attempts, client, client_ip)
      VALUES (${id}, 5, 'open', 'k', 'p', 'chat', 0, 0, 0, 0, 0, 0, 0, 'none', 0, 'curl', '::1')`)
    expect(ask(blocks, LAST - DAY, LAST)).toBe(5)
    db.$client.exec('UPDATE usage_bucket SET requests = 6')
    expect(ask(blocks, LAST - DAY, LAST)).toBe(6)
    db.$client.exec("UPDATE request SET state = 'completed'")
    blocks.refresh({ ...moment, isComplete: false })
    expect(toSums(blocks.sums(LAST - DAY, LAST).all).requests).toBe(6)
    db.$client.exec('UPDATE usage_bucket SET requests = 7')
    expect(ask(blocks, LAST - DAY, LAST)).toBe(7)
  })

  it('forgets what it kept when a key is deleted with its history, not when one is made', () => {
    const { db, blocks, put, key } = open()
    key('key_a')
    put(LAST - 600, 5)
    put(LAST - 600, 7, { key: 'key_b' })
    expect(ask(blocks, LAST - DAY, LAST)).toBe(12)
    db.$client.exec("UPDATE usage_bucket SET requests = 50 WHERE key_id = 'key_b'")
    key('key_c')
    expect(ask(blocks, LAST - DAY, LAST)).toBe(12)
    db.$client.exec("DELETE FROM usage_bucket WHERE key_id = 'key_a'; DELETE FROM api_key WHERE id = 'key_a'")
    expect(ask(blocks, LAST - DAY, LAST)).toBe(50)
  })

  it('notices rows that a clock that was set back wrote into the past', () => {
    const { blocks, put } = open()
    put(LAST - 600, 5)
    expect(ask(blocks, LAST - DAY, LAST)).toBe(5)
    put(LAST - 600, 7, { key: 'key_b' })
    expect(ask(blocks, LAST - DAY, LAST)).toBe(12)
  })

  it('reads only the time again that was written to', () => {
    const { db, blocks, put } = open()
    put(LAST - 600, 5)
    put(LAST - 300, 1)
    expect(ask(blocks, LAST - DAY, LAST)).toBe(6)
    db.$client.exec('UPDATE usage_bucket SET requests = requests + 100')
    put(LAST - 300, 7, { key: 'key_b' })
    expect(ask(blocks, LAST - DAY, LAST)).toBe(5 + 101 + 7)
  })
})

describe('stats-series', () => {
  const ask = (of: ReturnType<typeof open>, query: Parameters<typeof seriesQuery.parse>[0]) => {
    of.blocks.refresh(moment)
    return querySeries(of.db, of.blocks, seriesQuery.parse(query), NOW)
  }

  it('puts the largest groups apart and the others into one', () => {
    const rig = open()
    for (const [n, model] of ['a', 'b', 'c', 'd'].entries()) rig.put(LAST - 60 * n, 10 * (n + 1), { model })
    const series = ask(rig, { range: '24h', metric: 'requests', top: 2 })
    expect(series.groups.map(({ id, name, total }) => [id, name, total])).toEqual([
      ['d', 'd', 40],
      ['c', 'c', 30],
      [null, null, 30],
    ])
    for (const group of series.groups) {
      expect(group.values).toHaveLength(series.steps.length)
      expect(group.values.reduce((sum, value) => sum + value, 0)).toBe(group.total)
    }
  })

  it.each([
    ['1h', 'UTC', 2],
    ['24h', 'Asia/Kathmandu', 30],
    ['7d', 'Asia/Kolkata', 180],
    ['30d', 'Europe/Berlin', DAY],
  ] as const)('answers %s in steps of the zone %s, with all that happened', (range, zone, step) => {
    const rig = open()
    rig.put(LAST, 1)
    const series = ask(rig, { range, zone, metric: 'requests', groupBy: 'none' })
    expect(series.groups).toMatchObject([{ id: '', total: 1 }])
    expect(series.groups[0]?.values.at(-1)).toBe(1)
    const widths = series.steps.slice(1).map((at, index) => (at - (series.steps[index] ?? 0)) / MINUTE)
    expect(new Set(widths)).toEqual(new Set([step]))
  })

  it('names keys, and answers for one key by model from the minutes', () => {
    const rig = open()
    rig.key('key_a')
    rig.put(LAST - 30, 5)
    rig.put(LAST - 30, 9, { key: 'key_b', model: 'o9' })
    expect(ask(rig, { groupBy: 'key', metric: 'failed' }).groups.map((group) => group.name)).toEqual([
      'Name of key_a',
      null,
    ])
    const own = ask(rig, { groupBy: 'model', metric: 'tokens', keyId: 'key_a' })
    expect(own.groups.map(({ id, total }) => [id, total])).toEqual([['gpt-5', 13]])
    expect(ask(rig, { groupBy: 'none', metric: 'cost', keyId: 'key_b' }).groups).toMatchObject([{ id: '', total: 7 }])
    expect(ask(rig, { groupBy: 'key', keyId: 'key_none' }).groups).toEqual([])
  })
})
