/** What the gateway learns of failures: breakers, missing models, limits told in a stream, and a budget for retries. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { errorOf, exchange } from '../support/raw-client.ts'
import { chunkBytes } from '../support/raw-upstream.ts'
import { failing, healthy, startRoutingRig, type RoutingRig } from '../support/routing-rig.ts'
import {
  chatJson,
  chatStream,
  events,
  requestFor,
  responsesStream,
  startOfStream,
  streamText,
} from '../support/upstream-answers.ts'

let rig: RoutingRig
let key: string

beforeAll(async () => {
  rig = await startRoutingRig(['a', 'b', 'c'])
})

beforeEach(() => {
  rig.time.ahead = 0
  rig.settings({})
})

afterAll(() => rig.stop())

const inOrder = (...ids: readonly string[]) =>
  ids.map((upstreamId, index) => ({ upstreamId, priority: index + 1, weight: 1, enabled: true }))

describe('a circuit', () => {
  it('opens after so many failures in a row, is probed by one request, and closes when that succeeds', async () => {
    // Without rests, so that only the breaker keeps requests away.
    rig.settings({ 'routing.cooldownMs': 0 })
    key = rig.begin({ assignments: inOrder('a', 'b') })
    rig.scripts.set('a', failing(500))
    const paths: string[] = []
    for (let n = 0; n < 5; n++) paths.push((await rig.ask(key)).path)
    expect(paths).toEqual(['a b', 'a b', 'a b', 'b', 'b'])
    const { row } = await rig.ask(key)
    const [exclusion] = JSON.parse(row.exclusions ?? '[]') as { until: number }[]
    expect(exclusion).toMatchObject({ upstreamId: 'a', reason: 'circuit_open' })
    expect((exclusion?.until ?? 0) - Date.now()).toBeGreaterThan(50_000)
    expect(rig.core.health.view('a').breakers).toMatchObject([
      { model: 'm', route: 'chat', state: 'open', failures: 3, until: exclusion?.until },
    ])

    rig.time.ahead = 60_001
    expect(rig.core.health.view('a').breakers).toMatchObject([{ state: 'half_open' }])
    const before = rig.calls('a').length
    let answerProbe = (): void => {}
    const probed = new Promise<void>((resolve) => {
      rig.scripts.set('a', (call) => {
        answerProbe = () => void healthy()(call)
        resolve()
      })
    })
    const probe = exchange(rig.port, requestFor(chatJson, key))
    await probed
    for (let n = 0; n < 4; n++) expect((await rig.ask(key)).path).toBe('b')
    expect(rig.calls('a').length).toBe(before + 1)
    answerProbe()
    expect((await probe).status).toBe(200)
    rig.scripts.set('a', healthy())
    expect([(await rig.ask(key)).path, rig.core.health.view('a').breakers]).toEqual(['a', []])
  })

  it('is for one model on one route', async () => {
    rig.settings({ 'routing.cooldownMs': 0, 'routing.breakerFailures': 1 })
    key = rig.begin({ assignments: inOrder('a', 'b') })
    rig.scripts.set('a', failing(503))
    await rig.ask(key)
    expect((await rig.ask(key)).path).toBe('b')
    rig.scripts.set('a', healthy())
    const other = await rig.ask(key, chatJson, (request) => ({
      ...request,
      body: { ...(request.body as object), model: 'n' },
    }))
    expect(other.path).toBe('a')
  })

  it('stays closed for what is the client’s doing, and for a rate limit', async () => {
    rig.settings({ 'routing.cooldownMs': 0 })
    key = rig.begin({ assignments: inOrder('a', 'b') })
    for (const status of [400, 404, 422, 429]) {
      rig.scripts.set('a', failing(status, { 'retry-after': '0' }))
      for (let n = 0; n < 4; n++) await rig.ask(key)
    }
    expect(rig.core.health.view('a').breakers).toEqual([])
  })

  it('that is open does not shut out the only upstream: one request at a time may try', async () => {
    rig.settings({ 'routing.cooldownMs': 0, 'routing.breakerFailures': 1 })
    key = rig.begin({}, {}, [rig.record('a')])
    rig.scripts.set('a', failing(500))
    expect((await rig.ask(key)).answer.status).toBe(502)
    let count = 0
    const { promise: both, resolve } = Promise.withResolvers<void>()
    rig.scripts.set('a', (call) => {
      count++
      void both.then(() => healthy()(call))
    })
    const trial = exchange(rig.port, requestFor(chatJson, key))
    await expect.poll(() => count).toBe(1)
    const refused = await rig.ask(key)
    expect([refused.answer.status, errorOf(refused.answer).code]).toEqual([429, 'no_upstream_ready'])
    resolve()
    expect([(await trial).status, count]).toEqual([200, 1])
    expect((await rig.ask(key)).path).toBe('a')
  })
})

describe('a missing model', () => {
  it('keeps the upstream back for that model alone, and not where there is no other', async () => {
    key = rig.begin({ assignments: inOrder('a', 'b') })
    rig.scripts.set('a', failing(404, {}, '{"error":{"code":"model_not_found"}}'))
    expect((await rig.ask(key)).path).toBe('a b')
    const second = await rig.ask(key)
    expect([second.path, JSON.parse(second.row.exclusions ?? '[]')]).toMatchObject([
      'b',
      [{ upstreamId: 'a', reason: 'model_not_served' }],
    ])
    rig.scripts.set('a', healthy())
    expect(
      (await rig.ask(key, chatJson, (asked) => ({ ...asked, body: { ...(asked.body as object), model: 'n' } }))).path,
    ).toBe('a')
    rig.directory.putUpstream(rig.record('b', { status: 'paused' }))
    expect((await rig.ask(key)).path).toBe('a')
    rig.directory.putUpstream(rig.record('b'))
    // Its list may be another one now.
    rig.directory.putUpstream(rig.record('a'))
    expect((await rig.ask(key)).path).toBe('a')
  })
})

describe('a limit or overload that is told in the stream', () => {
  const failed = (error: object) =>
    `event: response.failed\ndata: ${JSON.stringify({ type: 'response.failed', response: { error } })}\n\n`
  const inChat = (error: object) => `data: ${JSON.stringify({ error })}\n\n`

  it.each([
    ['rate_limit_exceeded', { message: 'Please try again in 20s.' }, 20_000],
    ['rate_limit_exceeded', {}, 15_000],
    ['usage_limit_reached', { resets_in_seconds: 120 }, 120_000],
    ['insufficient_quota', {}, 300_000],
    ['server_is_overloaded', {}, 15_000],
    ['overloaded_error', {}, 15_000],
  ])('before any output moves the request unseen: %s %j', async (code, more, restMs) => {
    for (const form of [responsesStream, chatStream]) {
      key = rig.begin({ assignments: inOrder('a', 'b') })
      const error = { code, ...more }
      const fault = form === chatStream ? inChat(error) : failed(error)
      rig.scripts.set('a', ({ socket }) => void socket.write(startOfStream(events[form.dialect].start + fault)))
      rig.scripts.set('b', healthy(form))
      const { answer, path, row } = await rig.ask(key, form)
      expect([answer.status, path, row.state]).toEqual([200, 'a b', 'completed'])
      expect(answer.body.toString()).toBe(streamText(form.dialect))
      const { state, until } = rig.core.health.view('a')
      expect(state).toBe('cooling_down')
      expect(Math.abs((until ?? 0) - Date.now() - restMs)).toBeLessThan(5_000)
    }
  })

  it('after output is passed on as it came', async () => {
    key = rig.begin({ assignments: inOrder('a', 'b') })
    const { start, output } = events.responses
    const text = start + output + failed({ code: 'rate_limit_exceeded' })
    rig.scripts.set(
      'a',
      ({ socket }) =>
        void socket.write(
          Buffer.concat([startOfStream(start + output), chunkBytes(failed({ code: 'rate_limit_exceeded' }))]),
        ),
    )
    const { answer, path } = await rig.ask(key, responsesStream)
    expect([answer.body.toString(), path]).toEqual([text, 'a'])
  })
})

describe('the retry budget', () => {
  it('stops a storm when everything fails, and answers with the error of the attempt', async () => {
    rig.settings({ 'routing.cooldownMs': 0, 'routing.breakerFailures': 0 })
    // A Pool of its own, since the budget is.
    key = rig.begin({ id: 'pool_storm', assignments: inOrder('a', 'b', 'c') })
    const own = rig.key({ poolId: 'pool_storm' })
    for (const id of ['a', 'b', 'c']) rig.scripts.set(id, failing(500))
    const before = ['a', 'b', 'c'].reduce((sum, id) => sum + rig.calls(id).length, 0)
    const asked = 100
    for (let n = 0; n < asked; n++) {
      const { answer } = await rig.ask(own)
      expect([answer.status, errorOf(answer).code]).toEqual([502, 'upstream_error'])
    }
    const calls = ['a', 'b', 'c'].reduce((sum, id) => sum + rig.calls(id).length, 0) - before
    // 20 % and 10 more, and the two moves that were made before b and c were known to fail.
    expect(calls - asked).toBeLessThanOrEqual(20 + 10 + 2)
    expect(calls - asked).toBeGreaterThanOrEqual(20)
  })

  it('does not count a move to an upstream that works', async () => {
    rig.settings({ 'routing.cooldownMs': 0, 'routing.breakerFailures': 0, 'routing.retryBudgetPercent': 0 })
    rig.begin({ id: 'pool_moves', assignments: inOrder('a', 'b') })
    const own = rig.key({ poolId: 'pool_moves' })
    rig.scripts.set('a', failing(500))
    for (let n = 0; n < 30; n++) expect((await rig.ask(own)).path).toBe('a b')
  })

  it('passes over those that may not be tried again, and comes to the one that works', async () => {
    rig.settings({ 'routing.cooldownMs': 0, 'routing.breakerFailures': 0, 'routing.retryBudgetPercent': 0 })
    rig.begin({ id: 'pool_passed', assignments: inOrder('a', 'b', 'c') })
    const own = rig.key({ poolId: 'pool_passed' })
    for (const id of ['a', 'b']) rig.scripts.set(id, failing(500))
    const paths = []
    for (let n = 0; n < 30; n++) paths.push((await rig.ask(own)).path)
    // What there is for retries at failing upstreams is used up on b.
    expect(paths[0]).toBe('a b c')
    expect(paths.at(-1)).toBe('a c')
    expect(new Set(paths)).toEqual(new Set(['a b c', 'a c']))
  })
})
