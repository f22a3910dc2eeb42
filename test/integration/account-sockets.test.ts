/** Turns over one WebSocket per session to a ChatGPT account: what is sent, what is found in the cache, what fails. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { CACHED_TOKENS, PROMPT_TOKENS } from '../support/chatgpt-sockets.ts'
import { openSocketHouse, type SocketHouse } from '../support/socket-house.ts'

let house: SocketHouse
let session = 0

beforeAll(async () => {
  house = await openSocketHouse()
  // What follows an import by itself.
  await vi.waitUntil(() => house.server.calls.length > 1, { timeout: 15_000 })
})
beforeEach(async () => {
  house.server.webSockets.closeAll(1_000)
  await vi.waitUntil(() => house.server.webSockets.open === 0)
  house.server.webSockets.reset()
  house.server.calls.length = 0
  Object.assign(house.server.backend, { fails: null, events: null })
  for (const id of [house.upstreamId, house.otherId]) await house.rig.call('upstream.test', { id })
  session++
})
afterAll(() => house.close())

const sockets = () => house.server.webSockets
const turn = (body?: object) => house.turn(`session-${String(session)}`, body)
const httpTurns = () => house.server.turns().length - sockets().turns.length

describe('a session', () => {
  it('has one socket for its turns, on which its prompt is found in the cache', async () => {
    for (let i = 0; i < 3; i++) {
      const { status, text } = await turn({ input: [{ role: 'user', content: `turn ${String(i)}` }] })
      expect(status).toBe(200)
      expect(text).toContain('event: response.output_text.delta\ndata: {"type":"response.output_text.delta"')
      expect(text.trimEnd()).toMatch(/event: response\.completed\ndata: \{.*\}$/)
    }
    expect(sockets().turns.map((call) => call.socket)).toEqual([0, 0, 0].map(() => sockets().turns[0]?.socket))
    expect([sockets().upgrades.length, httpTurns()]).toEqual([1, 0])
    const { rows } = await house.rig.call('request.list', { limit: 3 })
    expect(rows.map(({ usage }) => usage?.cached)).toEqual([CACHED_TOKENS, CACHED_TOKENS, 0])
    expect(rows[0]).toMatchObject({ usageSource: 'reported', usage: { input: PROMPT_TOKENS, output: 5 } })
  })

  it('sends the body as it is, and the headers of HTTP with the upgrade', async () => {
    const body = { tools: [{ type: 'of tomorrow', nested: [1.5] }], client_metadata: { a: '1' }, input: [{ x: null }] }
    const { headers } = await turn(body)
    const [call] = sockets().turns
    expect(call?.body).toEqual({ model: 'gpt-5.5', store: false, stream: true, ...body })
    expect(call?.headers).toMatchObject({
      'chatgpt-account-id': 'acct-0001',
      'openai-beta': 'responses_websockets=2026-02-06',
      originator: 'codex_exec',
      version: '0.170.1',
      'thread-id': `session-${String(session)}`,
    })
    expect(call?.headers['sec-websocket-extensions']).toBeUndefined()
    expect(call?.headers.authorization).not.toContain('weir')
    expect(headers.get('x-codex-turn-state')).toBe('state-of-the-turn')
    expect(headers.get('content-type')).toBe('text/event-stream')
    for (const name of ['set-cookie', 'upgrade', 'sec-websocket-accept']) expect(headers.get(name)).toBeNull()
  })

  it('gets one JSON answer where it asks for no stream', async () => {
    const { status, text } = await turn({ stream: false })
    expect([status, sockets().turns.length]).toEqual([200, 1])
    expect(JSON.parse(text)).toMatchObject({ status: 'completed', output: [{ role: 'assistant' }] })
  })

  it('goes on from a response of its socket, and over HTTP from one that its socket has not made', async () => {
    await turn()
    await turn({ previous_response_id: /"id":"(resp_[^"]+)"/.exec((await turn()).text)?.[1] })
    expect(sockets().turns.at(-1)?.body['previous_response_id']).toMatch(/^resp_acct-0001_/)
    expect((await house.last()).state).toBe('completed')
    await turn({ previous_response_id: 'resp_of_nobody' })
    expect(httpTurns()).toBe(1)
  })

  it('shares its socket with nobody: another session, another key or no session at all', async () => {
    await turn()
    await house.turn(`other-${String(session)}`)
    await house.turn(null)
    await house.ask({ input: [], store: false }, { 'thread-id': `session-${String(session)}` })
    expect(new Set(sockets().turns.map((call) => call.socket)).size).toBe(3)
    expect(httpTurns()).toBe(1)
  })

  it('has a second socket for a turn beside the first, and HTTP for more', async () => {
    sockets().behaviour.pauseMs = 300
    const all = await Promise.all([turn(), turn(), turn(), turn()])
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect([new Set(sockets().turns.map((call) => call.socket)).size, httpTurns()]).toEqual([2, 2])
  })

  it('is one of 50 at the same time, each with a socket of its own', async () => {
    sockets().behaviour.pauseMs = 200
    const ask = (i: number) => house.turn(`many-${String(session)}-${String(i)}`)
    for (let round = 0; round < 2; round++) {
      const all = await Promise.all(Array.from({ length: 50 }, (_, i) => ask(i)))
      expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]))
    }
    expect([sockets().upgrades.length, sockets().turns.length, httpTurns()]).toEqual([50, 100, 0])
  })
})

describe('a socket that fails', () => {
  it('before output: the turn goes to the other account, and the client sees nothing of it', async () => {
    // Both tries at the first account: its socket may have been dead before.
    sockets().behaviour.drops = { when: 'before', times: 2 }
    const { status, text, isCut } = await turn()
    expect([status, isCut]).toEqual([200, false])
    expect(text.match(/response\.completed/g)).toHaveLength(2)
    const { state, upstream, tries } = await house.last()
    expect([state, upstream]).toEqual(['completed', 'second'])
    expect(tries).toEqual(['first websocket dropped', 'first websocket dropped', 'second 200'])
  })

  it.each(['drops', 'closes'] as const)('after output (%s): told once, and never sent again', async (how) => {
    if (how === 'drops') sockets().behaviour.drops = { when: 'after', times: 1 }
    else sockets().behaviour.closes = { when: 'after', code: 1_011, times: 1 }
    const { status, isCut } = await turn()
    expect([status, isCut, sockets().turns.length, httpTurns()]).toEqual([200, true, 1, 0])
    expect(await house.last()).toMatchObject({ state: 'failed', upstream: 'first' })
  })

  it.each([1_000, 1_001, 1_008, 1_012])('closed with %i before output is opened once more', async (code) => {
    await turn()
    sockets().behaviour.closes = { when: 'before', code, times: 1 }
    expect((await turn()).status).toBe(200)
    const { state, tries } = await house.last()
    expect([state, tries.length <= 1]).toEqual(['completed', true])
    expect(sockets().upgrades).toHaveLength(2)
  })

  it('that is closed again is not opened a third time', async () => {
    sockets().behaviour.closes = { when: 'before', code: 1_001, times: 2 }
    await turn()
    const { tries } = await house.last()
    expect(tries[0]).toBe('first websocket closed 1001')
    expect(
      sockets()
        .turns.slice(0, 2)
        .map(({ account }) => account),
    ).toEqual(['acct-0001', 'acct-0001'])
  })

  it.each([1_011, 1_013])('closed with %i says that the provider is at fault', async (code) => {
    sockets().behaviour.closes = { when: 'before', code, times: 1 }
    expect((await turn()).status).toBe(200)
    expect((await house.last()).tries).toEqual([`first websocket closed ${String(code)}`, 'second 200'])
  })

  it('over a frame that is too large for it is no reason not to send the turn over HTTP', async () => {
    sockets().behaviour.closes = { when: 'before', code: 1_009, times: 1 }
    expect((await turn()).status).toBe(200)
    expect([sockets().turns.length, httpTurns()]).toEqual([1, 1])
    expect((await house.last()).tries).toHaveLength(1)
  })

  it('for its age is replaced before output', async () => {
    const error = { code: 'websocket_connection_limit_reached', message: 'an hour is over' }
    sockets().behaviour.errors = { frame: { type: 'error', status: 400, error }, times: 1 }
    expect((await turn()).status).toBe(200)
    expect([sockets().upgrades.length, (await house.last()).upstream]).toEqual([2, 'first'])
  })
})

describe('an error frame', () => {
  it('with 429 is judged as an answer: the other account serves, and this one rests as long as it says', async () => {
    const frame = { type: 'error', status: 429, error: { code: 'slow_down' }, headers: { 'retry-after': 600 } }
    sockets().behaviour.errors = { frame, times: 1 }
    expect((await turn()).status).toBe(200)
    expect((await house.last()).upstream).toBe('second')
    const { health } = await house.rig.call('upstream.get', { id: house.upstreamId })
    expect(health.state).toBe('cooling_down')
    expect((health.until ?? 0) - Date.now()).toBeGreaterThan(500_000)
  })

  it('with 400 is the client’s, and asked of nobody else', async () => {
    const error = { code: 'invalid_value', message: 'no such tool', param: 'tools[0]' }
    sockets().behaviour.errors = { frame: { type: 'error', status: 400, error }, times: 1 }
    const { status, text } = await turn()
    expect([status, JSON.parse(text)]).toEqual([400, { error }])
    expect(house.server.turns()).toHaveLength(1)
  })

  it('without a status is an event of the stream', async () => {
    const error = { code: 'server_is_overloaded', message: 'later' }
    sockets().behaviour.errors = { frame: { type: 'error', error }, times: 1 }
    expect((await turn()).status).toBe(200)
    expect((await house.last()).tries).toEqual(['first server_is_overloaded', 'second 200'])
  })

  it('as response.failed before output moves to the other account, and leaves the socket open', async () => {
    const failed = { id: 'r', status: 'failed', error: { code: 'rate_limit_exceeded', message: 'try again in 2s' } }
    house.server.backend.events = [{ type: 'response.failed', response: failed } as never]
    await turn()
    house.server.backend.events = null
    expect((await house.last()).tries[0]).toBe('first rate_limit_exceeded')
    expect(sockets().open).toBe(2)
  })
})
