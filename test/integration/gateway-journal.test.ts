/** The log: what a client was told is in it, the sums agree with it, and a full disk or a crash loses nothing. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { closeInterrupted } from '../../src/main/db/recovery.ts'
import { startGateway, upstreamRecord, type GatewayRig } from '../support/gateway-rig.ts'
import { errorOf, exchange, openRawClient, requestBytes } from '../support/raw-client.ts'
import { answerBytes, startRawUpstream, type RawUpstream } from '../support/raw-upstream.ts'
import { asCodex, chatJson, chatStream, goodAnswer, requestFor } from '../support/upstream-answers.ts'

let rig: GatewayRig
let upstream: RawUpstream
let key: string

beforeEach(async () => {
  rig = await startGateway()
  upstream = await startRawUpstream(({ socket, body, headers }) => {
    if (headers['x-test'] === 'hang') return
    if (headers['x-test'] === 'reject') socket.write(answerBytes(400, '{"error":{"code":"bad"}}'))
    else socket.write(goodAnswer(body.includes('"stream":true') ? chatStream : chatJson))
  })
  key = rig.pool([upstreamRecord('a', upstream.url)])
})

afterEach(async () => {
  setPages(1_000_000)
  await rig.close()
  await upstream.close()
})

function setPages(count: number): void {
  rig.db.$client.pragma(`max_page_count = ${count}`)
}

/** From now on the file may not grow, as on a full disk. */
function fillDisk(): void {
  setPages(Number(rig.db.$client.pragma('page_count', { simple: true })))
}

const DIMENSIONS = 'key_id, pool_id, upstream_id, model'
const FIGURES = 'requests, failed, refused, input, cached, output, reasoning, duration'

/** The sums as the log gives them, and as the buckets hold them. */
function bothSums() {
  const fromLog = `select at / 60000 as minute, key_id, pool_id, coalesce(upstream_id, '') as upstream_id,
    coalesce(sent_model, model, '') as model, count(*) as requests,
    sum(state in ('failed', 'interrupted')) as failed, sum(state = 'refused') as refused, sum(input_tokens) as input,
    sum(cached_tokens) as cached, sum(output_tokens) as output, sum(reasoning_tokens) as reasoning,
    round(sum(coalesce(duration_ms, 0)), 3) as duration from request group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5`
  const fromBuckets = `select minute, ${DIMENSIONS}, requests, failed, refused, input_tokens as input,
    cached_tokens as cached, output_tokens as output, reasoning_tokens as reasoning, round(duration_ms, 3) as duration
    from usage_bucket order by minute, ${DIMENSIONS}`
  const client = rig.db.$client
  return { log: client.prepare(fromLog).all(), buckets: client.prepare(fromBuckets).all() }
}

function expectEqualSums(): void {
  const { log, buckets } = bothSums()
  expect(Object.keys(log[0] ?? {})).toEqual(['minute', ...`${DIMENSIONS}, ${FIGURES}`.split(', ')])
  expect(buckets).toEqual(log)
}

describe('gateway log', () => {
  it.each([
    ['a body that is no JSON', { body: '[]' }, 400],
    ['a body that is too large', { body: '{', headers: [['Content-Length', '999999999']] }, 413],
    ['no upstream', { body: { model: 'm' } }, 503],
  ] as const)('has a refusal before the client does: %s', async (_name, request, status) => {
    if (status === 503) key = rig.pool([upstreamRecord('a', upstream.url, { status: 'paused' })])
    const answer = await exchange(rig.port, { key, ...request })
    // Read without a flush: this is what a crash at this moment would leave.
    expect([answer.status, rig.rows().map((row) => [row.state, row.status])]).toEqual([status, [['refused', status]]])
    expect(answer.headers['x-weir-request-id']).toMatch(/^req_/)
  })

  it('has a failure before the client does', async () => {
    key = rig.pool([upstreamRecord('a', upstream.url), upstreamRecord('b', 'http://127.0.0.1:1/v1')])
    rig.directory.removeUpstream('a')
    const answer = await exchange(rig.port, requestFor(chatJson, key))
    expect([answer.status, rig.rows().map((row) => row.state)]).toEqual([502, ['failed']])
  })

  it('has a request before its upstream answers', async () => {
    const client = await openRawClient(rig.port)
    client.send(requestBytes(requestFor(chatJson, key, [['x-test', 'hang']])))
    await upstream.call(0)
    expect(rig.rows().map((row) => [row.state, row.status])).toEqual([['open', null]])
    client.socket.destroy()
  })

  it('agrees with the sums per minute, whatever the requests came to', async () => {
    const other = rig.key({ enforced: { model: 'set', effort: null, serviceTier: null } })
    const kinds = [
      requestFor(chatJson, key),
      requestFor(chatStream, key),
      requestFor(chatStream, other),
      requestFor(chatJson, key, [['x-test', 'reject']]),
      { key, body: '[]' },
      { key: other, body: '{"model":1}' },
    ]
    await Promise.all([...kinds, ...kinds, ...kinds].map((request) => exchange(rig.port, request)))
    rig.journal.flush()
    expect(rig.rows().length).toBe(18)
    expectEqualSums()
  })
})

describe('gateway on a full disk', () => {
  /** Asks until the log fails; how many requests were answered before. */
  async function askUntilRefused(request: Parameters<typeof requestBytes>[0]): Promise<number> {
    for (let count = 0; count < 5_000; count += 1) {
      const answer = await exchange(rig.port, request)
      if (answer.status === 503) {
        expect(errorOf(answer).code).toBe('accounting_unavailable')
        return count
      }
    }
    throw new Error('the disk did not become full')
  }

  it('admits nothing new, says so, and goes on by itself with nothing lost', async () => {
    fillDisk()
    const calls = await askUntilRefused(requestFor(chatJson, key))
    expect(upstream.calls.length).toBe(calls)
    const refused = await exchange(rig.port, requestFor(chatJson, key))
    expect([refused.status, Number(refused.headers['retry-after']) >= 1]).toEqual([503, true])
    const codex = await exchange(rig.port, requestFor(chatJson, key, asCodex))
    expect([codex.status, Number(codex.headers['retry-after']) >= 1]).toEqual([429, true])
    const ready = await exchange(rig.port, { method: 'GET', path: '/readyz' })
    expect(ready.status).toBe(503)
    // Where the file lies is the operator's business.
    for (const answer of [refused, codex, ready]) expect(answer.body.toString()).not.toContain('weir-')
    expect((await exchange(rig.port, { method: 'GET', path: '/healthz' })).status).toBe(200)
    expect(upstream.calls.length).toBe(calls)
    expect(rig.rows().filter((row) => row.state === 'completed').length).toBeLessThan(calls)

    setPages(1_000_000)
    await expect.poll(async () => (await exchange(rig.port, requestFor(chatJson, key))).status).toBe(200)
    rig.journal.flush()
    const rows = rig.rows()
    expect(rows.length).toBe(upstream.calls.length)
    expect(new Set(rows.map((row) => row.state))).toEqual(new Set(['completed']))
    expectEqualSums()
  })

  it('does not keep a refused client waiting for a write that fails', async () => {
    fillDisk()
    const answered = await askUntilRefused({ key, body: '[]' })
    setPages(1_000_000)
    await expect.poll(() => rig.journal.failure).toBeNull()
    expect(rig.rows().length).toBe(answered)
    expectEqualSums()
  })
})

describe('gateway after a crash', () => {
  it('charges each request that was running once, however often it recovers', async () => {
    await exchange(rig.port, requestFor(chatJson, key))
    const clients = await Promise.all([1, 2, 3].map(() => openRawClient(rig.port)))
    for (const client of clients) {
      const body = { model: 'm', max_tokens: 50, messages: [] }
      client.send(requestBytes({ key, body, headers: [['x-test', 'hang']] }))
    }
    await upstream.call(3)
    rig.journal.flush()
    expect([closeInterrupted(rig.db), closeInterrupted(rig.db)]).toEqual([3, 0])
    const rows = rig.rows().slice(1)
    expect(rows.map((row) => [row.state, row.error_code, row.output_tokens, row.usage_source])).toEqual(
      [1, 2, 3].map(() => ['interrupted', 'interrupted', 50, 'estimated']),
    )
    expect(rows.every((row) => row.input_tokens > 0)).toBe(true)
    expectEqualSums()
    for (const client of clients) client.socket.destroy()
  })

  it('survives a reservation without measure', async () => {
    const client = await openRawClient(rig.port)
    for (let count = 0; count < 3; count += 1) {
      const body = { model: 'm', max_tokens: Number.MAX_SAFE_INTEGER, messages: [] }
      const each = await openRawClient(rig.port)
      each.send(requestBytes({ key, body, headers: [['x-test', 'hang']] }))
      await upstream.call(count)
      each.socket.unref()
    }
    rig.journal.flush()
    expect(closeInterrupted(rig.db)).toBe(3)
    const total = rig.rows().reduce((sum, row) => sum + row.output_tokens, 0)
    expect(Number.isSafeInteger(total)).toBe(true)
    client.socket.destroy()
  })
})
