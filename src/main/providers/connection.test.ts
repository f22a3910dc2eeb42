import type { Socket } from 'node:net'
import { inspect } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import {
  closedPort,
  startHttpPeer,
  startProxyPeer,
  startSocketPeer,
  type Peer,
  type ProxyPeer,
} from '../../../test/support/http-peer.ts'
import { AppError } from '../../shared/errors.ts'
import { openDispatcher } from './connection.ts'
import { providerError } from './provider-error.ts'
import type { ProviderAccount } from './provider.ts'

const peers: Peer[] = []

afterEach(async () => {
  await Promise.all(peers.splice(0).map((peer) => peer.close()))
})

function keep<P extends Peer>(peer: P): P {
  peers.push(peer)
  return peer
}

function account(baseUrl: string, proxy?: ProxyPeer, proxyCredentials?: string): ProviderAccount {
  const secret = proxyCredentials === undefined ? null : { proxyCredentials }
  return { baseUrl, proxyUrl: proxy?.url ?? null, secret }
}

/** One GET, read to its end; what fails is mapped the way the gateway does it. */
async function get(to: ProviderAccount, signal?: AbortSignal): Promise<string> {
  const dispatcher = openDispatcher(to, { connectTimeoutMs: 5_000, connections: 1 })
  try {
    const { origin } = new URL(to.baseUrl)
    const headers = ['authorization', 'Bearer canary-key']
    const response = await dispatcher.request({ origin, path: '/x', method: 'GET', headers, signal: signal ?? null })
    return `${response.statusCode} ${await response.body.text()}`
  } catch (error) {
    throw providerError(error, 'The upstream')
  } finally {
    await dispatcher.destroy()
  }
}

async function failureOf(to: ProviderAccount): Promise<[string, unknown]> {
  const error: unknown = await get(to).catch((caught: unknown) => caught)
  if (!(error instanceof AppError)) throw new Error(`no failure, but: ${String(error)}`)
  expect(inspect(error, { depth: 8 })).not.toMatch(/canary|hunter2/)
  return [error.code, error.details?.['cause']]
}

async function failureAt(onRequest: (socket: Socket) => void): Promise<[string, unknown]> {
  const peer = keep(await startSocketPeer(onRequest))
  return failureOf(account(peer.url))
}

describe('connection', () => {
  it('reaches an upstream', async () => {
    const peer = keep(await startHttpPeer((_req, res) => res.end('here')))
    expect(await get(account(peer.url))).toBe('200 here')
  })

  it('tells a refused connection', async () => {
    const port = await closedPort()
    expect(await failureOf(account(`http://127.0.0.1:${port}`))).toEqual(['upstream_unreachable', 'ECONNREFUSED'])
  })

  it('tells a reset before the answer', async () => {
    expect(await failureAt((socket) => socket.resetAndDestroy())).toEqual(['upstream_reset', 'ECONNRESET'])
  })

  it('tells a connection closed before the answer', async () => {
    expect(await failureAt((socket) => socket.end())).toEqual(['upstream_reset', 'UND_ERR_SOCKET'])
  })

  it('tells an answer cut short', async () => {
    const [code] = await failureAt((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'))
    expect(code).toBe('upstream_reset')
  })

  it('tells what is not HTTP', async () => {
    const [code, cause] = await failureAt((socket) => socket.end('SSH-2.0-OpenSSH_9.9 canary\r\n\r\n'))
    expect(code).toBe('upstream_bad_response')
    expect(cause).toMatch(/^HPE_/)
  })

  it('tells a plain port that was called with https', async () => {
    const peer = keep(await startHttpPeer((_req, res) => res.end()))
    const [code, cause] = await failureOf(account(`https://127.0.0.1:${peer.port}`))
    expect(code).toBe('upstream_unreachable')
    expect(cause).toMatch(/^ERR_SSL_|^EPROTO/)
  })

  it('gives up with the time-out of its caller', async () => {
    const peer = keep(await startSocketPeer(() => undefined))
    await expect(get(account(peer.url), AbortSignal.timeout(20))).rejects.toMatchObject({ code: 'upstream_timeout' })
  })

  it('goes through a proxy', async () => {
    const target = keep(await startHttpPeer((_req, res) => res.end('here')))
    const proxy = keep(await startProxyPeer())
    expect(await get(account(target.url, proxy))).toBe('200 here')
    expect(proxy.asked).toEqual([`GET ${target.url}/x`])
  })

  it('shows a proxy its credentials', async () => {
    const target = keep(await startHttpPeer((_req, res) => res.end('here')))
    const proxy = keep(await startProxyPeer('weir:hunter2'))
    expect(await get(account(target.url, proxy, 'weir:hunter2'))).toBe('200 here')
  })

  it.each([undefined, 'weir:wrong-hunter2'])('tells a proxy that refuses its credentials (%s)', async (credentials) => {
    const target = keep(await startHttpPeer((_req, res) => res.end('here')))
    const proxy = keep(await startProxyPeer('weir:hunter2'))
    expect(await failureOf(account(target.url, proxy, credentials))).toEqual(['upstream_unreachable', 'proxy 407'])
    const secure = `https://127.0.0.1:${target.port}`
    expect(await failureOf(account(secure, proxy, credentials))).toEqual(['upstream_unreachable', 'proxy 407'])
  })

  it('tunnels https through a proxy without showing it the request', async () => {
    const received = Promise.withResolvers<Buffer>()
    const target = keep(
      await startSocketPeer((socket, bytes) => {
        received.resolve(bytes)
        socket.destroy()
      }),
    )
    const proxy = keep(await startProxyPeer('weir:hunter2'))
    const [code] = await failureOf(account(`https://127.0.0.1:${target.port}`, proxy, 'weir:hunter2'))
    expect(code).toMatch(/^upstream_(?:unreachable|reset)$/)
    expect(proxy.asked).toEqual([`CONNECT 127.0.0.1:${target.port}`])
    const hello = await received.promise
    // A TLS handshake record: the proxy passed the tunnel's first bytes on.
    expect(hello[0]).toBe(0x16)
    expect(hello.includes('canary-key')).toBe(false)
  })

  it('tells a proxy that is not there', async () => {
    const port = await closedPort()
    const to: ProviderAccount = { baseUrl: 'https://127.0.0.1:1', proxyUrl: `http://127.0.0.1:${port}`, secret: null }
    expect(await failureOf(to)).toEqual(['upstream_unreachable', 'ECONNREFUSED'])
  })
})
