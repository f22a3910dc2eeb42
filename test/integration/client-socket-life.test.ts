/** How a client's WebSocket lives and ends: silence, deafness, a key that opens no more, a shutdown, a client that leaves. */
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { publicIdOf } from '../../src/main/gateway/pool-key.ts'
import { usualRouting } from '../../src/shared/models/pool.ts'
import { defaultSettings, type Settings } from '../../src/shared/settings.ts'
import { startGateway, upstreamRecord, type GatewayRig } from '../support/gateway-rig.ts'
import { chunkBytes, LAST_CHUNK, startRawUpstream, type RawUpstream } from '../support/raw-upstream.ts'
import {
  aTurn,
  asCodexSocket,
  maskedFrame,
  openDeafSocket,
  openSocket,
  type SocketClient,
} from '../support/socket-client.ts'
import { events, startOfStream } from '../support/upstream-answers.ts'

let rig: GatewayRig
let upstream: RawUpstream
let key: string
const { start, output, end } = events.responses
const base = { 'accounts.useSockets': false } as const
const clients: SocketClient[] = []

beforeEach(async () => {
  rig = await startGateway({ settings: base })
  // Every answer begins, and ends when a test says so.
  upstream = await startRawUpstream(({ socket }) => void socket.write(startOfStream(start + output)))
  key = rig.pool([upstreamRecord('a', upstream.url, { kind: 'openai' })])
})

afterEach(async () => {
  for (const client of clients.splice(0)) client.ws.terminate()
  await rig.close()
  await upstream.close()
})

const settings = (changes: Partial<Settings>) => rig.directory.putSettings({ ...defaultSettings, ...base, ...changes })

async function open(headers = {}): Promise<SocketClient> {
  const client = await openSocket({ port: rig.port, key, headers })
  clients.push(client)
  return client
}

/** A turn whose answer has begun. */
async function streaming(headers = {}): Promise<SocketClient> {
  const client = await open(headers)
  client.send({ type: 'response.create', ...aTurn })
  await client.until('response.output_text.delta')
  await client.until('response.output_text.delta')
  return client
}

async function finish(index = 0): Promise<void> {
  const { socket } = await upstream.call(index)
  socket.write(Buffer.concat([chunkBytes(end), LAST_CHUNK]))
}

async function lastRow() {
  await expect.poll(() => rig.rows().at(-1)?.state ?? 'open').not.toBe('open')
  return rig.rows().at(-1)
}

describe('a WebSocket that nobody uses', () => {
  it('is closed when it had no turn for long enough, and not while one runs', async () => {
    settings({ 'gateway.socketIdleMs': 1_000 })
    const idle = await open()
    const busy = await streaming()
    const since = performance.now()
    expect(await idle.closed).toEqual([1000, 'idle'])
    expect(performance.now() - since).toBeGreaterThan(800)
    await delay(300)
    expect(busy.ws.readyState).toBe(busy.ws.OPEN)
    await finish()
    await busy.until('response.completed')
    const from = performance.now()
    expect(await busy.closed).toEqual([1000, 'idle'])
    expect(performance.now() - from).toBeGreaterThan(800)
  })

  it('is cut when its client gives no sign of life, and kept when it does', async () => {
    settings({ 'gateway.socketPingMs': 200 })
    const living = await open()
    const pings: number[] = []
    living.ws.on('ping', () => pings.push(performance.now()))
    const deaf = await openDeafSocket({ port: rig.port, key })
    const since = performance.now()
    await new Promise<void>((resolve) => deaf.once('close', () => resolve()))
    expect(performance.now() - since).toBeGreaterThan(300)
    await delay(600)
    expect(living.ws.readyState).toBe(living.ws.OPEN)
    expect(pings.length).toBeGreaterThan(2)
  })

  it('is cut in the middle of a turn, which then counts as left by its client', async () => {
    settings({ 'gateway.socketPingMs': 200 })
    const deaf = await openDeafSocket({ port: rig.port, key })
    deaf.write(maskedFrame(JSON.stringify({ type: 'response.create', ...aTurn })))
    const call = await upstream.call(0)
    await new Promise<void>((resolve) => deaf.once('close', () => resolve()))
    await call.gone
    expect(await lastRow()).toMatchObject({ state: 'aborted', status: 499, error_code: 'client_closed' })
  })
})

describe('a client that does not read', () => {
  it('holds the upstream up, and is cut after the time for that', async () => {
    settings({ 'gateway.clientStallMs': 1_000, 'gateway.socketPingMs': 100 })
    const deaf = await openDeafSocket({ port: rig.port, key })
    deaf.write(maskedFrame(JSON.stringify({ type: 'response.create', ...aTurn })))
    deaf.pause()
    const { socket, gone } = await upstream.call(0)
    const large = chunkBytes(
      `event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"${'x'.repeat(65_536)}"}\n\n`,
    )
    for (let sent = 0; sent < 300; sent += 1) socket.write(large)
    const since = performance.now()
    await gone
    expect(performance.now() - since).toBeGreaterThan(700)
    expect(await lastRow()).toMatchObject({ state: 'aborted', error_code: 'client_closed' })
    deaf.destroy()
  })
})

describe('a key that opens no more', () => {
  const record = () => {
    const found = rig.directory.keyByPublicId(publicIdOf(key))
    if (found === undefined) throw new Error('the key is not there')
    return found
  }

  it.each([
    ['revoked', () => rig.directory.putKey({ ...record(), status: 'revoked' }), 'api_key_revoked'],
    ['paused', () => rig.directory.putKey({ ...record(), status: 'paused' }), 'api_key_paused'],
    ['rotated', () => rig.directory.putKey({ ...record(), secretHash: Buffer.alloc(32) }), 'api_key_unknown'],
    ['expired', () => rig.directory.putKey({ ...record(), expiresAt: Date.now() + 200 }), 'api_key_expired'],
    ['deleted', () => rig.directory.removeKey(record().publicId), 'api_key_unknown'],
  ] as const)('closes its WebSockets: %s', async (_name, change, code) => {
    const client = await open()
    change()
    expect(await client.closed).toEqual([1008, code])
  })

  it('lets the running turn end, refuses the next, and then closes', async () => {
    const client = await streaming(asCodexSocket)
    client.send({ type: 'response.create', ...aTurn })
    rig.directory.putKey({ ...record(), status: 'revoked' })
    await finish()
    await client.until('response.completed')
    const [refused] = await client.until('error')
    expect(refused).toMatchObject({ status: 400, error: { code: 'api_key_revoked' } })
    expect(await client.closed).toEqual([1008, 'api_key_revoked'])
    expect(rig.rows().map(({ state, error_code }) => [state, error_code])).toEqual([
      ['completed', null],
      ['refused', 'api_key_revoked'],
    ])
  })
})

describe('a client that leaves in the middle of a turn', () => {
  it.each(['terminate', 'close'] as const)('ends its attempt at once: %s', async (way) => {
    const client = await streaming()
    const { gone } = await upstream.call(0)
    client.ws[way]()
    await gone
    expect(await lastRow()).toMatchObject({
      state: 'aborted',
      status: 499,
      error_code: 'client_closed',
      usage_source: 'estimated',
      attempts: 1,
    })
    expect(rig.core.gateway.requestsInFlight).toBe(0)
    expect(rig.core.health.view('a').inFlight).toBe(0)
  })

  it('gives its place in the queue of the Pool up', async () => {
    const routing = { ...usualRouting, maxConcurrent: 1, queueLength: 5, queueWaitMs: 60_000 }
    key = rig.pool([upstreamRecord('a', upstream.url, { kind: 'openai' })], {}, { routing })
    await streaming()
    const waiting = await open()
    waiting.send({ type: 'response.create', ...aTurn })
    await expect.poll(() => rig.core.traffic.waiting('pool')).toBe(1)
    waiting.ws.terminate()
    await expect.poll(() => rig.core.traffic.waiting('pool')).toBe(0)
  })

  it('may cancel and stay', async () => {
    const client = await streaming()
    const { gone } = await upstream.call(0)
    client.send({ type: 'response.cancel' })
    const [last] = await client.until('response.incomplete')
    expect(last?.response).toMatchObject({
      id: 'r',
      status: 'incomplete',
      incomplete_details: { reason: 'interrupted' },
    })
    await gone
    expect(await lastRow()).toMatchObject({ state: 'aborted', status: 499, error_code: 'client_closed' })
    client.send({ type: 'response.create', ...aTurn })
    await upstream.call(1)
    await finish(1)
    expect((await client.until('response.completed')).at(-1)?.response?.id).toBe('r')
    // Nothing runs: there is nothing to cancel.
    client.send({ type: 'response.interrupt' })
    client.send({ type: 'response.processed', response_id: 'r' })
    await delay(50)
    expect(client.frames.at(-1)?.type).toBe('response.completed')
  })
})

describe('a turn that is only made ready', () => {
  it('is answered here, costs nothing, and the first turn brings what it said', async () => {
    const client = await open(asCodexSocket)
    const rules = { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'ü' }] }
    const asked = { model: 'm', instructions: 'i', tools: [], store: false }
    const ready = await client.turn({ ...asked, generate: false, input: [rules] })
    expect(ready.map(({ type }) => type)).toEqual(['response.created', 'response.completed'])
    const id = ready[1]?.response?.id
    expect(ready[1]?.response).toMatchObject({ status: 'completed', usage: { input_tokens: 0, output_tokens: 0 } })
    expect([rig.rows().length, upstream.calls.length]).toEqual([0, 0])
    const turn = client.turn({ ...asked, previous_response_id: id, input: [{ role: 'user', content: 'x' }] })
    const { body } = await upstream.call(0)
    await finish()
    await turn
    expect(JSON.parse(body.toString('utf8'))).toEqual({
      ...asked,
      stream: true,
      input: [rules, { role: 'user', content: 'x' }],
    })
    // The next one goes on from a real answer; what was made ready is not there any more.
    const next = client.turn({ ...asked, previous_response_id: id, input: [] })
    expect((await next).at(-1)).toMatchObject({
      type: 'error',
      status: 400,
      error: { code: 'previous_response_not_found' },
    })
    expect(rig.rows()).toHaveLength(2)
  })

  it('needs a key that opens', async () => {
    const client = await open()
    rig.directory.removeKey(publicIdOf(key))
    const [refused] = await client.turn({ ...aTurn, generate: false })
    expect(refused).toMatchObject({ type: 'error', status: 401, error: { code: 'api_key_unknown' } })
  })
})

describe('a shutdown', () => {
  it('closes idle WebSockets, lets a running turn end, and refuses the one that waits behind it', async () => {
    const idle = await open()
    const busy = await streaming()
    busy.send({ type: 'response.create', ...aTurn })
    const closed = rig.core.gateway.close(60_000)
    expect(await idle.closed).toEqual([1001, ''])
    await finish()
    await busy.until('response.completed')
    const [refused] = await busy.until('error')
    expect(refused).toMatchObject({ status: 503, error: { code: 'shutting_down' } })
    expect(await busy.closed).toEqual([1001, ''])
    expect(await closed).toEqual({ cut: 0 })
    expect((await lastRow())?.state).toBe('completed')
  })

  it('cuts what still runs after the time for it, and says so in the log', async () => {
    const client = await streaming()
    expect(await rig.core.gateway.close(100)).toEqual({ cut: 1 })
    await client.closed
    expect(await lastRow()).toMatchObject({ state: 'failed', error_code: 'cut_at_shutdown' })
  })

  it('does not wait for a client that does not answer', async () => {
    await openDeafSocket({ port: rig.port, key })
    const since = performance.now()
    expect(await rig.core.gateway.close(60_000)).toEqual({ cut: 0 })
    expect(performance.now() - since).toBeLessThan(5_000)
  })

  it('of one address only closes what came by it', async () => {
    const before = await open()
    const { port } = await rig.core.gateway.listen('127.0.0.1', 0)
    const after = await openSocket({ port, key })
    clients.push(after)
    expect(await before.closed).toEqual([1001, ''])
    expect(after.ws.readyState).toBe(after.ws.OPEN)
  })
})
