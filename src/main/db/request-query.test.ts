import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeTempDir } from '../../../test/support/temp-dir.ts'
import { requestDetail, requestFilter, requestPage } from '../../shared/models/request.ts'
import { firstIdAt, formatRequestId } from '../../shared/request-id.ts'
import { openDatabase, type OpenedDatabase } from './open.ts'
import { queryRequest, queryRequestPage } from './request-query.ts'
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
    expect(requestDetail.parse(detail)).toEqual(detail)
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
    ['nothing', {}, /^SCAN request$/],
    ['cursor and time', { before: id(4), from: START }, /INTEGER PRIMARY KEY \(rowid>\? AND rowid<\?\)/],
    ['key and time', { keyId: 'key_a', from: START }, /INDEX request_key \(key_id=\? AND id>\?\)/],
    ['error', { errorCode: 'upstream_error' }, /INDEX request_failed \(error_code=\?/],
    ['the running', { state: 'open' }, /INDEX request_unfinished/],
  ])('serves %s from an index, without sorting', (_case, filter, expected) => {
    const statements: string[] = []
    const { $client: client } = opened.db
    const prepare = client.prepare
    client.prepare = ((source: string) => {
      statements.push(source)
      return prepare.call(client, source)
    }) as typeof prepare
    queryRequestPage(opened.db, requestFilter.parse(filter))
    client.prepare = prepare
    const explain = client.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${statements[0]}`)
    const values = Array.from({ length: statements[0]?.split('?').length ?? 0 }, () => 1).slice(1)
    const plan = explain.all(...values).map((step) => step.detail)
    expect(plan).toEqual([expect.stringMatching(expected)])
  })
})
