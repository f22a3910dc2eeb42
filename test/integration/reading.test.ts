/** What the operator reads of traffic: figures, the log, files of it. Real rows, real reader threads, a real browser's GET. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openAdminServer } from '../../src/main/host/headless/admin-server.ts'
import { contract, type Route, type RouteInput, type RouteOutput } from '../../src/shared/contract.ts'
import { createRequestIds, formatRequestId } from '../../src/shared/request-id.ts'
import type { SettledRow } from '../../src/main/gateway/ports.ts'
import { signIn, type Operator } from '../support/rpc-client.ts'
import { createServicesRig, type ServicesRig } from '../support/services-rig.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

let rig: ServicesRig
let pool: RouteOutput<'pool.create'>
let key: RouteOutput<'key.create'>['key']
let upstreamId: string
let secondId: string
let ids: (at: number) => number
const closers: (() => Promise<unknown>)[] = []

beforeEach(async () => {
  rig = await createServicesRig()
  rig.clock.now = Date.UTC(2026, 5, 18, 13, 20, 30)
  ids = createRequestIds(0)
  const make = (name: string) => call('upstream.create', { kind: 'simulator', name })
  upstreamId = (await make('First')).id
  secondId = (await make('Second')).id
  pool = await call('pool.create', {
    name: 'Team',
    assignments: [{ upstreamId }, { upstreamId: secondId, priority: 2 }],
  })
  key = (await call('key.create', { poolId: pool.id, name: '=laptop' })).key
})
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
  await rig.close()
})

async function call<R extends Route>(route: R, input: RouteInput<R>): Promise<RouteOutput<R>> {
  const result = await rig.call(route, input)
  if (!result.ok) throw new Error(`${route}: ${JSON.stringify(result.error)}`)
  expect(contract[route].output.parse(result.value)).toEqual(result.value)
  return result.value as RouteOutput<R>
}

interface Told extends Partial<Omit<SettledRow, 'usage'>> {
  readonly model?: string
  readonly keyId?: string
  readonly isRunning?: boolean
  readonly tokens?: number
}

/** Through the journal, as the gateway does. Requests must be told in the order of their times. */
function log(
  at: number,
  { model = 'm-1', keyId = key.id, isRunning = false, tokens = 5, ...settled }: Told = {},
): string {
  const id = ids(at)
  const text = { keyId, poolId: pool.id, route: '/v1/responses', model, sentModel: null, effort: null }
  const facts = {
    serviceTier: null,
    reservedInput: 1,
    reservedOutput: 1,
    reservedCostNanos: null,
    limitRule: null,
    exclusions: [],
  } as const
  const entry = rig.journal.admit({ id, at, stream: true, ...text, ...facts, client: 'codex', clientIp: '127.0.0.1' })
  const state = settled.state ?? 'completed'
  const plain = {
    number: 1,
    upstreamId,
    at,
    durationMs: 100,
    firstByteMs: 10,
    status: 200,
    errorCode: null,
    cause: null,
  }
  if (!isRunning) {
    rig.journal.settle(entry, {
      state,
      upstreamId,
      status: 200,
      errorCode: null,
      usageSource: 'reported',
      costNanos: 50,
      usage: { input: tokens - 2, cached: 1, output: 2, reasoning: 1 },
      firstByteMs: 10,
      durationMs: 100,
      tries: [plain],
      ...settled,
    })
  }
  return formatRequestId(id)
}

it('sets today against yesterday until the same time, in the zone of the operator', async () => {
  const { now } = rig.clock
  // 13:20 UTC is 18:50 in Kolkata, whose day began at 18:30 UTC the day before.
  const midnight = Date.UTC(2026, 5, 17, 18, 30)
  log(midnight - DAY - 1)
  log(midnight - DAY, { durationMs: 1_000 })
  log(now - DAY - MINUTE)
  log(now - DAY + 10 * MINUTE)
  log(midnight - 1)
  log(midnight, { tokens: 100, model: 'm-2' })
  log(now - HOUR, { durationMs: 400 })
  const failed = log(now - MINUTE, { state: 'failed', errorCode: 'upstream_error', status: 502 })
  log(now, { state: 'refused', errorCode: 'model_not_allowed', status: 403, upstreamId: null, tries: [] })
  for (const round of ['cold', 'warm']) {
    const overview = await call('overview.get', { zone: 'Asia/Kolkata' })
    expect([round, overview.today.sums.requests, overview.yesterday.sums.requests]).toEqual([round, 4, 2])
    expect(overview.today).toMatchObject({ from: midnight, to: now, successRate: 2 / 3 })
    expect(overview.today.sums).toMatchObject({ failed: 1, refused: 1, input: 98 + 3 + 3 + 3, output: 8 })
    expect(overview.today.latency?.count).toBe(2)
    expect(overview.yesterday.latency?.p95).toBeGreaterThan(900)
    expect(overview.topModels.map((model) => model.id)).toEqual(['m-2', 'm-1'])
    expect(overview.topKeys).toMatchObject([{ id: key.id, name: '=laptop', prefix: key.prefix, tokenShare: 1 }])
    expect(overview.upstreams.map(({ name, day }) => [name, day.requests])).toEqual([
      ['First', 5],
      ['Second', 0],
    ])
    const [refusal, failure] = overview.failures.groups.toSorted((a, b) => (a.errorCode < b.errorCode ? -1 : 1))
    expect(refusal).toMatchObject({ errorCode: 'model_not_allowed', count: 1, lastAt: now })
    expect(failure).toMatchObject({ errorCode: 'upstream_error', count: 1, exampleId: failed })
  }
})

it('gives each Pool and upstream its figures of a day, with the hours and quarters one by one', async () => {
  const { now } = rig.clock
  log(now - 2 * DAY)
  log(now - 5 * HOUR, { state: 'failed', errorCode: 'upstream_error' })
  log(now - 20 * MINUTE)
  log(now - MINUTE, { upstreamId: secondId })
  const [figures] = await call('pool.figures', {})
  expect(figures).toMatchObject({ id: pool.id, failureShare: 1 / 3, day: { requests: 3, failed: 1 } })
  expect(figures?.series).toHaveLength(20)
  expect(figures?.series.reduce((sum, point) => sum + point.requests, 0)).toBe(2)
  expect(figures?.series.at(-1)).toMatchObject({ requests: 1, tokens: 5 })
  const [first, second] = await call('upstream.figures', {})
  expect(first).toMatchObject({ id: upstreamId, recent: { requests: 0 }, day: { requests: 2 }, latency: { count: 1 } })
  expect(second).toMatchObject({ id: secondId, recent: { requests: 1 }, fiveHours: { requests: 1 } })
  expect(first?.hours).toHaveLength(24)
  expect(first?.hours.find((hour) => hour.failed === 1)?.at).toBe(Date.UTC(2026, 5, 18, 8))
  expect(await call('upstream.figures', { id: secondId })).toEqual([second])
})

it('shares traffic out among keys, and counts what is deleted no more', async () => {
  const { now } = rig.clock
  const other = (await call('key.create', { poolId: pool.id, name: 'desk' })).key
  log(now - 3 * HOUR)
  log(now - 2 * HOUR, { keyId: other.id, tokens: 15 })
  const range = { from: now - DAY, to: now + MINUTE }
  const before = await call('key.figures', range)
  expect(before.total.requests).toBe(2)
  expect(before.keys.find((row) => row.id === other.id)).toMatchObject({
    requestShare: 0.5,
    tokenShare: 0.75,
    lastUsedAt: now - 2 * HOUR,
  })
  await call('key.delete', { id: other.id, prefix: other.prefix })
  const after = await call('key.figures', range)
  expect([after.total.requests, after.keys.map((row) => row.id)]).toEqual([1, [key.id]])
})

it('counts a request in the hour of its arrival when it ends, however late', async () => {
  const { now } = rig.clock
  const at = now - 6 * HOUR
  const id = ids(at)
  const facts = {
    effort: null,
    serviceTier: null,
    reservedInput: 1,
    reservedOutput: 1,
    reservedCostNanos: null,
    limitRule: null,
    exclusions: [],
  }
  const where = { keyId: key.id, poolId: pool.id, route: '/v1/responses', model: 'm-1', sentModel: null }
  const entry = rig.journal.admit({ id, at, stream: true, ...where, ...facts, client: 'codex', clientIp: '::1' })
  expect((await call('pool.figures', {}))[0]?.day.requests).toBe(0)
  const usage = { input: 3, cached: 0, output: 2, reasoning: 0 }
  rig.journal.settle(entry, {
    state: 'completed',
    upstreamId,
    status: 200,
    errorCode: null,
    usage,
    usageSource: 'reported',
    costNanos: null,
    firstByteMs: 1,
    durationMs: 6 * HOUR,
    tries: [],
  })
  expect((await call('pool.figures', {}))[0]?.day.requests).toBe(1)
})

it('shows the attempts of an upstream, also where another one served the request', async () => {
  const { now } = rig.clock
  const plain = log(now - HOUR)
  const at = now - MINUTE
  const tried = { at, durationMs: 5, firstByteMs: null, status: null, cause: 'ECONNREFUSED' }
  const moved = log(at, {
    upstreamId: secondId,
    tries: [
      { ...tried, number: 1, upstreamId, errorCode: 'upstream_unreachable' },
      { ...tried, number: 2, upstreamId: secondId, status: 200, errorCode: null, cause: null },
    ],
  })
  const { rows, next } = await call('upstream.attempts', { id: upstreamId })
  expect(rows.map((row) => [row.requestId, row.errorCode, row.state])).toEqual([
    [moved, 'upstream_unreachable', 'completed'],
    [plain, null, 'completed'],
  ])
  expect(next).toBeNull()
  const page = await call('upstream.attempts', { id: upstreamId, limit: 1 })
  expect(page.rows.map((row) => row.requestId)).toEqual([moved])
  const rest = await call('upstream.attempts', { id: upstreamId, limit: 1, before: page.next ?? '' })
  expect(rest.rows.map((row) => row.requestId)).toEqual([plain])
})

it('lists every model that is known from anywhere, with who serves it', async () => {
  await call('pool.update', { id: pool.id, patch: { aliases: [{ alias: 'fast', model: 'sim-chat' }] } })
  log(rig.clock.now - HOUR, { model: 'unheard-of' })
  const models = new Map((await call('model.catalog', {})).map((model) => [model.id, model]))
  expect(models.get('sim-chat')).toMatchObject({ sources: ['simulator'], upstreamIds: [upstreamId, secondId] })
  expect(models.get('sim-chat')?.poolIds).toEqual([pool.id])
  expect(models.get('fast')).toMatchObject({ sources: ['alias'], upstreamIds: [], poolIds: [pool.id] })
  expect(models.get('unheard-of')).toMatchObject({ sources: ['seen'], requests: 1, poolIds: [] })
})

it('follows the log with a cursor, and looks again at what was open', async () => {
  const { now } = rig.clock
  const first = log(now - 3_000)
  const open = log(now - 2_000, { isRunning: true })
  const newest = log(now - 1_000)
  const tail = await call('request.list', { after: first })
  expect(tail.rows.map((row) => [row.id, row.state])).toEqual([
    [newest, 'completed'],
    [open, 'open'],
  ])
  expect((await call('request.list', { ids: [open, first] })).rows.map((row) => row.id)).toEqual([open, first])
  const both = await rig.call('request.list', { after: first, before: newest })
  expect(both).toMatchObject({ ok: false, error: { code: 'invalid_input' } })
})

it('keeps saved filters per page, unique by name, without the secret of a key, and only what a page can use', async () => {
  const pasted = `sk-weir-ABCDEFGHIJ-${'s'.repeat(38)}`
  const filter = { state: ['failed'], text: pasted }
  const saved = await call('filter.save', { page: 'requests', name: 'Failed', filter })
  expect(saved.filter).toEqual({ state: ['failed'], text: 'sk-weir-ABCDEFGHIJ' })
  await call('filter.save', { page: 'audit', name: 'Failed', filter: { outcome: 'failure' } })
  const refused = async (input: RouteInput<'filter.save'>) => (await rig.call('filter.save', input)) as { ok: boolean }
  expect((await refused({ page: 'requests', name: 'failed', filter: {} })).ok).toBe(false)
  expect((await refused({ page: 'requests', name: 'B', filter: { state: ['on fire'] } })).ok).toBe(false)
  expect((await refused({ page: 'requests', name: 'C', filter: { colour: 'red' } })).ok).toBe(false)
  const renamed = await call('filter.save', { ...saved, name: 'Trouble' })
  expect(await call('filter.list', { page: 'requests' })).toEqual([renamed])
  await call('filter.delete', { id: saved.id })
  expect(await call('filter.list', { page: 'requests' })).toEqual([])
  expect(await call('filter.list', { page: 'audit' })).toHaveLength(1)
})

async function openHost(): Promise<Operator> {
  const server = await openAdminServer({
    dispatch: (route, input) => rig.call(route, input),
    subscribe: () => () => undefined,
    openExport: (id) => rig.services.exports.open(id),
    port: 0,
    sessionMs: () => HOUR,
    baseUrl: 'http://127.0.0.1:1/v1',
    version: '0.0.0',
  })
  closers.push(server.close)
  return signIn(server.mintLink())
}

function fetchExport({ origin, cookie }: Operator, path: string): Promise<Response> {
  return fetch(`${origin}${path}`, { headers: { cookie } })
}

it('hands out a file of what the filter matches, once, and only to who is signed in', async () => {
  const { now } = rig.clock
  log(now - 3_000, { model: 'm,"2' })
  log(now - 2_000, { state: 'failed', errorCode: 'upstream_error', status: 502 })
  const newest = log(now - 1_000)
  const host = await openHost()
  const job = await host.call('export.start', { kind: 'requests', format: 'csv', filter: { state: 'completed' } })
  expect(job).toMatchObject({ state: 'waiting', expectedRows: 2, fileName: 'weir-requests-20260618-132030.csv' })
  expect((await fetch(`${host.origin}${job.path}`)).status).toBe(401)
  const answer = await fetchExport(host, job.path)
  expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="${job.fileName}"`)
  const lines = (await answer.text()).split('\r\n')
  expect(lines).toHaveLength(4)
  expect(lines[0]).toMatch(/^id,time,state,/)
  expect(lines[1]).toContain(`${newest},2026-06-18T13:20:29.000Z,completed,200,`)
  expect(lines[2]).toContain('"m,""2"')
  // The key's name would be a formula.
  expect(lines[1]).toContain(`,'=laptop,${key.prefix},`)
  const ended = await host.call('export.get', { id: job.id })
  expect(ended).toMatchObject({ state: 'done', rows: 2 })
  expect(ended.bytes).toBe(lines.join('\r\n').length)
  expect((await fetchExport(host, job.path)).status).toBe(409)
  expect((await fetchExport(host, `/exports/exp_${'x'.repeat(24)}`)).status).toBe(404)
  expect(rig.events.filter((event) => event.type === 'export.progress' && event.id === job.id).length).toBeGreaterThan(
    0,
  )
})

it.each([0, 1, 1_234])('writes %d rows as an array, as lines and as a table', async (count) => {
  const { now } = rig.clock
  const seen = Array.from({ length: count }, (_, n) => log(now - 2_000 + n)).toReversed()
  const host = await openHost()
  const file = async (format: 'csv' | 'json' | 'jsonl') => {
    const { path } = await host.call('export.start', { kind: 'requests', format })
    return (await fetchExport(host, path)).text()
  }
  const rows = JSON.parse(await file('json')) as { id: string }[]
  expect(rows.map((row) => row.id)).toEqual(seen)
  const lines = (await file('jsonl')).split('\n').slice(0, -1)
  expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(seen)
  expect((await file('csv')).split('\r\n')).toHaveLength(count + 2)
})

it('exports the audit log with the same means', async () => {
  const host = await openHost()
  const { path } = await host.call('export.start', { kind: 'audit', format: 'json', filter: { action: 'key.create' } })
  const rows = JSON.parse(await (await fetchExport(host, path)).text()) as Record<string, unknown>[]
  expect(rows).toMatchObject([{ action: 'key.create', target_id: key.id, target_name: '=laptop' }])
  const csv = await host.call('export.start', { kind: 'audit', format: 'csv' })
  expect(await (await fetchExport(host, csv.path)).text()).toContain(",'=laptop,")
})

/** Enough that the whole does not fit into the buffers between us and the file. */
function fillLog(rows: number): void {
  const at = rig.clock.now - rows
  rig.db.$client
    .prepare(
      `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < @rows)
       INSERT INTO request (id, at, state, key_id, pool_id, upstream_id, route, model, stream, status, reserved_input,
         reserved_output, input_tokens, cached_tokens, output_tokens, reasoning_tokens, usage_source, attempts, client,
         client_ip)
       SELECT @first + i, @at, 'completed', @key, @pool, @upstream, '/v1/responses', 'm-1', 1, 200, 0, 0, 1, 0, 1, 0,
         'reported', 1, 'codex', '127.0.0.1' FROM n`,
    )
    .run({ rows, first: ids(at), at, key: key.id, pool: pool.id, upstream: upstreamId })
}

it('stops when it is cancelled, and the file is seen to be not whole', async () => {
  fillLog(60_000)
  const host = await openHost()
  const { id, path } = await host.call('export.start', { kind: 'requests', format: 'jsonl' })
  const answer = await fetchExport(host, path)
  const reader = answer.body?.getReader()
  await reader?.read()
  const { state } = await host.call('export.cancel', { id })
  expect(state).toBe('running')
  const readAll = async () => {
    for (let done = false; !done;) done = (await reader?.read())?.done ?? true
  }
  await expect(readAll()).rejects.toThrow(/terminated|aborted|closed/)
  const ended = await host.call('export.get', { id })
  expect(ended.state).toBe('cancelled')
  expect(ended.rows).toBeLessThan(60_000)
})

it('ends with the browser that stops taking the file', async () => {
  fillLog(60_000)
  const host = await openHost()
  const { id, path } = await host.call('export.start', { kind: 'requests', format: 'csv' })
  const leave = new AbortController()
  const answer = await fetch(`${host.origin}${path}`, { headers: { cookie: host.cookie }, signal: leave.signal })
  await answer.body?.getReader().read()
  leave.abort()
  await expect.poll(async () => (await host.call('export.get', { id })).state, { timeout: 20_000 }).toBe('cancelled')
})

it('forgets a file that nobody fetches', async () => {
  const { id } = await call('export.start', { kind: 'requests', format: 'csv' })
  rig.clock.now += 3 * MINUTE
  expect((await call('export.get', { id })).state).toBe('cancelled')
  expect(() => rig.services.exports.open(id)).toThrow(expect.objectContaining({ code: 'state_conflict' }))
})
