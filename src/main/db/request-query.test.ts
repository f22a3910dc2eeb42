import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeTempDir } from '../../../test/support/temp-dir.ts'
import { requestDetail, requestFilter, requestPage, type RequestFilterInput } from '../../shared/models/request.ts'
import { firstIdAt, formatRequestId } from '../../shared/request-id.ts'
import { insertAudit } from './audit-store.ts'
import { openDatabase, type OpenedDatabase } from './open.ts'
import { queryRequest } from './request-detail.ts'
import { queryRequestCount, queryRequestPage } from './request-query.ts'
import { attempt, request } from './schema/request.ts'

type Row = typeof request.$inferInsert

const START = Date.UTC(2026, 0, 1)
const SECOND = 1_000

/** Request number `n` arrived in second `n`. */
function row(n: number, different: Partial<Row> = {}): Row {
  const at = START + n * SECOND
  return {
    id: firstIdAt(at),
    at,
    state: 'completed',
    keyId: 'key_a',
    poolId: 'pool_a',
    upstreamId: 'up_a',
    route: 'responses',
    model: 'gpt-5',
    stream: true,
    status: 200,
    reservedInput: 9,
    reservedOutput: 9,
    inputTokens: 100,
    cachedTokens: 20,
    outputTokens: 30,
    reasoningTokens: 10,
    usageSource: 'reported',
    costNanos: 12,
    attempts: 1,
    firstByteMs: 1.5,
    durationMs: 2.5,
    client: 'codex',
    clientIp: '127.0.0.1',
    ...different,
  }
}

const rows: Row[] = [
  row(0),
  row(1, { keyId: 'key_b', poolId: 'pool_b', upstreamId: 'up_b', model: 'o9' }),
  row(2, { state: 'failed', errorCode: 'upstream_error', status: 502 }),
  row(3, { state: 'refused', errorCode: 'model_not_allowed', upstreamId: null, client: 'curl' }),
  row(4, { state: 'open', status: null, upstreamId: null, model: null, durationMs: null }),
  row(5, { keyId: 'key_b', state: 'failed', errorCode: 'upstream_timeout' }),
]

let opened: OpenedDatabase

beforeAll(() => {
  opened = openDatabase({ dataDir: makeTempDir('request-query') })
  opened.db.insert(request).values(rows).run()
  opened.db.$client.exec(`
    INSERT INTO upstream (id, name, kind, status, base_url, notes, manual_models, fetched_models, secret_has_api_key,
      secret_header_names, created_at, updated_at)
      VALUES ('up_b', 'B', 'simulator', 'paused', '', '', '[]', '[]', 0, '[]', 1, 1),
        ('up_c', 'C', 'simulator', 'active', '', '', '[]', '[]', 0, '[]', 1, 1);
    INSERT INTO pool (id, name, status, strategy, notes, created_at, updated_at)
      VALUES ('pool_a', 'Team', 'active', 'priority', '', 1, 1);
    INSERT INTO assignment (pool_id, upstream_id, priority, weight, enabled)
      VALUES ('pool_a', 'up_b', 1, 1, 1), ('pool_a', 'up_c', 2, 3, 1);
    INSERT INTO api_key (id, pool_id, public_id, secret_hash, name, status, notes, metadata, model_policy, enforced,
      ip_allowlist, created_at, updated_at)
      VALUES ('key_b', 'pool_a', 'LAPTOP0001', x'00', 'Laptop', 'active', '', '{}', '{"mode":"all"}', '{}', '[]', 1, 1);
  `)
  const facts = { actor: 'operator', action: 'upstream.delete', targetKind: 'upstream', outcome: 'success' } as const
  insertAudit(opened.db, {
    ...facts,
    at: 1,
    targetId: 'up_a',
    targetName: 'Gone',
    poolName: null,
    errorCode: null,
    before: null,
    after: null,
  })
})
afterAll(() => opened.close())

const id = (n: number) => formatRequestId(firstIdAt(START + n * SECOND))

/** The numbers of the requests on a page. */
function numbers(filter: Parameters<typeof requestFilter.parse>[0]): number[] {
  return queryRequestPage(opened.db, requestFilter.parse(filter)).rows.map(({ at }) => (at - START) / SECOND)
}

describe('request-query', () => {
  it.each([
    ['nothing', {}, [5, 4, 3, 2, 1, 0]],
    ['key', { keyId: 'key_b' }, [5, 1]],
    ['Pool', { poolId: 'pool_b' }, [1]],
    ['upstream', { upstreamId: 'up_a' }, [5, 2, 0]],
    ['model', { model: 'o9' }, [1]],
    ['state', { state: 'failed' }, [5, 2]],
    ['the running', { state: 'open' }, [4]],
    ['error', { errorCode: 'upstream_error' }, [2]],
    ['client', { client: 'curl' }, [3]],
    ['two at once', { keyId: 'key_b', state: 'failed' }, [5]],
    ['a time from, inclusive', { from: START + 4 * SECOND }, [5, 4]],
    ['a time to, exclusive', { to: START + 2 * SECOND }, [1, 0]],
    ['both, and a cursor', { from: START + SECOND, to: START + 5 * SECOND, before: id(4) }, [3, 2, 1]],
    ['something unknown', { keyId: 'key_none' }, []],
  ])('filters by %s, newest first', (_case, filter, expected) => {
    expect(numbers(filter)).toEqual(expected)
  })

  it('pages through everything exactly once, and ends with a null', () => {
    const seen: number[] = []
    let before: string | null | undefined
    let pages = 0
    while (before !== null) {
      const filter = requestFilter.parse({ limit: 2, ...(before === undefined ? {} : { before }) })
      const page = queryRequestPage(opened.db, filter)
      seen.push(...page.rows.map(({ at }) => (at - START) / SECOND))
      before = page.next
      pages += 1
    }
    expect(seen).toEqual([5, 4, 3, 2, 1, 0])
    expect(pages).toBe(3)
  })

  it('refuses a cursor that is no request id', () => {
    const ask = () => queryRequestPage(opened.db, requestFilter.parse({ before: `req_'; DROP` }))
    expect(ask).toThrow(expect.objectContaining({ code: 'invalid_input', details: expect.anything() }))
  })

  it('answers in the shape of the contract', () => {
    const page = queryRequestPage(opened.db, requestFilter.parse({ limit: 1 }))
    expect(requestPage.parse(page)).toEqual(page)
    expect(page).toMatchObject({
      rows: [{ id: id(5), usage: { input: 100, cached: 20, output: 30, reasoning: 10 }, stream: true }],
      next: id(5),
    })
  })

  it('shows one request with its tries in order and its exclusions', () => {
    const exclusions = [{ upstreamId: 'up_c', reason: 'cooling_down' as const, until: 5 }]
    const full = row(10, { exclusions, attempts: 2 })
    opened.db.insert(request).values(full).run()
    const tried = { requestId: full.id ?? 0, upstreamId: 'up_a', at: 1, durationMs: 2 }
    opened.db
      .insert(attempt)
      .values([
        { ...tried, number: 2, status: 200 },
        { ...tried, number: 1, errorCode: 'upstream_unreachable', cause: 'ECONNREFUSED' },
      ])
      .run()
    const detail = queryRequest(opened.db, id(10))
    expect(requestDetail.omit({ cost: true }).parse(detail)).toEqual(detail)
    expect(detail?.exclusions).toEqual(exclusions)
    expect(detail?.tries.map((each) => each.number)).toEqual([1, 2])
    opened.db.$client.prepare('DELETE FROM request WHERE id = ?').run(full.id)
  })

  it('knows no exclusions where none were stored, and no request of an unknown id', () => {
    expect(queryRequest(opened.db, id(0))).toMatchObject({ exclusions: [] })
    expect(queryRequest(opened.db, id(99))).toBeNull()
    expect(queryRequest(opened.db, '0')).toBeNull()
  })

  it('makes up the one attempt of a request that needed no other', () => {
    const plain = queryRequest(opened.db, id(0))
    const { upstreamId, status, firstByteMs, attempts } = plain ?? {}
    expect(attempts).toBe(1)
    expect(plain?.tries).toMatchObject([{ number: 1, upstreamId, status, firstByteMs, errorCode: null }])
  })

  it.each([
    ['several keys', { keyId: ['key_a', 'key_b'] }, [5, 4, 3, 2, 1, 0]],
    ['several states', { state: ['failed', 'refused'] }, [5, 3, 2]],
    ['running and failed', { state: ['open', 'failed'] }, [5, 4, 2]],
    ['several errors', { errorCode: ['upstream_error', 'model_not_allowed'] }, [3, 2]],
    ['several models', { model: ['o9', 'none'] }, [1]],
    ['a status class', { statusClass: '5xx' }, [2]],
    ['streamed or not', { stream: false }, []],
    ['a route', { route: 'responses' }, [5, 4, 3, 2, 1, 0]],
    ['the least duration', { minDurationMs: 2.6 }, []],
    ['the least time to the first byte', { minFirstByteMs: 1.5 }, [5, 4, 3, 2, 1, 0]],
    ['the least tokens, in and out', { minTokens: 131 }, []],
    ['the least cost', { minCostNanos: 12, keyId: 'key_b' }, [5, 1]],
    ['a cost that nothing had', { minCostNanos: 13 }, []],
    ['an address', { clientIp: '127.0.0.1', state: 'open' }, [4]],
    ['given ids', { ids: [formatRequestId(firstIdAt(START)), 'req_none'] }, [0]],
    ['the start of an id', { text: formatRequestId(firstIdAt(START + 3 * SECOND)).slice(0, 15) }, [3]],
    ['part of a model', { text: 'O9' }, [1]],
    ['part of an error', { text: 'upstream_t' }, [5]],
    ['part of a key name', { text: 'lapt' }, [5, 1]],
    ['the start of a key', { text: 'sk-weir-LAPTOP' }, [5, 1]],
    ['a whole key, of which the secret is dropped', { text: `sk-weir-LAPTOP0001-${'x'.repeat(38)}` }, [5, 1]],
    ['characters that mean something to the search', { text: '%' }, []],
    ['what nothing holds', { minTokens: 1_000_000, client: 'curl' }, []],
  ] as [string, RequestFilterInput, number[]][])('filters by %s', (_case, filter, expected) => {
    expect(numbers(filter)).toEqual(expected)
  })

  it('goes on to newer rows after a cursor, and says so with a cursor', () => {
    const page = (filter: RequestFilterInput) => queryRequestPage(opened.db, requestFilter.parse(filter))
    const first = page({ after: id(1), limit: 2 })
    expect(first.rows.map((row) => row.id)).toEqual([id(3), id(2)])
    expect(first.next).toBe(id(3))
    const second = page({ after: first.next ?? '', limit: 2 })
    expect(second.rows.map((row) => row.id)).toEqual([id(5), id(4)])
    expect(page({ after: id(5) })).toMatchObject({ rows: [], next: null, searchedTo: null })
  })

  it('stops when time is up, says how far it came, and finds the rest from there', () => {
    const filter = { model: 'o9', limit: 2 }
    // Each look at the clock is another second: one window per call.
    let time = 0
    const limits = { budgetMs: 1, clock: () => (time += 1_000) }
    const seen: string[] = []
    let before: string | null = null
    let calls = 0
    const times: number[] = []
    do {
      const cursor: RequestFilterInput = before === null ? {} : { before }
      const page = queryRequestPage(opened.db, requestFilter.parse({ ...filter, ...cursor }), limits)
      seen.push(...page.rows.map((row) => row.id))
      if (page.searchedTo !== null) times.push(page.searchedTo)
      before = page.next
      calls += 1
    } while (before !== null)
    expect(seen).toEqual([id(1)])
    expect(calls).toBe(times.length + 1)
    expect(times).toEqual(times.toSorted((a, b) => b - a))
  })

  it('names what its rows name, also what is gone', () => {
    const { names } = queryRequestPage(opened.db, requestFilter.parse({}))
    expect(names).toEqual({
      key_a: { name: null, prefix: null, isDeleted: true },
      key_b: { name: 'Laptop', prefix: 'sk-weir-LAPTOP0001', isDeleted: false },
      pool_a: { name: 'Team', prefix: null, isDeleted: false },
      pool_b: { name: null, prefix: null, isDeleted: true },
      up_a: { name: 'Gone', prefix: null, isDeleted: true },
      up_b: { name: 'B', prefix: null, isDeleted: false },
    })
  })

  it.each([
    ['everything', {}, 6],
    ['a filter', { state: 'failed' }, 2],
    ['a time range', { from: START + 4 * SECOND }, 2],
    ['nothing', { model: 'none' }, 0],
  ] as [string, RequestFilterInput, number][])('counts %s', (_case, filter, count) => {
    expect(queryRequestCount(opened.db, requestFilter.parse(filter))).toEqual({ count, isExact: true })
  })

  it('estimates from what it has seen when time is up', () => {
    let time = 0
    const limits = { budgetMs: 1, clock: () => (time += 1_000) }
    const many = Array.from({ length: 50 }, (_, n) => row(1_000 + n * 120, { model: 'many' }))
    opened.db.insert(request).values(many).run()
    const filter = requestFilter.parse({ model: 'many', from: START + 1_000 * SECOND })
    const { count, isExact } = queryRequestCount(opened.db, filter, limits)
    expect(isExact).toBe(false)
    expect(count).toBeGreaterThan(25)
    expect(count).toBeLessThan(150)
    opened.db.$client.prepare("DELETE FROM request WHERE model = 'many'").run()
  })

  it('says of each upstream of the Pool what routing made of it', () => {
    const exclusions = [{ upstreamId: 'up_b', reason: 'upstream_paused' as const, until: null }]
    opened.db.insert(request).values(row(11, { exclusions })).run()
    const detail = queryRequest(opened.db, id(11))
    expect(detail?.candidates).toEqual([
      { upstreamId: 'up_a', outcome: 'tried', place: 1, reason: null, until: null, priority: null, weight: null },
      { upstreamId: 'up_c', outcome: 'not_needed', place: null, reason: null, until: null, priority: 2, weight: 3 },
      {
        upstreamId: 'up_b',
        outcome: 'excluded',
        place: null,
        reason: 'upstream_paused',
        until: null,
        priority: 1,
        weight: 1,
      },
    ])
    expect(detail).toMatchObject({ isPoolChangedSince: false, reserved: { input: 9, output: 9 } })
    opened.db.$client.prepare('DELETE FROM request WHERE id = ?').run(firstIdAt(START + 11 * SECOND))
  })

  it.each([
    ['nothing', {}, /^SEARCH request USING INTEGER PRIMARY KEY \(rowid>\? AND rowid<\?\)$/],
    ['key and time', { keyId: 'key_a', from: START }, /INDEX request_key \(key_id=\? AND id>\? AND id<\?\)/],
    ['error', { errorCode: 'upstream_error' }, /INDEX request_failed \(error_code=\? AND id>\? AND id<\?\)/],
    ['what went wrong', { state: ['failed', 'aborted'] }, /INDEX request_troubled \(id>\? AND id<\?\)/],
    ['the running', { state: 'open' }, /INDEX request_unfinished/],
  ] as [string, RequestFilterInput, RegExp][])(
    'serves %s from an index, without sorting',
    (_case, filter, expected) => {
      const statements: string[] = []
      const { $client: client } = opened.db
      const prepare = client.prepare
      client.prepare = ((source: string) => {
        statements.push(source)
        return prepare.call(client, source)
      }) as typeof prepare
      queryRequestPage(opened.db, requestFilter.parse(filter))
      client.prepare = prepare
      const walked = statements.find((statement) => statement.startsWith('select id from request')) ?? ''
      const explain = client.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${walked}`)
      const values = Array.from({ length: walked.split('?').length - 1 }, () => 1)
      const plan = explain.all(...values).map((step) => step.detail)
      expect(plan).toEqual([expect.stringMatching(expected)])
    },
  )
})
