/** Checks of upstreams before they are saved, against real sockets: each failure has its code, its field and a next step. */
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RouteInput, RouteOutput } from '../../src/shared/contract.ts'
import { plantCanaries, findCanariesIn } from '../support/canaries.ts'
import { closedPort, startHttpPeer, startProxyPeer, startSocketPeer, type Peer } from '../support/http-peer.ts'
import { selfSigned } from '../support/self-signed.ts'
import { createServicesRig, type ServicesRig } from '../support/services-rig.ts'

type Test = RouteOutput<'upstream.probe'>

let rig: ServicesRig
const peers: Pick<Peer, 'close'>[] = []
const planted = plantCanaries('apiKey')

beforeEach(async () => {
  rig = await createServicesRig({ isOwnAddress: (url) => url.port === '4141' })
})
afterEach(async () => {
  await rig.close()
  await Promise.all(peers.splice(0).map((peer) => peer.close()))
})

function keep<P extends Pick<Peer, 'close'>>(peer: P): P {
  peers.push(peer)
  return peer
}

async function answering(status: number, body: string, type = 'application/json'): Promise<string> {
  return keep(await startHttpPeer((_, res) => res.writeHead(status, { 'content-type': type }).end(body))).url
}

async function probe(baseUrl: string, draft: Partial<RouteInput<'upstream.probe'>> = {}): Promise<Test> {
  const input = { kind: 'openai-compatible', name: 'x', baseUrl, secret: { apiKey: planted.apiKey }, ...draft }
  const result = await rig.call('upstream.probe', input)
  expect(findCanariesIn(JSON.stringify(result), planted)).toEqual([])
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value as Test
}

async function startTls(): Promise<string> {
  const server: Server = createServer(selfSigned, (_, res) => res.end('{}'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  keep({ close: () => new Promise<void>((resolve) => server.close(() => resolve())) })
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('a check of a draft', () => {
  it('tells latency and models of what works', async () => {
    const seen = await probe(await answering(200, '{"data":[{"id":"b"},{"id":"a"}]}'))
    expect(seen).toMatchObject({ ok: true, models: ['a', 'b'], errorCode: null, cause: null, field: null, next: null })
    expect(seen.message).toBe('Address and credential work; 2 models listed.')
  })

  it.each([
    [401, '{}', ['upstream_auth_failed', 'status 401', 'secret'], /Copy the API key/],
    [403, '{}', ['upstream_auth_failed', 'status 403', 'secret'], /permissions/],
    [404, '{}', ['upstream_rejected', 'status 404', 'baseUrl'], /path of the base URL/],
    [302, '', ['upstream_bad_response', 'status 302', 'baseUrl'], /redirects/],
    [429, '{}', ['upstream_rate_limited', 'status 429', null], /later/],
    [500, '{}', ['upstream_error', 'status 500', null], /later/],
    [200, '{"no":"list"}', ['upstream_bad_response', null, 'baseUrl'], /API/],
    [200, 'not JSON', ['upstream_bad_response', null, 'baseUrl'], /API/],
    [200, '<html></html>', ['upstream_bad_response', null, 'baseUrl'], /web page/],
  ] as const)('reads status %i with %j as %j', async (status, body, told, next) => {
    const seen = await probe(await answering(status, body))
    const [errorCode, cause, field] = told
    expect(seen).toMatchObject({ ok: false, errorCode, cause, field, models: [], next: expect.stringMatching(next) })
  })

  it('tells a host that does not exist from a port where nothing listens', async () => {
    const nowhere = await probe('http://no-such-host.invalid')
    expect(nowhere).toMatchObject({ errorCode: 'upstream_unreachable', field: 'baseUrl' })
    expect(nowhere.cause).toMatch(/^(?:ENOTFOUND|EAI_AGAIN)$/)
    expect(nowhere.next).toMatch(/spelling of the host/)
    const refused = await probe(`http://127.0.0.1:${await closedPort()}`)
    expect(refused).toMatchObject({ errorCode: 'upstream_unreachable', cause: 'ECONNREFUSED', field: 'baseUrl' })
    expect(refused.next).toMatch(/Nothing listens there/)
  })

  it('tells a certificate that nobody vouches for from a server without TLS', async () => {
    const unknown = await probe(await startTls())
    expect(unknown).toMatchObject({ errorCode: 'upstream_unreachable', cause: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
    expect(unknown.next).toMatch(/certificate/)
    const plain = await answering(200, '{}')
    const noTls = await probe(plain.replace('http:', 'https:'))
    expect(noTls).toMatchObject({ errorCode: 'upstream_unreachable', field: 'baseUrl' })
    expect(noTls.next).toMatch(/http:\/\//)
  })

  it('tells what is no HTTP, and what hangs up', async () => {
    const ssh = keep(await startSocketPeer((socket) => socket.end('SSH-2.0-x\r\n\r\n')))
    expect(await probe(ssh.url)).toMatchObject({ errorCode: 'upstream_bad_response', field: 'baseUrl' })
    const gone = keep(await startSocketPeer((socket) => socket.resetAndDestroy()))
    expect(await probe(gone.url)).toMatchObject({ errorCode: 'upstream_reset', cause: 'ECONNRESET' })
  })

  it('tells the proxy from what is behind it', async () => {
    const baseUrl = await answering(200, '{"data":[]}')
    const proxy = keep(await startProxyPeer('user:right'))
    const seen = await probe(baseUrl, { proxyUrl: proxy.url })
    expect(seen).toMatchObject({ errorCode: 'upstream_unreachable', cause: 'proxy 407', field: 'proxyUrl' })
    const missing = await probe(baseUrl, { proxyUrl: `http://127.0.0.1:${await closedPort()}` })
    expect(missing).toMatchObject({ errorCode: 'upstream_unreachable', field: 'proxyUrl' })
  })

  it('tells an address that leads back to Weir, and a kind without its secret', async () => {
    const back = await probe('http://127.0.0.1:4141/v1')
    expect(back).toMatchObject({ ok: false, errorCode: 'upstream_loops_back', field: 'baseUrl' })
    expect(back.next).toMatch(/provider's own address/)
    const viaProxy = await probe(await answering(200, '{}'), { proxyUrl: 'http://127.0.0.1:4141' })
    expect(viaProxy).toMatchObject({ errorCode: 'upstream_loops_back', field: 'proxyUrl' })
    const { secret: _, ...bare } = { kind: 'openai', name: 'x', secret: null } as const
    const result = await rig.call('upstream.probe', bare)
    expect(result).toMatchObject({ value: { errorCode: 'upstream_secret_missing', field: 'secret' } })
  })

  it.each(['ftp://host', 'http://user:pass@host', 'http://host?x=1', 'host', ''])(
    'refuses %j as no base URL',
    async (url) => {
      const result = await rig.call('upstream.probe', { kind: 'openai-compatible', name: 'x', baseUrl: url })
      expect(result).toMatchObject({ ok: false, error: { code: 'invalid_input' } })
      expect(JSON.stringify(result)).toMatch(/baseUrl: .*(?:must|https?)/)
    },
  )
})

describe('a check of an edit', () => {
  async function saved(baseUrl: string): Promise<string> {
    const draft = { kind: 'openai-compatible', name: 'Account', baseUrl, secret: { apiKey: planted.apiKey } }
    const result = await rig.call('upstream.create', draft)
    return (result as { value: { id: string } }).value.id
  }

  it('uses the stored secret at the stored address, and sends it nowhere new', async () => {
    const seen: (string | undefined)[] = []
    const listen = async () =>
      keep(
        await startHttpPeer((req, res) => {
          seen.push(req.headers.authorization)
          res.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[{"id":"m"}]}')
        }),
      ).url
    const [home, elsewhere] = [await listen(), await listen()]
    const id = await saved(home)
    const same = await rig.call('upstream.probeEdit', { id, patch: { baseUrl: `${home}/v2` } })
    expect(same).toMatchObject({ value: { ok: true, models: ['m'] } })
    expect(seen).toEqual([`Bearer ${planted.apiKey}`])
    const other = await rig.call('upstream.probeEdit', { id, patch: { baseUrl: elsewhere } })
    expect(other).toMatchObject({ value: { ok: false, errorCode: 'upstream_secret_missing', field: 'secret' } })
    const viaProxy = await rig.call('upstream.probeEdit', { id, patch: { proxyUrl: elsewhere } })
    expect(viaProxy).toMatchObject({ value: { ok: false, errorCode: 'upstream_secret_missing' } })
    expect(seen.length).toBe(1)
    const typed = await rig.call('upstream.probeEdit', {
      id,
      patch: { baseUrl: elsewhere },
      secret: { apiKey: 'typed' },
    })
    expect(typed).toMatchObject({ value: { ok: true } })
    expect(seen[1]).toBe('Bearer typed')
    expect(rig.services.upstreams.get(id).baseUrl).toBe(home)
  })
})
