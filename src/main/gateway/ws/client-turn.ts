/** One turn of a client's WebSocket, as a request that goes through the same stages as one over HTTP. */
import { AppError } from '../../../shared/errors.ts'
import type { ClientKind } from '../../../shared/models/request.ts'
import { formatRequestId } from '../../../shared/request-id.ts'
import { serve, type PipelineDeps } from '../pipeline.ts'
import type { RequestHeaders } from '../request-headers.ts'
import type { Running, Work } from '../running.ts'
import type { Received } from '../stages.ts'
import { TurnStream, type FramePort } from './turn-stream.ts'

export interface TurnDeps extends PipelineDeps {
  readonly nextId: (at: number) => number
  readonly running: Running
  readonly isClosing: () => boolean
  /** Why a connection is gone: its client's doing or ours. */
  readonly whyGone: () => AppError
  /** Told of each request until it is settled. */
  readonly track: (served: Promise<void>) => void
}

export interface Turn {
  readonly port: FramePort
  /** The connection, by which its credential was proven. */
  readonly connection: object
  readonly headers: RequestHeaders
  /** As in the route table. */
  readonly path: string
  readonly client: ClientKind
  readonly clientIp: string
  readonly socket: { readonly id: string }
  /** Rejects for a turn that can't be served; it is refused as any other, and logged. */
  readonly body: () => Promise<Buffer>
  readonly cut: () => void
}

export interface Served {
  readonly side: TurnStream
  /** Resolves when it is settled and its client has all of it. Never rejects. */
  readonly served: Promise<void>
}

/** A header has no place in a frame of an answer. */
const NOWHERE: Received['response'] = { setHeader: () => undefined as never }

export function serveTurn(deps: TurnDeps, turn: Turn): Served {
  const { port, client, clientIp, headers, socket } = turn
  const at = deps.clock()
  const id = deps.nextId(at)
  const { promise: over, resolve } = Promise.withResolvers<void>()
  const side = new TurnStream({ port, client, requestId: formatRequestId(id), now: deps.now, over: resolve })
  const work: Work = { place: -1, cut: turn.cut }
  deps.running.add(work)
  const received: Received = {
    id,
    at,
    startedAt: deps.now(),
    dialect: 'responses',
    path: `WS ${turn.path}`,
    request: { socket: turn.connection, complete: true },
    headers,
    readBody: turn.body,
    response: NOWHERE,
    side,
    socket: { id: socket.id },
    client,
    clientIp,
    whyGone: () => (side.isCancelled ? cancelled() : deps.whyGone()),
  }
  const served = Promise.all([serve(deps, received), over]).then(() => deps.running.remove(work))
  deps.track(served)
  return { side, served }
}

function cancelled(): AppError {
  return new AppError('client_closed', 'The client cancelled the turn before its answer was complete.')
}
