/** Clients on WebSockets of their own, with ChatGPT accounts behind: turns that go on from the one before. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { asCodexSocket, openSocket, type SocketClient } from '../support/socket-client.ts'
import { openSocketHouse, type SocketHouse } from '../support/socket-house.ts'

let house: SocketHouse
let client: SocketClient
let thread = 0

beforeAll(async () => {
  house = await openSocketHouse()
})
beforeEach(async () => {
  const { server, rig, upstreamId, otherId } = house
  server.webSockets.closeAll(1_000)
  await vi.waitUntil(() => server.webSockets.open === 0)
  server.webSockets.reset()
  server.calls.length = 0
  for (const id of [upstreamId, otherId]) await rig.call('upstream.test', { id })
  thread++
  client = await connect()
})
afterAll(() => house.close())

function connect(headers: Record<string, string> = { 'thread-id': `thread-${String(thread)}` }): Promise<SocketClient> {
  const port = Number(new URL(house.rig.app.gatewayUrl).port)
  return openSocket({ port, key: house.secret, headers: { ...asCodexSocket, ...headers } })
}

const sockets = () => house.server.webSockets
const aTurn = (more: object = {}) => ({
  model: 'gpt-5.5',
  store: false,
  input: [{ role: 'user', content: 'x' }],
  ...more,
})

/** One turn; the id of its response, or the code of the error. */
async function turn(more: object = {}, on = client): Promise<string> {
  const last = (await on.turn(aTurn(more))).at(-1)
  if (last?.type === 'error') return `${String(last.status)} ${String(last.error?.code)}`
  return last?.response?.id ?? `nothing: ${String(last?.type)}`
}

describe("a client's WebSocket", () => {
  it('has one socket of its account for all its turns, each from the one before', async () => {
    const first = await turn()
    const second = await turn({ previous_response_id: first, input: [{ type: 'function_call_output' }] })
    const third = await turn({ previous_response_id: second })
    for (const id of [first, second, third]) expect(id).toMatch(/^resp_acct-0001_/)
    expect([sockets().upgrades.length, house.server.turns().length]).toEqual([1, 3])
    expect(sockets().turns[1]?.body).toMatchObject({
      previous_response_id: first,
      input: [{ type: 'function_call_output' }],
    })
  })

  it('gets the frames as the account sent them, and what the socket says of the turn', async () => {
    const frames = await client.turn(aTurn())
    expect(frames.map(({ type }) => type)).toEqual([
      'response.metadata',
      'response.created',
      'response.output_item.added',
      'response.output_text.delta',
      'response.output_item.done',
      'response.completed',
    ])
    expect(frames[0]?.headers).toEqual({ 'x-codex-turn-state': 'state-of-the-turn' })
  })

  it('is told to send all once the socket behind is gone, and nobody is asked for what only that one had', async () => {
    const first = await turn()
    sockets().closeAll(1_001)
    await expect.poll(() => sockets().open).toBe(0)
    expect(await turn({ previous_response_id: first })).toBe('400 previous_response_not_found')
    expect([sockets().turns.length, house.server.turns().length]).toEqual([1, 1])
    expect(await turn()).toMatch(/^resp_acct-0001_/)
    const { health } = await house.rig.call('upstream.get', { id: house.upstreamId })
    expect(health.state).toBe('ready')
  })

  it('is told the same where the socket ends in the middle, before output, or is too old', async () => {
    const first = await turn()
    sockets().behaviour.closes = { when: 'before', code: 1_001, times: 1 }
    expect(await turn({ previous_response_id: first })).toBe('400 previous_response_not_found')
    const second = await turn()
    const error = { code: 'websocket_connection_limit_reached', message: 'an hour is over' }
    sockets().behaviour.errors = { frame: { type: 'error', status: 400, error }, times: 1 }
    expect(await turn({ previous_response_id: second })).toBe('400 previous_response_not_found')
    expect(await turn()).toMatch(/^resp_acct-0001_/)
  })

  it('moves with its whole conversation when its account has reached a limit', async () => {
    const first = await turn()
    const frame = { type: 'error', status: 429, error: { code: 'slow_down' }, headers: { 'retry-after': 600 } }
    sockets().behaviour.errors = { frame, times: 1 }
    expect(await turn({ previous_response_id: first })).toBe('400 previous_response_not_found')
    const moved = await turn()
    expect(moved).toMatch(/^resp_acct-0002_/)
    expect(await turn({ previous_response_id: moved })).toMatch(/^resp_acct-0002_/)
    expect(
      sockets()
        .turns.map(({ account }) => account.slice(-1))
        .join(''),
    ).toBe('1122')
  })

  it('comes back with its thread, and its socket is still there', async () => {
    const first = await turn()
    client.ws.close()
    const again = await connect()
    expect(await turn({ previous_response_id: first }, again)).toMatch(/^resp_acct-0001_/)
    expect(sockets().upgrades).toHaveLength(1)
  })

  it('that tells no session takes its socket along when it goes', async () => {
    const nameless = await connect({})
    const first = await turn({}, nameless)
    expect(await turn({ previous_response_id: first }, nameless)).toMatch(/^resp_/)
    nameless.ws.close()
    await expect.poll(() => sockets().closed).toEqual([1_000])
  })

  it('after output hears once that its turn broke off', async () => {
    sockets().behaviour.drops = { when: 'after', times: 1 }
    const frames = await client.turn(aTurn())
    expect(frames.filter(({ type }) => type === 'response.output_text.delta')).toHaveLength(1)
    expect(frames.at(-1)).toMatchObject({ type: 'error', error: { code: 'upstream_reset' } })
    expect(house.server.turns()).toHaveLength(1)
  })

  it('that cancels a turn has its socket closed, and the next turn gets another', async () => {
    sockets().behaviour.pauseMs = 5_000
    client.send({ type: 'response.create', ...aTurn() })
    await client.until('response.output_text.delta')
    client.send({ type: 'response.cancel' })
    await client.until('response.incomplete')
    await expect.poll(() => sockets().closed).toEqual([1_006])
    sockets().behaviour.pauseMs = 0
    expect(await turn()).toMatch(/^resp_acct-0001_/)
    expect(sockets().upgrades).toHaveLength(2)
  })
})
