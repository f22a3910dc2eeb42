/** Request bodies: every encoding, every bound, and what reaches the upstream of them. */
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { request as httpRequest } from 'node:http'
import { defaultSettings, type Settings } from '../../src/shared/settings.ts'
import { startGateway, upstreamRecord, type GatewayRig } from '../support/gateway-rig.ts'
import { errorOf, exchange, openRawClient, requestBytes, type RawRequest } from '../support/raw-client.ts'
import { startRawUpstream, type RawUpstream } from '../support/raw-upstream.ts'
import { asCodex, chatJson, goodAnswer } from '../support/upstream-answers.ts'

let rig: GatewayRig
let upstream: RawUpstream
let key: string

beforeAll(async () => {
  rig = await startGateway()
  upstream = await startRawUpstream(({ socket }) => void socket.write(goodAnswer(chatJson)))
  key = rig.pool([upstreamRecord('a', upstream.url)])
})

afterEach(() => rig.directory.putSettings(defaultSettings))

afterAll(async () => {
  await rig.close()
  await upstream.close()
})

const plain = Buffer.from('{"model":"m","messages":[{"role":"user","content":"Grüße 🌊"}],"x_unknown":{"a":[1,2.50]}}')
const bomb = Buffer.from(`{"model":"m","pad":"${'a'.repeat(4_000_000)}"}`)

function use(settings: Partial<Settings>): void {
  rig.directory.putSettings({ ...defaultSettings, ...settings })
}

/** How a request was refused: to the client, in the log, and before any upstream heard of it. */
async function refusal(request: RawRequest) {
  const calls = upstream.calls.length
  const rows = rig.rows().length
  const answer = await exchange(rig.port, request)
  rig.journal.flush()
  const added = rig.rows().slice(rows)
  return {
    status: answer.status,
    code: errorOf(answer).code,
    end: answer.end,
    mayRepeat: answer.headers['x-should-retry'] !== 'false',
    logged: added.map((row) => [row.state, row.status, row.error_code, row.attempts]),
    calls: upstream.calls.length - calls,
  }
}

function refused(status: number, code: string) {
  return { status, code, end: 'complete', mayRepeat: false, logged: [['refused', status, code, 0]], calls: 0 }
}

describe('gateway bodies', () => {
  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['GZIP', gzipSync],
    ['identity', (bytes: Buffer) => bytes],
  ] as const)('reach the upstream decoded: %s', async (encoding, encode) => {
    const answer = await exchange(rig.port, { key, body: encode(plain), headers: [['Content-Encoding', encoding]] })
    expect(answer.status).toBe(200)
    const call = upstream.calls.at(-1)
    expect(call?.body.toString()).toBe(plain.toString())
    expect([call?.headers['content-encoding'], call?.headers['content-length']]).toEqual([
      undefined,
      String(plain.length),
    ])
  })

  it('are taken in chunks, too', async () => {
    const client = await openRawClient(rig.port)
    client.send(
      requestBytes({
        key,
        body: '',
        headers: [
          ['Transfer-Encoding', 'chunked'],
          ['Content-Type', 'application/json'],
        ],
      }),
    )
    for (const part of [plain.subarray(0, 60), plain.subarray(60)]) {
      client.send(Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]))
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
    client.send('0\r\n\r\n')
    expect((await client.answer()).status).toBe(200)
    expect(upstream.calls.at(-1)?.body.toString()).toBe(plain.toString())
    client.socket.destroy()
  })

  it.each([
    ['gzip', gzipSync(plain).subarray(0, -6)],
    ['zstd', zstdCompressSync(plain).subarray(0, -6)],
    ['br', brotliCompressSync(plain).subarray(0, -6)],
    ['deflate', Buffer.from('this is not deflate')],
    ['zstd', plain],
    ['gzip', Buffer.alloc(0)],
    ['compress', plain],
    ['gzip, gzip', gzipSync(gzipSync(plain))],
    ['constructor', plain],
  ] as const)('that do not decode are refused: %s', async (encoding, body) => {
    expect(await refusal({ key, body, headers: [['Content-Encoding', encoding]] })).toEqual(
      refused(415, 'unsupported_encoding'),
    )
  })

  it('tell Codex with the status that it does not repeat', async () => {
    expect(await refusal({ key, body: plain, headers: [['Content-Encoding', 'compress'], ...asCodex] })).toEqual(
      refused(400, 'unsupported_encoding'),
    )
  })

  it.each([
    ['gzip', gzipSync(bomb)],
    ['br', brotliCompressSync(bomb)],
    ['zstd', zstdCompressSync(bomb)],
  ] as const)('that expand without measure are refused: %s', async (encoding, body) => {
    use({ 'gateway.maxCompressionRatio': 20 })
    expect(bomb.length / body.length).toBeGreaterThan(20)
    expect(await refusal({ key, body, headers: [['Content-Encoding', encoding]] })).toEqual(
      refused(413, 'compression_ratio_exceeded'),
    )
  })

  it('that are too large once decoded are refused', async () => {
    use({ 'gateway.maxBodyBytes': 100_000 })
    expect(await refusal({ key, body: gzipSync(bomb), headers: [['Content-Encoding', 'gzip']] })).toEqual(
      refused(413, 'body_too_large'),
    )
  })

  it('that say they are too large are refused before they come', async () => {
    use({ 'gateway.maxBodyBytes': 100_000 })
    expect(await refusal({ key, body: '{', headers: [['Content-Length', '100001']] })).toEqual(
      refused(413, 'body_too_large'),
    )
  })

  it('that become too large in chunks are refused', async () => {
    use({ 'gateway.maxBodyBytes': 100_000 })
    const chunked = Buffer.from(`186a1\r\n{"model":"${'m'.repeat(99_991)}\r\n`)
    expect(await refusal({ key, body: chunked, headers: [['Transfer-Encoding', 'chunked']] })).toEqual(
      refused(413, 'body_too_large'),
    )
  })

  it('that are too large do not keep the client from reading why', async () => {
    use({ 'gateway.maxBodyBytes': 100_000 })
    const large = Buffer.alloc(30_000_000, 'x')
    for (const isDeclared of [true, false]) {
      const outcome = await new Promise<number | string>((resolve) => {
        const sent = httpRequest(`${rig.url}/v1/chat/completions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${key}` },
        })
        if (isDeclared) sent.setHeader('content-length', large.length)
        sent.on('response', (response) => resolve(response.resume().statusCode ?? 0))
        sent.on('error', (error) => resolve(String(error)))
        sent.end(large)
      })
      expect([isDeclared, outcome]).toEqual([isDeclared, 413])
    }
  })

  it.each([
    ['other clients', [], 408],
    ['Codex', asCodex, 400],
  ] as const)('that do not come in time are refused, %s', async (_name, headers, status) => {
    use({ 'gateway.bodyTimeoutMs': 100 })
    expect(await refusal({ key, body: '{"model":', headers: [['Content-Length', '100'], ...headers] })).toEqual(
      refused(status, 'body_timeout'),
    )
    await expect.poll(() => rig.core.gateway.requestsInFlight).toBe(0)
  })

  it.each([
    ['a field given twice', '{"model":"a","model":"b"}', 'invalid_json'],
    ['a field given twice under an escape', String.raw`{"model":"a","mod\u0065l":"b"}`, 'invalid_json'],
    ['nothing', '', 'invalid_json'],
    ['a list', '[]', 'invalid_json'],
    ['a cut object', '{"model":"m"', 'invalid_json'],
    ['two objects', '{"model":"m"}{"model":"m"}', 'invalid_json'],
    ['a byte order mark', '\uFEFF{"model":"m"}', 'invalid_json'],
    ['no model', '{"messages":[]}', 'invalid_request'],
    ['a model that is no text', '{"model":7}', 'invalid_request'],
    ['an endless model', `{"model":"${'m'.repeat(201)}"}`, 'invalid_request'],
    ['brackets without end', `{"model":"m","a":${'['.repeat(5_000)}`, 'invalid_json'],
  ] as const)('with %s are refused', async (_name, body, code) => {
    expect(await refusal({ key, body })).toEqual(refused(400, code))
  })

  it('are never quoted in an error', async () => {
    const answer = await exchange(rig.port, { key, body: '{"model":"m","secret":"swordfish" "x":1}' })
    expect(answer.status).toBe(400)
    expect(answer.body.toString()).not.toContain('swordfish')
    expect(rig.log.join('\n')).not.toContain('swordfish')
  })
})
