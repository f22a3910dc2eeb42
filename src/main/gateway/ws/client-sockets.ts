/**
 * The WebSockets of clients, all of them: who may open one, how many there are, and how they end. Whoever may not is
 * told in the answer to the upgrade, with a status that sends the client the right way.
 */
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import { AppError } from '../../../shared/errors.ts'
import { createRoster } from '../../../shared/roster.ts'
import { providerOf } from '../../providers/registry.ts'
import { identify, tellOldSecret, type Caller } from '../admit.ts'
import { addressOf } from '../client-address.ts'
import { clientKindOf } from '../client-kind.ts'
import type { Directory } from '../directory.ts'
import { shuttingDown } from '../door.ts'
import type { PoolRecord } from '../ports.ts'
import { readHeaders, type RequestHeaders } from '../request-headers.ts'
import { pathOf, socketPathOf } from '../router.ts'
import { createUpgradeRefusal } from '../upgrade-refusal.ts'
import { ClientSocket } from './client-socket.ts'
import type { TurnDeps } from './client-turn.ts'
import { upgradeHeaders } from './turn-headers.ts'

export interface ClientSocketsDeps extends TurnDeps {
  /** Throws for a request that may not even learn what is here. */
  readonly guard: (headers: RequestHeaders) => void
  /** A client's WebSocket is no more: what was held for it alone is given up. */
  readonly socketClosed: (id: string) => void
}

export interface ClientSockets {
  readonly size: number
  /** A server's listener for `upgrade`. */
  upgrade(server: Server, request: IncomingMessage, socket: Socket, head: Buffer): void
  /** Takes no more turns: each is closed once its running one is over. */
  leave(): void
  /** Resolves when all are closed, at the latest after a second. */
  close(): Promise<void>
}

/** How long clients may take to close theirs after they were told. */
const LINGER_MS = 1_000
/** How often all of them are looked at, unless a setting wants it more often. */
const BEAT_MS = 1_000
/** A time is kept to a tenth of it. */
const BEATS_PER_TIME = 10

export function createClientSockets(deps: ClientSocketsDeps): ClientSockets {
  const { directory } = deps
  const sockets = createRoster<ClientSocket>()
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, clientTracking: false })
  const refusal = createUpgradeRefusal()
  let beats: NodeJS.Timeout | null = null
  let closed: (() => void) | null = null

  function beat(): void {
    const now = deps.now()
    // From the end: one that closes is taken out, and the one that takes its place has had its turn.
    for (let i = sockets.size - 1; i >= 0; i--) sockets.all[i]?.beat(now)
    beats = null
    beatSoon()
  }

  function beatSoon(): void {
    if (sockets.size === 0) return
    const { 'gateway.socketPingMs': pingMs, 'gateway.socketIdleMs': idleMs } = directory.settings
    beats ??= setTimeout(beat, Math.min(BEAT_MS, pingMs / BEATS_PER_TIME, idleMs / BEATS_PER_TIME)).unref()
  }

  /** Caller and path of an upgrade that is served. @throws AppError. */
  function admitted(request: IncomingMessage, headers: RequestHeaders, tell: (line: string) => void) {
    deps.guard(headers)
    const path = socketPathOf(request.url ?? '/')
    const isSocket = request.method === 'GET' && request.headers.upgrade?.toLowerCase() === 'websocket'
    const { 'gateway.maxSockets': most } = directory.settings
    if (path === null || !isSocket || most === 0) throw useHttp(request, 'does not speak WebSocket here')
    const { pool } = callerOf(request, headers, tell)
    if (deps.isClosing()) throw shuttingDown()
    if (!hasSockets(pool, directory))
      throw useHttp(request, 'speaks no WebSocket for this Pool: none of its upstreams does')
    if (sockets.size >= most) {
      const message = `${most} WebSockets are open already.`
      throw new AppError('socket_limit_reached', message, { details: { limit: most, setting: 'gateway.maxSockets' } })
    }
    return path
  }

  function callerOf(request: IncomingMessage, headers: RequestHeaders, tell: (line: string) => void): Caller {
    const asking = { headers, request, clientIp: addressOf(request.socket), at: deps.clock() }
    const response = { setHeader: (name: string, value: unknown) => tell(`${name}: ${String(value)}`) as never }
    return identify(directory, asking, (opened) => tellOldSecret(opened, response))
  }

  function open(
    listener: Server,
    request: IncomingMessage,
    raw: Socket,
    path: string,
  ): Parameters<typeof server.handleUpgrade>[3] {
    const headers = upgradeHeaders(request.rawHeaders)
    const { userAgent, originator } = headers.later
    const client = clientKindOf(userAgent, originator)
    const clientIp = addressOf(raw)
    return (ws) => {
      const isLeft = () => !listener.listening
      const socket = new ClientSocket({ deps, ws, raw, headers, path, client, clientIp, isLeft, closed: gone })
      sockets.add(socket)
      beatSoon()
    }
  }

  function gone(socket: ClientSocket): void {
    sockets.remove(socket)
    deps.socketClosed(socket.id)
    if (sockets.size === 0) closed?.()
  }

  return {
    get size() {
      return sockets.size
    },
    upgrade(listener, request, socket, head) {
      socket.on('error', () => {}) // The client may be gone already; there is nobody to tell.
      const headers = readHeaders(request.rawHeaders)
      const lines: string[] = []
      try {
        const path = admitted(request, headers, (line) => lines.push(line))
        const tell = (head: string[]) => void head.push(...lines)
        server.options.maxPayload = directory.settings['gateway.maxBodyBytes']
        server.once('headers', tell)
        server.handleUpgrade(request, socket, head, open(listener, request, socket, path))
        server.off('headers', tell)
      } catch (error) {
        refusal.refuse(socket, AppError.from(error), clientKindOf(headers.userAgent, headers.originator))
      }
    },
    leave() {
      for (const socket of sockets.all) socket.leave()
    },
    async close() {
      refusal.close()
      if (sockets.size > 0) {
        await new Promise<void>((resolve) => {
          closed = resolve
          setTimeout(resolve, LINGER_MS).unref()
        })
      }
      for (const socket of sockets.all) socket.terminate()
      if (beats !== null) clearTimeout(beats)
    },
  }
}

/** Codex goes on over HTTP at once, without a word to its user. */
function useHttp(request: IncomingMessage, what: string): AppError {
  return new AppError('websocket_unsupported', `${pathOf(request.url ?? '/')} ${what}; use HTTP.`)
}

/** Whether anybody of the Pool, or of the one behind it, speaks WebSocket: for others it would be a detour. */
function hasSockets(pool: PoolRecord, directory: Directory): boolean {
  const { fallbackPoolId } = pool.routing
  const fallback = fallbackPoolId === null ? undefined : directory.pool(fallbackPoolId)
  return [...pool.assignments, ...(fallback?.assignments ?? [])].some(({ upstreamId, enabled }) => {
    const record = enabled ? directory.upstream(upstreamId) : undefined
    return record !== undefined && providerOf(record.kind).socketPath !== undefined
  })
}
