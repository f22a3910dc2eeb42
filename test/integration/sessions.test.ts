/** Sessions and what only one upstream has, through the whole gateway with several upstreams behind it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { answerBytes, type Script } from '../support/raw-upstream.ts'
import { failing, startRoutingRig, type RoutingRig } from '../support/routing-rig.ts'
import { errorOf, type RawRequest } from '../support/raw-client.ts'
import { plan } from '../../src/main/gateway/plan.ts'
import { askableOf } from '../../src/main/gateway/plan-question.ts'
import { publicIdOf } from '../../src/main/gateway/pool-key.ts'
import { usualRouting } from '../../src/shared/models/pool.ts'
import { jsonBodies, responsesJson, responsesStream, streamText, type Form } from '../support/upstream-answers.ts'

const IDS = ['a', 'b', 'c'] as const
let rig: RoutingRig

beforeAll(async () => {
  rig = await startRoutingRig(IDS)
})
afterAll(() => rig.stop())

const withHeaders =
  (headers: Readonly<Record<string, string>>, body: object = {}) =>
  (request: RawRequest): RawRequest => ({
    ...request,
    headers: [...(request.headers ?? []), ...Object.entries(headers)],
    body: { ...(request.body as object), ...body },
  })
const session = (name: string, body: object = {}) => withHeaders({ 'thread-id': name }, body)
/** With a model that nobody else asks for, so that its turns begin here. */
const ownTurns = (name: string) => session(name, { model: name })

let key = ''
let count = 0
/** Nobody has used it in this file. */
const fresh = (): string => `thread-${++count}`

beforeEach(() => {
  key = rig.begin()
})

describe('a session', () => {
  it('stays at the upstream that answered it, over 42 sessions and three strategies', async () => {
    for (const strategy of ['priority', 'round_robin', 'least_in_flight'] as const) {
      key = rig.begin({ strategy })
      for (let at = 0; at < 14; at++) {
        const name = fresh()
        const first = await rig.ask(key, responsesStream, session(name))
        for (let turn = 0; turn < 3; turn++) {
          const next = await rig.ask(key, responsesStream, session(name))
          expect(next.path).toBe(first.path)
          expect(next.plan?.affinity).toEqual({
            kind: 'session',
            upstreamId: first.path,
            outcome: 'kept',
            reason: null,
          })
          expect(next.plan?.session).toBe(first.plan?.session)
        }
      }
    }
    const homes = new Set(rig.core.affinity.sessions({ limit: 500 }).rows.map(({ upstreamId }) => upstreamId))
    expect(homes.size).toBe(3)
  })

  it('counts what it used', async () => {
    const name = fresh()
    for (let turn = 0; turn < 3; turn++) await rig.ask(key, responsesJson, session(name))
    const [latest] = rig.core.affinity.sessions({ limit: 1 }).rows
    const rows = rig.rows().slice(-3)
    expect(latest).toMatchObject({
      requests: 3,
      moves: 0,
      inputTokens: rows.reduce((sum, row) => sum + row.input_tokens, 0),
      cachedTokens: rows.reduce((sum, row) => sum + row.cached_tokens, 0),
    })
    expect(latest?.inputTokens).toBeGreaterThan(0)
  })

  it('moves when its upstream fails, says why, and stays where it came to', async () => {
    const name = fresh()
    const { path: home } = await rig.ask(key, responsesStream, session(name))
    rig.scripts.set(home, failing(500))
    const moved = await rig.ask(key, responsesStream, session(name))
    const [, now = ''] = moved.path.split(' ')
    expect(moved.path.startsWith(`${home} `)).toBe(true)
    rig.scripts.delete(home)
    const next = await rig.ask(key, responsesStream, session(name))
    expect(next.path).toBe(now)
    expect(next.plan?.affinity).toMatchObject({ upstreamId: now, outcome: 'kept' })
    expect(rig.core.affinity.sessions({ limit: 1 }).rows[0]?.moves).toBe(1)
  })

  it('moves off an upstream that is cooling down before anything is sent there', async () => {
    const name = fresh()
    const { path: home } = await rig.ask(key, responsesStream, session(name))
    rig.scripts.set(home, failing(429, { 'retry-after': '30' }))
    await rig.ask(key, responsesStream, session(name))
    rig.core.affinity.release(rig.core.affinity.sessions({ limit: 1 }).rows[0]?.id ?? '')
    const other = fresh()
    const calls = rig.calls(home).length
    const asked = await rig.ask(key, responsesStream, session(other))
    expect(asked.path).not.toContain(home)
    expect(rig.calls(home).length).toBe(calls)
  })

  it('goes by the usual order where the Pool does not keep sessions', async () => {
    key = rig.begin({ strategy: 'round_robin' }, { sticky: false })
    const name = fresh()
    const paths = new Set<string>()
    for (let turn = 0; turn < 3; turn++) paths.add((await rig.ask(key, responsesStream, ownTurns(name))).path)
    expect(paths.size).toBe(3)
  })

  it('comes back to a better priority, and goes on there', async () => {
    const assignments = IDS.map((upstreamId, index) => ({ upstreamId, priority: index + 1, weight: 1, enabled: true }))
    key = rig.begin({ assignments, routing: usualRouting })
    const name = fresh()
    rig.scripts.set('a', failing(500))
    await rig.ask(key, responsesStream, session(name))
    rig.scripts.delete('a')
    const away = await rig.ask(key, responsesStream, session(name))
    expect(away.path).toBe('b')
    rig.time.ahead += 20_000
    const back = await rig.ask(key, responsesStream, session(name))
    expect(back.path).toBe('a')
    expect(back.plan?.affinity).toEqual({ kind: 'session', upstreamId: 'b', outcome: 'moved', reason: 'priority' })
  })

  it('begins anew once it was let go', async () => {
    key = rig.begin({ strategy: 'round_robin' })
    const name = fresh()
    const { path: home } = await rig.ask(key, responsesStream, ownTurns(name))
    const [row] = rig.core.affinity.sessions({ limit: 1 }).rows
    expect(row?.upstreamId).toBe(home)
    expect(rig.core.affinity.release(row?.id ?? '')).not.toBeNull()
    const next = await rig.ask(key, responsesStream, ownTurns(name))
    expect(next.path).not.toBe(home)
    expect(next.plan?.affinity).toBeUndefined()
  })
})

/** Answers with this id, and with a turn state. */
const answering =
  (id: string, { stream }: Form): Script =>
  ({ socket }) => {
    const text = stream ? streamText('responses') : jsonBodies.responses
    const headers = {
      'x-codex-turn-state': 'turn-of-it',
      'content-type': stream ? 'text/event-stream' : 'application/json',
    }
    void socket.write(answerBytes(200, text.replaceAll('"id":"r"', `"id":"${id}"`), headers))
  }

const UNKNOWN =
  '{"error":{"message":"no such response","type":"invalid_request_error","code":"previous_response_not_found"}}'

describe('a request that goes on from a response', () => {
  it.each([
    ['in a stream', responsesStream],
    ['as a whole', responsesJson],
  ])('goes to the upstream that answered it %s', async (_how, form) => {
    key = rig.begin({ strategy: 'round_robin' })
    for (const id of IDS) rig.scripts.set(id, answering(`resp_of-${id}`, form))
    const own = withHeaders({}, { model: fresh() })
    const made = new Set<string>()
    for (let at = 0; at < 3; at++) made.add((await rig.ask(key, form, own)).path)
    expect(made.size).toBe(3)
    for (const id of ['c', 'a', 'b', 'b', 'a']) {
      const next = await rig.ask(key, form, withHeaders({}, { previous_response_id: `resp_of-${id}` }))
      expect(next.path).toBe(id)
      expect(next.plan).toMatchObject({ affinity: { kind: 'response', upstreamId: id, outcome: 'kept' } })
    }
  })

  it('is told to send everything where that upstream may not serve it, and nobody is asked', async () => {
    for (const id of IDS) rig.scripts.set(id, answering(`resp_gone-${id}`, responsesJson))
    const { path: owner } = await rig.ask(key, responsesJson)
    const paused = rig.directory.upstream(owner)
    if (paused === undefined) throw new Error('the upstream is gone')
    rig.directory.putUpstream({ ...paused, status: 'paused' })
    const before = IDS.map((id) => rig.calls(id).length)
    const { answer, row } = await rig.ask(
      key,
      responsesJson,
      withHeaders({}, { previous_response_id: `resp_gone-${owner}` }),
    )
    expect(answer.status).toBe(400)
    expect(answer.headers['x-should-retry']).toBe('false')
    expect(errorOf(answer).code).toBe('previous_response_not_found')
    expect(errorOf(answer).message).toContain('Send the whole conversation')
    expect(row).toMatchObject({ state: 'refused', error_code: 'previous_response_not_found' })
    expect(JSON.parse(row.plan ?? '{}')).toMatchObject({
      affinity: { kind: 'response', upstreamId: owner, outcome: 'broken', reason: 'upstream_paused' },
    })
    expect(IDS.map((id) => rig.calls(id).length)).toEqual(before)
    // Sent in full, somebody else answers.
    expect((await rig.ask(key, responsesJson)).answer.status).toBe(200)
    rig.directory.putUpstream(paused)
  })

  it('is another one for another key', async () => {
    for (const id of IDS) rig.scripts.set(id, answering(`resp_mine-${id}`, responsesJson))
    const { path: owner } = await rig.ask(key, responsesJson)
    const other = rig.key()
    const goesOn = withHeaders({}, { previous_response_id: `resp_mine-${owner}` })
    const { plan } = await rig.ask(other, responsesJson, goesOn)
    expect(plan?.affinity).toBeUndefined()
  })

  it.each([400, 404])('is tried elsewhere where its upstream is not known and one answers %i', async (status) => {
    const order = {
      assignments: IDS.map((upstreamId, at) => ({ upstreamId, priority: at + 1, weight: 1, enabled: true })),
    }
    key = rig.begin(order)
    rig.scripts.set('a', failing(status, {}, UNKNOWN))
    const goesOn = withHeaders({}, { previous_response_id: 'resp_never-seen' })
    const served = await rig.ask(key, responsesJson, goesOn)
    expect([served.path, served.answer.status]).toEqual(['a b', 200])
    // Nothing is wrong with that upstream.
    expect(rig.core.health.restOf('a').until).toBe(0)
    for (const id of IDS) rig.scripts.set(id, failing(status, {}, UNKNOWN))
    const nobody = await rig.ask(key, responsesJson, goesOn)
    expect(nobody.path).toBe('a b c')
    expect(nobody.answer.status).toBe(status)
    expect(nobody.answer.body.toString()).toBe(UNKNOWN)
  })

  it('is tried elsewhere also where that is said in the stream before any output', async () => {
    const order = {
      assignments: IDS.map((upstreamId, at) => ({ upstreamId, priority: at + 1, weight: 1, enabled: true })),
    }
    key = rig.begin(order)
    const fault = `event: error\ndata: {"type":"error","code":"previous_response_not_found","message":"no"}\n\n`
    const inStream: Script = ({ socket }) =>
      void socket.write(answerBytes(200, fault, { 'content-type': 'text/event-stream' }))
    rig.scripts.set('a', inStream)
    const goesOn = withHeaders({}, { previous_response_id: 'resp_never-seen' })
    const served = await rig.ask(key, responsesStream, goesOn)
    expect([served.path, served.answer.status]).toEqual(['a b', 200])
    expect(rig.core.health.restOf('a').until).toBe(0)
    for (const id of IDS) rig.scripts.set(id, inStream)
    const nobody = await rig.ask(key, responsesStream, goesOn)
    expect(nobody.answer.status).toBe(400)
    expect(errorOf(nobody.answer).code).toBe('previous_response_not_found')
  })
})

describe('a file', () => {
  const naming = (...ids: string[]) =>
    withHeaders({}, { input: [{ role: 'user', content: ids.map((id) => ({ type: 'input_file', file_id: id })) }] })
  const own = (id: string, upstreamId: string): void => {
    const record = [...rig.directory.keys()].at(-1)
    rig.core.affinity.own('file', { keyId: record?.id ?? '', id }, upstreamId)
  }

  it('takes the request to the upstream that has it', async () => {
    own('file-of-b', 'b')
    own('file-of-c', 'c')
    for (const id of ['b', 'c', 'b']) {
      const { path, plan } = await rig.ask(key, responsesJson, naming(`file-of-${id}`))
      expect([path, plan?.affinity?.kind]).toEqual([id, 'file'])
    }
    const { answer } = await rig.ask(key, responsesJson, naming('file-of-b', 'file-of-c'))
    expect([answer.status, errorOf(answer).code]).toEqual([409, 'file_owner_conflict'])
  })

  it('makes the client wait as long as its upstream cools down', async () => {
    own('file-of-a', 'a')
    rig.scripts.set('a', failing(429, { 'retry-after': '30' }))
    await rig.ask(key, responsesJson, naming('file-of-a'))
    const { answer } = await rig.ask(key, responsesJson, naming('file-of-a'))
    expect([answer.status, errorOf(answer).code]).toEqual([429, 'file_owner_unavailable'])
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(20)
  })
})

it('the Doctor’s plan says where a session would stay', async () => {
  const name = fresh()
  const { path: home } = await rig.ask(key, responsesStream, session(name))
  const record = rig.directory.keyByPublicId(publicIdOf(key))
  const pool = rig.directory.pool('pool')
  if (record === undefined || pool === undefined) throw new Error('no key')
  const { health, traffic, quota, affinity } = rig.core
  const world = { directory: rig.directory, health, traffic, quota, affinity, prices: { rates: () => null } }
  const asked = { key: record, pool, dialect: 'responses', model: 'm', isStream: true, inputTokens: 9 } as const
  const question = askableOf({ ...asked, session: name, outputTokens: null })
  const { plan: planned } = plan({ ...world, random: () => 0.5, clock: Date.now }, question)
  expect(planned.affinity).toEqual({ kind: 'session', upstreamId: home, outcome: 'kept', reason: null })
})

it('a turn goes on where it began, before the rest of its session', async () => {
  key = rig.begin({ strategy: 'round_robin' }, { sticky: false })
  for (const id of IDS) rig.scripts.set(id, answering(`resp_turn-${id}`, responsesStream))
  const first = await rig.ask(key, responsesStream)
  expect(first.answer.headers['x-codex-turn-state']).toBe('turn-of-it')
  for (let step = 0; step < 3; step++) {
    const next = await rig.ask(key, responsesStream, withHeaders({ 'x-codex-turn-state': 'turn-of-it' }))
    expect([next.path, next.plan?.affinity?.kind]).toEqual([first.path, 'turn'])
  }
})
