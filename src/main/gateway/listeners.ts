/**
 * Where the gateway listens. Bound to one address of the network it goes on listening on loopback too, so that clients on
 * this machine keep their base URL. It moves while it runs: the new address is open before the old one closes, where both
 * can be had at once, and requests on the old one finish there.
 */
import { isLoopback } from '../../shared/loopback.ts'
import { listen } from './listen.ts'
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

export interface Bound {
  readonly host: string
  readonly port: number
}

export interface Listeners {
  /** Null before the first bind and after the close. */
  readonly bound: Bound | null
  /** Listens there, and there only. Where that fails everything stays as it was. @throws AppError */
  bind(host: string, port: number): Promise<Bound>
  /** Takes no new connections. Resolves when the last one has closed. */
  close(): Promise<void>
  closeIdleConnections(): void
  closeAllConnections(): void
}

/** How often connections that have become idle on an address that was left, or never spoke, are looked for. */
const LEFT_CHECK_MS = 1_000

const LOOPBACK = '127.0.0.1'

export function createListeners(createServer: () => Server): Listeners {
  /** By address. All on one port. */
  let open = new Map<string, Server>()
  /** No longer listening, with connections still open. */
  const left = new Set<Server>()
  /** Node counts a connection that has sent nothing yet as busy, until its head is overdue. */
  const sockets = new WeakMap<Server, Set<Socket>>()
  let bound: Bound | null = null

  async function start(host: string, port: number): Promise<{ server: Server; port: number }> {
    const server = createServer()
    const accepted = new Set<Socket>()
    sockets.set(server, accepted)
    server.on('connection', (socket) => {
      accepted.add(socket)
      socket.once('close', () => accepted.delete(socket))
    })
    const { port: real } = await listen(server, host, port)
    return { server, port: real }
  }

  /** Ends listening at once; what runs there may finish. */
  function leave(server: Server): Promise<void> {
    left.add(server)
    const sweep = setInterval(() => {
      server.closeIdleConnections()
      for (const socket of sockets.get(server) ?? []) if (socket.bytesRead === 0) socket.destroy()
    }, LEFT_CHECK_MS)
    sweep.unref()
    const closed = new Promise<void>((resolve) => {
      server.close(() => {
        clearInterval(sweep)
        left.delete(server)
        resolve()
      })
    })
    server.closeIdleConnections()
    return closed
  }

  /** Opens what is missing of `hosts`. All or nothing. */
  async function openAll(
    hosts: readonly string[],
    port: number,
  ): Promise<{ added: Map<string, Server>; port: number }> {
    const added = new Map<string, Server>()
    let real = port
    try {
      for (const host of hosts) {
        const opened = await start(host, real)
        added.set(host, opened.server)
        real = opened.port
      }
    } catch (error) {
      for (const server of added.values()) void leave(server)
      throw error
    }
    return { added, port: real }
  }

  /** Where the old and the new address exclude each other, the old one must close first. Reopened when that fails. */
  async function replaceAll(before: Bound, hosts: readonly string[], port: number): Promise<Map<string, Server>> {
    const previous = [...open.keys()]
    for (const server of open.values()) void leave(server)
    open = new Map()
    try {
      return (await openAll(hosts, port)).added
    } catch (error) {
      open = (await openAll(previous, before.port)).added
      throw error
    }
  }

  /** Opens what is missing, then leaves what is no longer wanted. */
  async function moveTo(hosts: readonly string[], port: number, isSamePort: boolean): Promise<number> {
    const missing = isSamePort ? hosts.filter((address) => !open.has(address)) : hosts
    const { added, port: real } = await openAll(missing, port)
    for (const [address, server] of open) {
      if (isSamePort && hosts.includes(address)) added.set(address, server)
      else void leave(server)
    }
    open = added
    return real
  }

  async function bind(host: string, port: number): Promise<Bound> {
    const hosts = addressesFor(host)
    const before = bound
    const isSamePort = before !== null && port === before.port
    if (before !== null && isSamePort && excludeEachOther(before.host, host)) {
      open = await replaceAll(before, hosts, port)
      bound = { host, port }
    } else bound = { host, port: await moveTo(hosts, port, isSamePort) }
    return bound
  }

  const all = (): Server[] => [...open.values(), ...left]
  let turn: Promise<unknown> = Promise.resolve()

  return {
    get bound() {
      return bound
    },
    bind(host, port) {
      // One move at a time: the second begins where the first one ended.
      const move = turn.then(() => bind(host, port))
      turn = move.catch(() => {})
      return move
    },
    async close() {
      await turn
      bound = null
      const closing = [...open.values()].map(leave)
      const others = [...left].map((server) => new Promise((resolve) => server.once('close', resolve)))
      open = new Map()
      await Promise.all([...closing, ...others])
    },
    closeIdleConnections() {
      for (const server of all()) server.closeIdleConnections()
    },
    closeAllConnections() {
      for (const server of all()) server.closeAllConnections()
    },
  }
}

function isAny(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

/** A wildcard and any other address of one port can't be had at once. */
function excludeEachOther(a: string, b: string): boolean {
  return a !== b && (isAny(a) || isAny(b))
}

function addressesFor(host: string): string[] {
  if (isAny(host) || isLoopback(host)) return [host]
  return [host, LOOPBACK]
}
