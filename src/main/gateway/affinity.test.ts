import { describe, expect, it } from 'vitest'
import { readJsonFields } from '../dialects/json-fields.ts'
import { createAffinity, MAX_REMEMBERED, type Learnt, type TiedRequest } from './affinity.ts'
import { fileIdsOf } from './affinity/file-ids.ts'
import { SessionMark } from './affinity/marks.ts'

const HOUR = 3_600_000
const every = { limit: 500 }

function scene() {
  const time = { now: 1_000_000 }
  const settings = { 'routing.sessionTtlMs': HOUR, 'routing.ownerTtlMs': 24 * HOUR }
  const affinity = createAffinity({ directory: { settings }, clock: () => time.now })
  const request = (body: object = {}, changes: Partial<TiedRequest> = {}): TiedRequest => ({
    key: { id: 'key_a' },
    dialect: 'responses',
    fields: readJsonFields(Buffer.from(JSON.stringify(body))),
    ...changes,
  })
  const mark = (name: string, keyId = 'key_a') => new SessionMark(keyId, name)
  /** `session` of the key was answered by the upstream. */
  function served(session: string | null, learnt: Partial<Learnt> = {}, keyId = 'key_a', socket?: { id: string }) {
    const asked = { key: { id: keyId }, pool: { id: 'pool' }, client: 'codex', facts: { model: 'm' }, socket } as const
    const told = { upstreamId: 'ups_1', responseId: null, turnState: null, ...learnt }
    affinity.served({ ...asked, session: session === null ? null : mark(session, keyId) }, told)
  }
  const home = (session: string, keyId = 'key_a') =>
    affinity.tieOf(request({}, { key: { id: keyId } }), mark(session, keyId))?.upstreamId ?? null
  return { affinity, time, settings, request, mark, served, home }
}

describe('a session', () => {
  it('is at home where it was answered last, for its own key alone', () => {
    const { served, home, affinity } = scene()
    expect(home('s')).toBeNull()
    served('s')
    expect(home('s')).toBe('ups_1')
    expect(home('other')).toBeNull()
    expect(home('s', 'key_b')).toBeNull()
    served('s', { upstreamId: 'ups_2' })
    expect(home('s')).toBe('ups_2')
    expect(affinity.sessions(every).rows).toMatchObject([{ upstreamId: 'ups_2', moves: 1, keyId: 'key_a' }])
  })

  it('is forgotten an hour after its last request, and not before', () => {
    const { served, home, time, affinity } = scene()
    served('s')
    time.now += HOUR
    expect(home('s')).toBe('ups_1')
    served('s')
    time.now += HOUR
    expect(home('s')).toBe('ups_1')
    time.now += 1
    expect(home('s')).toBeNull()
    expect(affinity.sessions(every)).toEqual({ rows: [], total: 0, most: MAX_REMEMBERED })
  })

  it('counts what it used, from the request on that made it one', () => {
    const { served, affinity, mark, time } = scene()
    affinity.counted(mark('s'), { input: 1, cached: 1 })
    served('s')
    affinity.counted(mark('s'), { input: 100, cached: 0 })
    time.now += 5
    served('s')
    affinity.counted(mark('s'), { input: 150, cached: 90 })
    expect(affinity.sessions(every).rows).toEqual([
      {
        id: mark('s').mark,
        keyId: 'key_a',
        poolId: 'pool',
        upstreamId: 'ups_1',
        model: 'm',
        client: 'codex',
        since: 1_000_000,
        lastAt: 1_000_005,
        expiresAt: 1_000_005 + HOUR,
        requests: 2,
        inputTokens: 250,
        cachedTokens: 90,
        moves: 0,
        hasSocket: false,
      },
    ])
  })

  it('is released by its id, and begins anew then', () => {
    const { served, affinity, mark, home } = scene()
    served('s')
    expect(affinity.release('0000000000000000')).toBeNull()
    expect(affinity.release(mark('s').mark)).toMatchObject({ upstreamId: 'ups_1' })
    expect(home('s')).toBeNull()
    expect(affinity.release(mark('s').mark)).toBeNull()
  })

  it('is listed latest first, by upstream, key and Pool', () => {
    const { served, affinity, mark } = scene()
    for (let at = 0; at < 6; at++) served(`s${at}`, { upstreamId: `ups_${at % 2}` })
    served('b', {}, 'key_b')
    const ids = (query: object) => affinity.sessions({ ...every, ...query }).rows.map(({ id }) => id)
    expect(ids({ upstreamId: 'ups_0' })).toEqual(['s4', 's2', 's0'].map((name) => mark(name).mark))
    expect(ids({ keyId: 'key_b' })).toEqual([mark('b', 'key_b').mark])
    expect(ids({ poolId: 'elsewhere' })).toEqual([])
    expect(affinity.sessions({ limit: 2 })).toMatchObject({ rows: { length: 2 }, total: 7 })
  })

  it('has a short hash in the log that does not tell its name', () => {
    const { mark } = scene()
    expect(mark('secret-name').short).toMatch(/^[0-9a-f]{8}$/)
    expect(mark('secret-name').mark.startsWith(mark('secret-name').short)).toBe(true)
    expect(mark('s', 'key_b').short).not.toBe(mark('s').short)
  })
})

describe('what only one upstream has', () => {
  it('is a response, for its key alone and for a day', () => {
    const { served, affinity, request, time } = scene()
    served(null, { responseId: 'resp_1' })
    const next = request({ previous_response_id: 'resp_1' })
    const tie = { kind: 'response', upstreamId: 'ups_1', isHard: true, rivalId: null }
    expect(affinity.tieOf(next, null)).toEqual(tie)
    expect(affinity.tieOf({ ...next, key: { id: 'key_b' } }, null)).toBeNull()
    expect(affinity.tieOf({ ...next, dialect: 'chat' }, null)).toBeNull()
    expect(affinity.tieOf(request({ previous_response_id: 'resp_2' }), null)).toBeNull()
    time.now += 24 * HOUR
    expect(affinity.tieOf(next, null)).toEqual(tie)
    time.now += 1
    expect(affinity.tieOf(next, null)).toBeNull()
  })

  it('knows what an answer had that a request goes on from, for its key alone', () => {
    const { affinity, request, served } = scene()
    served(null, { responseId: 'resp_9', context: 1_234 })
    served(null, { responseId: 'resp_7' })
    const next = request({ previous_response_id: 'resp_9' })
    expect(affinity.contextOf(next)).toBe(1_234)
    expect(affinity.contextOf({ ...next, key: { id: 'key_b' } })).toBe(0)
    expect(affinity.contextOf({ ...next, dialect: 'chat' })).toBe(0)
    for (const id of ['resp_7', 'resp_8']) {
      expect(affinity.contextOf(request({ previous_response_id: id }))).toBe(0)
    }
    expect(affinity.contextOf(request({}))).toBe(0)
  })

  it('is a file, found wherever the body names it', () => {
    const { affinity, request } = scene()
    affinity.own('file', { keyId: 'key_a', id: 'file-1' }, 'ups_2')
    const named = (id: string) => request({ input: [{ content: [{ type: 'input_file', file_id: id }] }] })
    expect(affinity.tieOf(named('file-1'), null)).toEqual({
      kind: 'file',
      upstreamId: 'ups_2',
      isHard: true,
      rivalId: null,
    })
    expect(affinity.tieOf(named('file-2'), null)).toBeNull()
    expect(affinity.tieOf({ ...named('file-1'), key: { id: 'key_b' } }, null)).toBeNull()
    expect(affinity.ownerOf('file', { keyId: 'key_a', id: 'file-1' })).toBe('ups_2')
    expect(affinity.ownerOf('file', { keyId: 'key_b', id: 'file-1' })).toBeNull()
    affinity.own('file', { keyId: 'key_a', id: 'file-3' }, 'ups_3')
    const both = request({ input: [{ file_id: 'file-1' }, { file_id: 'file-3' }, { file_id: 'file-9' }] })
    expect(affinity.tieOf(both, null)).toMatchObject({ kind: 'file', upstreamId: 'ups_2', rivalId: 'ups_3' })
  })

  it('is a response before its files, and cannot be both of different ones', () => {
    const { served, affinity, request } = scene()
    served(null, { responseId: 'resp_1' })
    affinity.own('file', { keyId: 'key_a', id: 'file-1' }, 'ups_1')
    const body = { previous_response_id: 'resp_1', input: [{ file_id: 'file-1' }] }
    expect(affinity.tieOf(request(body), null)).toMatchObject({ kind: 'response', rivalId: null })
    affinity.own('file', { keyId: 'key_a', id: 'file-1' }, 'ups_2')
    expect(affinity.tieOf(request(body), null)).toMatchObject({ kind: 'response', rivalId: 'ups_2' })
  })

  it('is a live socket as long as it is open: where its last turn went', () => {
    const { served, affinity, request, mark } = scene()
    const socket = { id: 'ws_1' }
    served('s', {}, 'key_a', socket)
    const goesOn = request({ previous_response_id: 'resp_unknown' }, { socket })
    expect(affinity.tieOf(goesOn, null)).toMatchObject({ kind: 'socket', upstreamId: 'ups_1', isHard: true })
    // A whole conversation may go elsewhere; a response that is known is asked first.
    expect(affinity.tieOf(request({}, { socket }), mark('s'))).toMatchObject({ kind: 'socket', isHard: false })
    expect(affinity.tieOf(request({}, { socket }), null)).toBeNull()
    expect(affinity.sessions(every).rows[0]?.hasSocket).toBe(true)
    affinity.socketClosed('ws_1')
    expect(affinity.tieOf(goesOn, null)).toBeNull()
    expect(affinity.tieOf(request({}, { socket }), mark('s'))).toMatchObject({ kind: 'session' })
    expect(affinity.sessions(every).rows[0]?.hasSocket).toBe(false)
  })

  it('is a turn, which may move all the same', () => {
    const { served, affinity, request, mark } = scene()
    served('s', { upstreamId: 'ups_2', turnState: 'opaque' })
    served('s', { upstreamId: 'ups_1' })
    const asked = request({}, { headers: { session: 's', turnState: 'opaque' } })
    expect(affinity.tieOf(asked, mark('s'))).toEqual({
      kind: 'turn',
      upstreamId: 'ups_2',
      isHard: false,
      rivalId: null,
    })
    expect(affinity.tieOf({ ...asked, headers: { session: 's', turnState: 'other' } }, mark('s'))?.kind).toBe('session')
  })
})

describe('files in a body', () => {
  it.each([
    ['{"file_id":"file-1"}', ['file-1']],
    ['{ "file_id" : "file_2" , "file_id": null}', ['file_2']],
    ['{"image_url":"sediment://file_00ab?x=1"}', ['file_00ab']],
    ['{"a":[{"file_id":"x"},{"file_id":"x"},{"file_id":"y.png"}]}', ['x', 'y.png']],
    [JSON.stringify({ text: '{"file_id":"quoted"}' }), []],
    ['{"file_id":7,"file_ids":["z"]}', []],
    ['{"file_id":""}', []],
    ['{"file_id"', []],
  ])('%s', (body, ids) => {
    expect([...fileIdsOf(Buffer.from(body))]).toEqual(ids)
  })
})

describe('what is remembered', () => {
  it('stays within its bound under a million sessions, the latest of them', () => {
    const { affinity, served, home } = scene()
    served('kept')
    let most = 0
    for (let at = 0; at < 1_000_000; at++) {
      served(`s${at}`, { responseId: `resp_${at}` })
      // Whoever is used goes on.
      if (at % 5_000 === 0) served('kept')
      if (at % 1_000 === 0) most = Math.max(most, affinity.sessions({ limit: 1 }).total)
    }
    const { total } = affinity.sessions(every)
    expect(most).toBeLessThanOrEqual(MAX_REMEMBERED)
    expect(total).toBeLessThanOrEqual(MAX_REMEMBERED)
    expect(total).toBeGreaterThan(MAX_REMEMBERED * 0.9)
    expect(home('kept')).toBe('ups_1')
    expect(home('s999999')).toBe('ups_1')
    expect(home('s980000')).toBeNull()
    expect(affinity.ownerOf('response', { keyId: 'key_a', id: 'resp_999999' })).toBe('ups_1')
    expect(affinity.ownerOf('response', { keyId: 'key_a', id: 'resp_980000' })).toBeNull()
  }, 60_000)

  it('follows the setting at once', () => {
    const { served, home, time, settings } = scene()
    served('s')
    time.now += 60_000
    settings['routing.sessionTtlMs'] = 30_000
    expect(home('s')).toBeNull()
    settings['routing.sessionTtlMs'] = HOUR
    expect(home('s')).toBe('ups_1')
  })

  it('takes no name that is longer than any', () => {
    const { affinity } = scene()
    const id = 'x'.repeat(10_000)
    affinity.own('turn', { keyId: 'key_a', id }, 'ups_1')
    expect(affinity.ownerOf('turn', { keyId: 'key_a', id })).toBeNull()
  })
})
