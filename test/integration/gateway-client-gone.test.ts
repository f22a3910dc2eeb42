/** A client that leaves lets the upstream go at once, whatever the request was waiting for. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startSocketPeer } from '../support/http-peer.ts'
import { startGateway, upstreamRecord, type GatewayRig } from '../support/gateway-rig.ts'
import { openRawClient, requestBytes } from '../support/raw-client.ts'
import { startRawUpstream, type RawUpstream } from '../support/raw-upstream.ts'
import {
  chatJson,
  chatStream,
  events,
  goodAnswer,
  requestFor,
  responsesStream,
  startOfStream,
} from '../support/upstream-answers.ts'

/** Within this time the upstream must see the end. */
const BOUND_MS = 100
/** First byte of a TLS record that opens a connection. */
const TLS_HANDSHAKE = 0x16

let rig: GatewayRig
let upstream: RawUpstream
let stopAt: 'head' | 'middle' | 'nowhere' = 'nowhere'

beforeAll(async () => {
  rig = await startGateway({ settings: { 'gateway.holdEventsMs': 60_000 } })
  upstream = await startRawUpstream(({ socket, path }) => {
    const form = path.endsWith('/responses') ? responsesStream : chatStream
    const { start, output } = events[form.dialect]
    if (stopAt === 'middle') socket.write(startOfStream(start + output))
    else if (stopAt === 'nowhere') socket.write(goodAnswer(form))
  })
})

afterAll(async () => {
  await rig.close()
  await upstream.close()
})

function lastRow() {
  rig.journal.flush()
  return rig.rows().at(-1)
}

async function isOver(): Promise<void> {
  await expect.poll(() => rig.core.gateway.requestsInFlight).toBe(0)
  await expect.poll(() => lastRow()?.state).not.toBe('open')
  expect(rig.core.health.view('a').inFlight).toBe(0)
}

/** The best of a few runs: a busy machine may delay any single one, the gateway itself none. */
async function bestOf(runs: number, measure: () => Promise<number>): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  for (let run = 0; run < runs && best >= BOUND_MS; run += 1) best = Math.min(best, await measure())
  return best
}

const ways = ['resets', 'closes'] as const

describe.each([chatStream, chatJson, responsesStream])(
  'gateway when the client leaves, $dialect, stream $stream',
  (form) => {
    it.each(ways)('aborts the upstream before its head when the client %s', async (way) => {
      stopAt = 'head'
      const key = rig.pool([upstreamRecord('a', upstream.url)])
      const took = await bestOf(3, async () => {
        const client = await openRawClient(rig.port)
        const index = upstream.calls.length
        client.send(requestBytes(requestFor(form, key)))
        const call = await upstream.call(index)
        const from = performance.now()
        if (way === 'resets') client.reset()
        else client.socket.destroy()
        return (await call.gone) - from
      })
      expect(took).toBeLessThan(BOUND_MS)
      await isOver()
      expect(lastRow()).toMatchObject({
        state: 'aborted',
        status: 499,
        error_code: 'client_closed',
        upstream_id: 'a',
        attempts: 1,
      })
      expect(rig.core.health.view('a').state).toBe('ready')
    })
  },
)

describe.each([chatStream, responsesStream])('gateway when the client leaves in the middle, $dialect', (form) => {
  it.each(ways)('aborts the upstream when the client %s', async (way) => {
    stopAt = 'middle'
    const key = rig.pool([upstreamRecord('a', upstream.url)])
    const took = await bestOf(3, async () => {
      const client = await openRawClient(rig.port)
      const index = upstream.calls.length
      client.send(requestBytes(requestFor(form, key)))
      await client.until((body) => body.includes('two'))
      const from = performance.now()
      if (way === 'resets') client.reset()
      else client.socket.destroy()
      return (await (await upstream.call(index)).gone) - from
    })
    expect(took).toBeLessThan(BOUND_MS)
    await isOver()
    const row = lastRow()
    expect(row).toMatchObject({ state: 'aborted', status: 499, error_code: 'client_closed', usage_source: 'estimated' })
    expect(row?.output_tokens).toBeGreaterThanOrEqual(2)
  })
})

describe('gateway when the client leaves early', () => {
  it('ends at once while the connection to the upstream is still being made', async () => {
    // Takes the connection and never answers the TLS handshake.
    const { promise: greeted, resolve } = Promise.withResolvers<Buffer>()
    const silent = await startSocketPeer((_socket, bytes) => resolve(bytes))
    const key = rig.pool([upstreamRecord('slow', `https://127.0.0.1:${silent.port}/v1`)])
    const client = await openRawClient(rig.port)
    client.send(requestBytes(requestFor(chatStream, key)))
    expect((await greeted)[0]).toBe(TLS_HANDSHAKE)
    client.reset()
    await expect.poll(() => lastRow()).toMatchObject({ state: 'aborted', error_code: 'client_closed' })
    expect(rig.core.health.view('slow').inFlight).toBe(0)
    await silent.close()
  })

  it('notes it when the body was still coming', async () => {
    const key = rig.pool([upstreamRecord('a', upstream.url)])
    const calls = upstream.calls.length
    const client = await openRawClient(rig.port)
    const before = rig.rows().length
    client.send(requestBytes({ key, body: '{"model":"m",', headers: [['Content-Length', '1000']] }))
    await expect.poll(() => rig.core.gateway.requestsInFlight).toBe(1)
    client.reset()
    const written = () => {
      rig.journal.flush()
      return rig.rows().length
    }
    await expect.poll(written).toBe(before + 1)
    expect(lastRow()).toMatchObject({ state: 'refused', status: 499, error_code: 'client_closed', attempts: 0 })
    expect(upstream.calls.length).toBe(calls)
    await isOver()
  })

  it('serves the next request on a new connection', async () => {
    stopAt = 'nowhere'
    const key = rig.pool([upstreamRecord('a', upstream.url)])
    const client = await openRawClient(rig.port)
    client.send(requestBytes(requestFor(chatStream, key)))
    expect((await client.answer()).end).toBe('complete')
    client.socket.destroy()
  })
})
