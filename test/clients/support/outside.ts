/**
 * Stands in for the rest of the world: an HTTP proxy that every client is told to use for anything but loopback. It lets
 * nothing through and writes down who was called, so the tests need no network and show when a client reaches for one.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Outside {
  /** `host:port` of every call that was tried. */
  readonly calls: string[]
  readonly env: Readonly<Record<string, string>>
  close(): Promise<void>
}

export async function startOutside(): Promise<Outside> {
  const calls: string[] = []
  const server = createServer((req, res) => {
    calls.push(req.url ?? '')
    res.writeHead(403).end()
  })
  server.on('connect', (req, socket) => {
    calls.push(req.url ?? '')
    socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    calls,
    env: {
      HTTP_PROXY: proxy,
      HTTPS_PROXY: proxy,
      http_proxy: proxy,
      https_proxy: proxy,
      NO_PROXY: '127.0.0.1,localhost',
      no_proxy: '127.0.0.1,localhost',
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
