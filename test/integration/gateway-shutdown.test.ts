/** Closing: what runs may finish within the bound, what does not is cut and named, and nothing new begins. */
import { afterEach, describe, expect, it } from 'vitest'
import { startGateway, upstreamRecord, type GatewayRig } from '../support/gateway-rig.ts'
import { errorOf, openRawClient, requestBytes, type RawClient } from '../support/raw-client.ts'
import { chunkBytes, LAST_CHUNK, startRawUpstream, type RawUpstream } from '../support/raw-upstream.ts'
import { events, requestFor, responsesStream, startOfStream } from '../support/upstream-answers.ts'

let rig: GatewayRig
let upstream: RawUpstream
const clients: RawClient[] = []
const { start, output, end } = events.responses

async function begin(): Promise<string> {
  rig = await startGateway()
  upstream = await startRawUpstream(({ socket }) => void socket.write(startOfStream(start + output)))
  return rig.pool([upstreamRecord('a', upstream.url)])
}

async function connection(): Promise<RawClient> {
  const client = await openRawClient(rig.port)
  clients.push(client)
  return client
}

async function streaming(key: string): Promise<RawClient> {
  const client = await connection()
  client.send(requestBytes(requestFor(responsesStream, key)))
  await client.until((body) => body.includes('two'))
  return client
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.socket.destroy()
  await rig.close()
  await upstream.close()
})

describe('gateway shutdown', () => {
  it('lets a running stream finish and refuses what comes meanwhile', async () => {
    const key = await begin()
    const client = await streaming(key)
    const idle = await connection()
    idle.send('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
    expect((await idle.answer()).status).toBe(200)
    const late = await connection()
    late.send('POST /v1/responses HTTP/1.1\r\nHost: localhost\r\n')
    await new Promise<void>((resolve) => setImmediate(resolve))

    const closed = rig.core.gateway.close(60_000)
    await idle.closed
    late.send('Content-Length: 2\r\n\r\n{}')
    const refused = await late.answer()
    expect([refused.status, errorOf(refused).code]).toEqual([503, 'shutting_down'])
    await expect(openRawClient(rig.port)).rejects.toThrow('ECONNREFUSED')

    const { socket } = await upstream.call(0)
    socket.write(Buffer.concat([chunkBytes(end), LAST_CHUNK]))
    const answer = await client.answer()
    expect([answer.end, answer.body.toString()]).toEqual(['complete', start + output + end])
    expect(await closed).toEqual({ cut: 0 })
  })

  it('cuts what is still running after the bound, and says so in the log', async () => {
    const key = await begin()
    const running = [await streaming(key), await streaming(key)]
    expect(await rig.core.gateway.close(100)).toEqual({ cut: 2 })
    for (const client of running) expect((await client.answer()).end).toBe('reset')
    rig.journal.flush()
    expect(rig.rows().map((row) => [row.state, row.error_code])).toEqual(
      [1, 2].map(() => ['failed', 'cut_at_shutdown']),
    )
    expect(rig.attempts().map((attempt) => attempt.error_code)).toEqual(['cut_at_shutdown', 'cut_at_shutdown'])
    for (const call of upstream.calls) await call.gone
    expect(rig.core.health.view('a')).toMatchObject({ inFlight: 0, state: 'ready' })
  })

  it('does not wait for a client that never closes its connection', async () => {
    const key = await begin()
    const client = await connection()
    client.socket.allowHalfOpen = true
    client.send(
      requestBytes({
        method: 'GET',
        path: '/v1/responses',
        key,
        headers: [
          ['Connection', 'Upgrade'],
          ['Upgrade', 'websocket'],
        ],
      }),
    )
    expect((await client.answer()).status).toBe(426)
    expect(await rig.core.gateway.close(60_000)).toEqual({ cut: 0 })
  })

  it('says it is not ready, and alive, while it drains', async () => {
    const key = await begin()
    await streaming(key)
    const probe = await connection()
    const ask = async (path: string): Promise<number> => {
      probe.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
      return (await probe.answer()).status
    }
    expect(await ask('/readyz')).toBe(200)
    // A connection whose first request is under way stays open while idle ones are closed.
    const late = await connection()
    late.send('GET /readyz HTTP/1.1\r\nHost: localhost\r\n')
    await new Promise<void>((resolve) => setImmediate(resolve))
    const closed = rig.core.gateway.close(60_000)
    late.send('\r\n')
    expect((await late.answer()).status).toBe(503)
    const { socket } = await upstream.call(0)
    socket.write(Buffer.concat([chunkBytes(end), LAST_CHUNK]))
    await expect.poll(() => rig.core.gateway.requestsInFlight).toBe(0)
    expect(await closed).toEqual({ cut: 0 })
  })
})
