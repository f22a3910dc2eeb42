/** Small real servers for tests: one that answers as told, one that does odd things on the socket, a proxy. */
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { connect, createServer as createNetServer, type AddressInfo, type Server, type Socket } from 'node:net'

export interface Peer {
  readonly port: number
  /** Without a trailing slash. */
  readonly url: string
  close(): Promise<void>
}

async function listen(server: Server): Promise<Peer> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

export function startHttpPeer(listener: RequestListener): Promise<Peer> {
  return listen(createServer(listener))
}

/** Calls back with each connection once its first bytes are there. */
export function startSocketPeer(onFirstBytes: (socket: Socket, bytes: Buffer) => void): Promise<Peer> {
  return listen(createNetServer((socket) => socket.once('data', (bytes) => onFirstBytes(socket, bytes))))
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const peer = await startSocketPeer(() => undefined)
  await peer.close()
  return peer.port
}

export interface ProxyPeer extends Peer {
  /** What it was asked to reach: `CONNECT host:port` or `GET http://…`. */
  readonly asked: readonly string[]
}

/** A forward proxy: absolute-form requests and CONNECT tunnels; with `credentials` (`user:password`) it insists on them. */
export async function startProxyPeer(credentials?: string): Promise<ProxyPeer> {
  const asked: string[] = []
  const wanted = credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`
  const isAllowed = (req: IncomingMessage) => wanted === undefined || req.headers['proxy-authorization'] === wanted
  const server = createServer((req, res) => {
    asked.push(`${req.method} ${req.url}`)
    if (!isAllowed(req)) {
      res.writeHead(407, { 'proxy-authenticate': 'Basic' }).end()
      return
    }
    const target = new URL(req.url ?? '')
    const upstream = connect(Number(target.port), target.hostname, () => {
      upstream.write(
        `${req.method} ${target.pathname}${target.search} HTTP/1.1\r\nhost: ${target.host}\r\nconnection: close\r\n\r\n`,
      )
      req.socket.once('close', () => upstream.destroy())
      upstream.pipe(req.socket)
    })
    upstream.on('error', () => req.socket.destroy())
  })
  server.on('connect', (req: IncomingMessage, socket: Socket) => {
    asked.push(`CONNECT ${req.url}`)
    if (!isAllowed(req)) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n')
      return
    }
    const [host = '', port = ''] = (req.url ?? '').split(':')
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      upstream.pipe(socket)
      socket.pipe(upstream)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('error', () => upstream.destroy())
  })
  return { ...(await listen(server)), asked }
}
