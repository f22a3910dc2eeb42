/**
 * Responses over WebSockets to upstreams, for the rest of the gateway something that dispatches as undici does. One
 * socket per session finds the session's prompt in the provider's cache, which requests of their own mostly do not.
 *
 * A socket is never a reason to fail: where there is none, or something is wrong with sockets alone, the turn goes over
 * HTTP in the same attempt. Only a turn that goes on from a response of a socket that is gone cannot.
 */
import { isUtf8 } from 'node:buffer'
import type { Dispatcher } from 'undici'
import { isSameTarget, type Connection } from '../connections.ts'
import type { WritableDirectory } from '../directory.ts'
import type { Log, UpstreamRecord } from '../ports.ts'
import type { Reserved } from '../stages.ts'
import { createFrame } from './socket-frames.ts'
import { createSocketPool, type SocketWish } from './socket-pool.ts'
import { answerWith, failWith, SocketTurn, type TurnHandler, type TurnLoss } from './socket-turn.ts'
import { readRefusal, upgradeHeaders } from './socket-upgrade.ts'
import { isTiedToSocket, noResponse, previousOf } from './tied-turn.ts'
import { withMetadata } from './turn-metadata.ts'
import type { Opening, UpstreamSocket } from './upstream-socket.ts'

/** An HTTP request whose body is in memory, as `send` makes it. */
export interface SentRequest {
  readonly origin: string
  readonly path: string
  readonly method: 'POST'
  readonly headers: string[]
  readonly body: Buffer
}

export interface Carrier {
  dispatch(request: SentRequest, handler: TurnHandler): void
}

/** A turn as far as it matters which way it goes. */
export interface CarriedTurn {
  readonly routed: Pick<Reserved, 'dialect' | 'fields' | 'facts' | 'socket' | 'session'>
  readonly record: UpstreamRecord
  readonly connection: Connection
}

export interface UpstreamSockets {
  /**
   * What brings the turn to its upstream; null for HTTP. @throws AppError `previous_response_not_found` where it goes on
   * from a response that nobody has any more: nothing was sent then.
   */
  carrierOf(turn: CarriedTurn): Carrier | null
  /** The client's WebSocket is closed. */
  leave(clientSocketId: string): void
  /** How many are open or opening. */
  readonly size: number
  /** Cuts all of them. */
  close(): void
}

export interface SocketDeps {
  readonly directory: WritableDirectory
  readonly log: Pick<Log, 'info'>
  /** Monotonic ms. */
  readonly now: () => number
}

/** How long an upstream that refused an upgrade is asked over HTTP only. */
const NONE_MS = 3_600_000
const TROUBLE_MS = 60_000

const LIMIT = 'websocket_connection_limit_reached'
/** Said to a connection and not about a turn: gone, going away, not allowed any more, restarting. */
const SAID_TO_CONNECTION: ReadonlySet<number> = new Set([1_000, 1_001, 1_005, 1_008, 1_012])
/** The frame as such was not taken: HTTP has no such bound. */
const SAID_TO_FRAME: ReadonlySet<number> = new Set([1_003, 1_007, 1_009])

interface Journey extends CarriedTurn {
  readonly wish: SocketWish
  readonly previous: string | null
  readonly request: SentRequest
  readonly handler: TurnHandler
  /** It has had its second socket. */
  readonly isAgain: boolean
}

export function createUpstreamSockets({ directory, log, now }: SocketDeps): UpstreamSockets {
  const pool = createSocketPool(directory, now)
  /** Upstreams that are asked over HTTP only, until then. */
  const barred = new Map<string, { record: UpstreamRecord; until: number }>()

  // What was learnt is of that address and that account.
  directory.onUpstreamChange((id) => {
    const [known, next] = [barred.get(id)?.record, directory.upstream(id)]
    if (known !== undefined && (next === undefined || !isSameTarget(known, next))) barred.delete(id)
  })

  const isBarred = ({ id }: UpstreamRecord): boolean => (barred.get(id)?.until ?? 0) > now()

  function bar(record: UpstreamRecord, forMs: number, why: object): void {
    const isNews = !isBarred(record)
    barred.set(record.id, { record, until: now() + forMs })
    if (isNews)
      log.info('an upstream takes no WebSocket; it is asked over HTTP', { upstream: record.name, forMs, ...why })
  }

  function overHttp({ connection, request, handler }: Journey): void {
    try {
      connection.dispatcher.dispatch(request as Dispatcher.DispatchOptions, handler)
    } catch (error) {
      failWith(handler, error instanceof Error ? error : new Error('nothing was sent'))
    }
  }

  function setOut(journey: Journey): void {
    const socket = pool.take(journey.wish, journey.previous) ?? newSocket(journey)
    if (socket === null && journey.previous !== null) failWith(journey.handler, noResponse())
    else if (socket === null) overHttp(journey)
    else if (socket.isOpen) ride(journey, socket)
    else void socket.opened.then((opening) => arrive(journey, socket, opening))
  }

  function newSocket({ wish, previous }: Journey): UpstreamSocket | null {
    if (previous !== null || isBarred(wish.record)) return null
    try {
      return pool.open(wish)
    } catch {
      // undici says what is wrong with an address or a header, and has a code for it.
      return null
    }
  }

  function arrive(journey: Journey, socket: UpstreamSocket, opening: Opening): void {
    if (opening.kind === 'open') {
      ride(journey, socket)
      return
    }
    const { record } = journey
    if (opening.kind === 'none') bar(record, TROUBLE_MS, {})
    else {
      const { refusal } = opening
      const meaning = readRefusal(refusal)
      if (meaning === 'answer') {
        answerWith(journey.handler, refusal)
        return
      }
      bar(record, meaning === 'none' ? NONE_MS : TROUBLE_MS, { status: refusal.status })
    }
    overHttp(journey)
  }

  function ride(journey: Journey, socket: UpstreamSocket): void {
    if (socket.isClosed) {
      // Between its opening and now; nobody would say so any more.
      overHttp(journey)
      return
    }
    const turn = new SocketTurn(journey.handler, socket, (loss) => takeOn(journey, loss))
    socket.hold(turn)
    turn.start(frameOf(journey))
  }

  /** True where the turn, of which nothing came yet, goes another way, or was told that it can't. */
  function takeOn(journey: Journey, loss: TurnLoss): boolean {
    const isFrames = loss.kind === 'lost' && SAID_TO_FRAME.has(loss.code)
    const isConnections = loss.kind === 'lost' ? SAID_TO_CONNECTION.has(loss.code) : loss.refusal.code === LIMIT
    if (!isFrames && !isConnections) return false
    if (journey.previous !== null) failWith(journey.handler, noResponse())
    else if (isFrames) overHttp(journey)
    else if (journey.isAgain) return false
    else setOut({ ...journey, isAgain: true })
    return true
  }

  return {
    carrierOf(turn) {
      const { routed, record, connection } = turn
      if (routed.dialect !== 'responses') return null
      const canUse = mayUse(turn)
      if (!canUse && routed.socket === null) return null
      const previous = previousOf(routed.fields)
      const seat = seatOf(routed)
      const hasMaker = seat !== null && previous !== null && pool.makerOf(seat, record.id, previous) !== null
      if (previous !== null && !hasMaker) {
        if (routed.socket !== null && (connection.backend !== null || isTiedToSocket(routed))) throw noResponse()
        if (connection.backend !== null) return null
      }
      if (seat === null || !canUse) return null
      const clientSocketId = seat === routed.socket?.id ? seat : null
      return {
        dispatch(request, handler) {
          const wish = {
            url: connection.socketUrl ?? '',
            headers: upgradeHeaders(request.headers),
            record,
            seat,
            clientSocketId,
          }
          const journey = { ...turn, wish, previous: hasMaker ? previous : null, request, handler, isAgain: false }
          if (isUtf8(request.body)) setOut(journey)
          else overHttp(journey)
        },
      }
    },
    leave: pool.leave,
    get size() {
      return pool.size
    },
    close: pool.close,
  }

  function mayUse({ routed, connection }: CarriedTurn): boolean {
    if (connection.socketUrl === null || !directory.settings['accounts.useSockets']) return false
    return connection.backend !== null || (routed.socket !== null && routed.facts.stream)
  }
}

function frameOf({ connection, request }: Journey): Buffer {
  return createFrame(connection.backend === null ? request.body : withMetadata(request.body, request.headers))
}

/** Null where nothing tells its turns from those of others. */
function seatOf({ session, socket }: CarriedTurn['routed']): string | null {
  return session?.mark ?? socket?.id ?? null
}
