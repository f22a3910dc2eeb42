/** Silence, slowness and size: keep-alives, time limits and back-pressure on a running stream. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { defaultSettings, type Settings } from '../../src/shared/settings.ts'
import { startGateway, upstreamRecord, type GatewayRig } from '../support/gateway-rig.ts'
import { errorOf, exchange, openRawClient, requestBytes, type RawClient } from '../support/raw-client.ts'
import {
  answerBytes,
  chunkBytes,
  headBytes,
  JSON_TYPE,
  LAST_CHUNK,
  startRawUpstream,
  type RawUpstream,
  type Script,
} from '../support/raw-upstream.ts'
import {
  asCodex,
  chatJson,
  chatStream,
  events,
  forms,
  jsonBodies,
  requestFor,
  responsesStream,
  startOfStream,
  streamText,
} from '../support/upstream-answers.ts'

const COMMENT = ': keep-alive\n\n'
const EVENT = 'event: keepalive\ndata: {"type":"keepalive"}\n\n'

let rig: GatewayRig
let upstream: RawUpstream
let script: Script
let key: string
const clients: RawClient[] = []

beforeAll(async () => {
  rig = await startGateway()
  upstream = await startRawUpstream((call) => script(call))
  key = rig.pool([upstreamRecord('a', upstream.url)])
})

afterEach(() => {
  for (const client of clients.splice(0)) client.socket.destroy()
  rig.core.health.clear('a')
})

afterAll(async () => {
  await rig.close()
  await upstream.close()
})

function use(settings: Partial<Settings>): void {
  rig.directory.putSettings({ ...defaultSettings, ...settings })
}

async function open(request: Parameters<typeof requestBytes>[0]): Promise<RawClient> {
  const client = await openRawClient(rig.port)
  clients.push(client)
  client.send(requestBytes(request))
  return client
}

function lastRow() {
  rig.journal.flush()
  return rig.rows().at(-1)
}

const keepAlives: readonly (readonly [string, typeof chatStream, typeof asCodex, string])[] = [
  ['an SDK on chat', chatStream, [], COMMENT],
  ['an SDK on responses', responsesStream, [], COMMENT],
  ['Codex on responses', responsesStream, asCodex, EVENT],
]

describe('gateway keep-alives', () => {
  it.each(keepAlives)('reach %s during silence, between two events', async (_name, form, headers, expected) => {
    use({ 'gateway.keepAliveMs': 100 })
    const { start, output, end } = events[form.dialect]
    script = ({ socket }) => void socket.write(startOfStream(start + output))
    const index = upstream.calls.length
    const client = await open(requestFor(form, key, headers))
    await client.until((body) => body.toString().split(expected).length > 2)
    const { socket } = await upstream.call(index)
    socket.write(Buffer.concat([chunkBytes(end), LAST_CHUNK]))
    const answer = await client.answer()
    expect(answer.end).toBe('complete')
    expect(answer.body.toString().replaceAll(expected, '')).toBe(start + output + end)
    expect(answer.body.toString().startsWith(start + output + expected)).toBe(true)
  })

  /** Resolves after so much silence that every stream between two events has had keep-alives. */
  async function keepAlivesAreDue(): Promise<void> {
    const { start, output } = events.responses
    script = ({ socket }) => void socket.write(startOfStream(start + output))
    const witness = await open(requestFor(responsesStream, key))
    await witness.until((body) => body.toString().split(COMMENT).length > 3)
  }

  it('never stand inside an event', async () => {
    use({ 'gateway.keepAliveMs': 100 })
    const { start, output, end } = events.responses
    const cut = Math.floor(end.length / 2)
    script = ({ socket }) => void socket.write(startOfStream(start + output + end.slice(0, cut)))
    const index = upstream.calls.length
    const client = await open(requestFor(responsesStream, key))
    await client.until((body) => body.length >= start.length + output.length + cut)
    await keepAlivesAreDue()
    const { socket } = await upstream.call(index)
    socket.write(Buffer.concat([chunkBytes(end.slice(cut)), LAST_CHUNK]))
    expect((await client.answer()).body.toString()).toBe(start + output + end)
  })

  it('are not sent before the head', async () => {
    use({ 'gateway.keepAliveMs': 100, 'gateway.holdEventsMs': 60_000 })
    const { start, output, end } = events.responses
    script = ({ socket }) => void socket.write(startOfStream(start))
    const index = upstream.calls.length
    const client = await open(requestFor(responsesStream, key))
    const { socket } = await upstream.call(index)
    await keepAlivesAreDue()
    socket.write(Buffer.concat([chunkBytes(output + end), LAST_CHUNK]))
    expect((await client.answer()).body.toString()).toBe(start + output + end)
  })

  it('are not put into JSON', async () => {
    use({ 'gateway.keepAliveMs': 100, 'gateway.holdBytes': 10 })
    const body = jsonBodies.chat
    script = ({ socket }) => {
      socket.write(headBytes(200, { ...JSON_TYPE, 'transfer-encoding': 'chunked' }))
      socket.write(chunkBytes(body.slice(0, 50)))
    }
    const index = upstream.calls.length
    const client = await open(requestFor(chatJson, key))
    await client.until((got) => got.length === 50)
    await keepAlivesAreDue()
    const { socket } = await upstream.call(index)
    socket.write(Buffer.concat([chunkBytes(body.slice(50)), LAST_CHUNK]))
    expect((await client.answer()).body.toString()).toBe(body)
  })
})

describe('gateway time limits', () => {
  it.each(forms)('give up on an upstream without a first byte, $dialect stream $stream', async (form) => {
    use({ 'gateway.firstByteTimeoutMs': 100 })
    script = () => {}
    const index = upstream.calls.length
    const answer = await exchange(rig.port, requestFor(form, key))
    expect([answer.status, errorOf(answer).code]).toEqual([504, 'upstream_timeout'])
    await (
      await upstream.call(index)
    ).gone
    expect(rig.attempts().at(-1)?.cause).toBe('sent nothing for 100 ms')
  })

  it('let a stream that is alive run on, however long', async () => {
    use({ 'gateway.firstByteTimeoutMs': 1_000, 'gateway.idleTimeoutMs': 1_000 })
    const { start, output, end } = events.chat
    script = async ({ socket }) => {
      socket.write(startOfStream(start + output))
      for (let count = 0; count < 15; count += 1) {
        await new Promise((resolve) => setTimeout(resolve, 100))
        socket.write(chunkBytes(': still here\n\n'))
      }
      socket.write(Buffer.concat([chunkBytes(end), LAST_CHUNK]))
    }
    expect((await exchange(rig.port, requestFor(chatStream, key))).end).toBe('complete')
  })

  it('end a finished chat stream whose upstream neither says [DONE] nor hangs up', async () => {
    use({ 'gateway.idleTimeoutMs': 100 })
    const text = streamText('chat').replace('data: [DONE]\n\n', '')
    script = ({ socket }) => void socket.write(startOfStream(text))
    const answer = await exchange(rig.port, requestFor(chatStream, key))
    expect([answer.end, answer.body.toString()]).toEqual(['complete', text])
    expect(lastRow()).toMatchObject({ state: 'completed', error_code: null })
  })

  it('show the first events after the hold time even when no output follows', async () => {
    use({ 'gateway.holdEventsMs': 0 })
    const { start } = events.responses
    script = ({ socket }) => void socket.write(startOfStream(start))
    const client = await open(requestFor(responsesStream, key))
    await client.until((body) => body.length >= start.length)
    client.reset()
    await expect.poll(() => lastRow()?.state).toBe('aborted')
  })
})

describe('gateway at its limit', () => {
  it('refuses for a moment what is too much, and serves again when a place is free', async () => {
    use({ 'gateway.maxConcurrentRequests': 1 })
    script = () => {}
    const index = upstream.calls.length
    const first = await open(requestFor(chatJson, key))
    await upstream.call(index)
    const refused = await exchange(rig.port, requestFor(chatJson, key))
    expect([refused.status, errorOf(refused).code]).toEqual([429, 'gateway_busy'])
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1)
    expect((await exchange(rig.port, { method: 'GET', path: '/v1/models', key })).status).toBe(200)
    first.reset()
    await expect.poll(() => rig.core.gateway.requestsInFlight).toBe(0)
    script = ({ socket }) => void socket.write(answerBytes(200, jsonBodies.chat))
    expect((await exchange(rig.port, requestFor(chatJson, key))).status).toBe(200)
  })
})

describe('gateway back-pressure', () => {
  const MEGABYTE = 1_048_576
  const chunk = chunkBytes(`data: {"choices":[{"index":0,"delta":{"content":"${'x'.repeat(65_000)}"}}]}\n\n`)

  /** Sends without end as long as the reader takes it; tells how much was taken. */
  function flood(sent: { bytes: number }): Script {
    return async ({ socket, gone }) => {
      socket.write(startOfStream(events.chat.start))
      while (!socket.destroyed && sent.bytes < 200 * MEGABYTE) {
        sent.bytes += chunk.length
        if (!socket.write(chunk)) await Promise.race([gone, new Promise((resolve) => socket.once('drain', resolve))])
      }
    }
  }

  /** Resolves once the figure has not changed for several looks. */
  async function settles(read: () => number): Promise<number> {
    let last = -1
    let same = 0
    while (same < 5) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      const now = read()
      same = now === last ? same + 1 : 0
      last = now
    }
    return last
  }

  it('holds the upstream while the client does not read, then goes on where it stood', async () => {
    use({ 'gateway.clientStallMs': 60_000 })
    const sent = { bytes: 0 }
    script = flood(sent)
    const client = await open(requestFor(chatStream, key))
    await client.until((body) => body.length > 0)
    client.socket.pause()
    const stood = await settles(() => sent.bytes)
    // What the system's own socket buffers take, on four sockets.
    expect(stood).toBeLessThan(40 * MEGABYTE)
    expect(lastRow()?.state).toBe('open')
    client.socket.resume()
    await expect.poll(() => sent.bytes).toBeGreaterThan(stood + MEGABYTE)
    expect(lastRow()?.state).toBe('open')
  })

  it('does not count the wait for a slow client as silence of the upstream', async () => {
    use({ 'gateway.clientStallMs': 60_000, 'gateway.idleTimeoutMs': 700 })
    const { output, end } = events.chat
    const large = chunkBytes(`data: {"choices":[{"index":0,"delta":{"content":"${'x'.repeat(30 * MEGABYTE)}"}}]}\n\n`)
    script = ({ socket }) => void socket.write(Buffer.concat([startOfStream(output), large]))
    const index = upstream.calls.length
    const client = await open(requestFor(chatStream, key))
    await client.until((body) => body.length > 0)
    client.socket.pause()
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    client.socket.resume()
    const { socket } = await upstream.call(index)
    await expect.poll(() => socket.writableLength).toBe(0)
    socket.write(Buffer.concat([chunkBytes(end), LAST_CHUNK]))
    expect((await client.answer()).end).toBe('complete')
  })

  it('cuts a client that refuses to read for too long, and frees its upstream', async () => {
    use({ 'gateway.clientStallMs': 300 })
    const sent = { bytes: 0 }
    script = flood(sent)
    const index = upstream.calls.length
    const client = await open(requestFor(chatStream, key))
    await client.until((body) => body.length > 0)
    client.socket.pause()
    await (
      await upstream.call(index)
    ).gone
    client.socket.resume()
    expect(await client.closed).toBe('reset')
    await expect.poll(() => rig.core.gateway.requestsInFlight).toBe(0)
    expect(lastRow()).toMatchObject({ state: 'aborted', error_code: 'client_closed' })
    expect(rig.core.health.view('a').inFlight).toBe(0)
  })

  it('cuts a client that never fetches an answer that is complete', async () => {
    use({ 'gateway.clientStallMs': 300, 'gateway.holdBytes': 16 * MEGABYTE })
    const body = JSON.stringify({ object: 'chat.completion', text: 'x'.repeat(12 * MEGABYTE) })
    script = ({ socket }) => void socket.write(answerBytes(200, body, { ...JSON_TYPE }))
    const client = await open(requestFor(chatJson, key))
    client.socket.pause()
    await expect.poll(() => lastRow()?.state).toBe('completed')
    await expect.poll(() => rig.core.gateway.requestsInFlight).toBe(0)
    client.socket.resume()
    expect(await client.closed).toBe('reset')
  })
})
