/** The listener: takes a connection's request, finds its route, hands it over, and drains at shutdown. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { AppError } from '../../shared/errors.ts'
import { createRequestIds } from '../../shared/request-id.ts'
import { createRoster, type Placed, type Roster } from '../../shared/roster.ts'
import { identify, tellOldSecret, type Asking, type Caller } from './admit.ts'
import { clientKindOf } from './client-kind.ts'
import { busyRefusal } from './door.ts'
import { createGuard } from './guard.ts'
import { encodeError } from './http-error.ts'
import { createListeners } from './listeners.ts'
import { modelList, modelsOf, oneModel } from './models-route.ts'
import { serve, type PipelineDeps } from './pipeline.ts'
import { readHeaders, type RequestHeaders } from './request-headers.ts'
import { matchRoute, type RouteMatch } from './router.ts'
import { lendToken } from './token-route.ts'
import { createUpgradeRefusal } from './upgrade-refusal.ts'
import type { Socket } from 'node:net'
import type { MintToken } from './ports.ts'
import type { Received } from './stages.ts'

export interface GatewayDeps extends PipelineDeps {
  /** The newest request id already in the log. */
  readonly lastRequestId: number
  /** Answers `GET /v1/usage` for one caller. Reads the log, off the event loop. */
  readonly usageOf: (caller: Caller) => Promise<unknown>
  readonly mintToken: MintToken
}

export interface Gateway {
  /** Also moves a gateway that listens already. @throws AppError `port_in_use`. Returns the address really bound. */
  listen(host: string, port: number): Promise<{ host: string; port: number }>
  /** Where it listens, null where it does not. */
  readonly bound: { readonly host: string; readonly port: number } | null
  readonly requestsInFlight: number
  /** Takes nothing new, lets running requests finish until the bound, then cuts them. */
  close(drainMs: number): Promise<{ cut: number }>
}

const MAX_HEADER_BYTES = 65_536
/** Longer than clients keep idle connections, so that it is they who close: a request never meets a closing socket. */
const KEEP_ALIVE_MS = 75_000

interface Running extends Placed {
  readonly response: ServerResponse
}

export function createGateway(deps: GatewayDeps): Gateway {
  const nextId = createRequestIds(deps.lastRequestId)
  const guard = createGuard()
  const running = createRoster<Running>()
  /** Each resolves when its request is settled, which may be after its connection has closed. */
  const unsettled = new Set<Promise<void>>()
  const upgrades = createUpgradeRefusal((headers) => guard(headers, deps.directory.settings))
  let isClosing = false
  let isCutting = false

  function whyGone(): AppError {
    return isCutting
      ? new AppError('cut_at_shutdown', 'Weir was closed before the answer was complete.')
      : new AppError('client_closed', 'The client closed the connection before the answer was complete.')
  }

  function received(
    match: RouteMatch,
    headers: RequestHeaders,
    request: IncomingMessage,
    response: ServerResponse,
  ): Received {
    const at = deps.clock()
    return {
      id: nextId(at),
      at,
      startedAt: deps.now(),
      dialect: match.route.name === 'chat' || match.route.name === 'embeddings' ? match.route.name : 'responses',
      path: match.route.path,
      request,
      headers,
      response,
      client: clientKindOf(headers.userAgent, headers.originator),
      clientIp: addressOf(request.socket),
      whyGone,
    }
  }

  function askingOf(headers: RequestHeaders, request: IncomingMessage): Asking {
    return { headers, request, clientIp: addressOf(request.socket), at: deps.clock() }
  }

  async function read(match: RouteMatch, headers: RequestHeaders, response: ServerResponse): Promise<unknown> {
    const asking = askingOf(headers, response.req)
    const caller = identify(deps.directory, asking, (opened) => tellOldSecret(opened, response))
    if (match.route.name === 'usage') return deps.usageOf(caller)
    const models = modelsOf(caller, deps.directory)
    return match.route.name === 'model' ? oneModel(models, match.id ?? '') : modelList(models)
  }

  /** Never rejects. */
  async function lend(headers: RequestHeaders, response: ServerResponse): Promise<void> {
    const request = response.req
    try {
      const made = await lendToken(deps, askingOf(headers, request), response)
      sendJson(response, 200, made, ['cache-control', 'no-store'])
    } catch (error) {
      sendError(request, response, error)
    }
  }

  function readiness(): { status: number; body: unknown } {
    const isDown = deps.journal.failure !== null
    const reason = isClosing ? 'shutting down' : isDown ? 'the request log cannot be written' : null
    return reason === null
      ? { status: 200, body: { status: 'ok' } }
      : { status: 503, body: { status: 'unavailable', reason } }
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const { settings } = deps.directory
    const headers = readHeaders(request.rawHeaders)
    guard(headers, settings)
    const match = matchRoute(request.method ?? 'GET', request.url ?? '/')
    const { name, method } = match.route
    if (name === 'healthz') return sendJson(response, 200, { status: 'ok' })
    if (name === 'readyz') {
      const { status, body } = readiness()
      return sendJson(response, status, body)
    }
    if (isClosing) throw new AppError('shutting_down', 'Weir is shutting down.')
    if (method === 'GET') {
      read(match, headers, response).then(
        (body) => sendJson(response, 200, body),
        (error: unknown) => sendError(request, response, error),
      )
      return
    }
    const busy = busyRefusal(running.size, settings)
    if (busy !== null) throw busy
    const entry: Running = { response, place: -1 }
    response.on('close', () => running.remove(entry))
    running.add(entry)
    const served =
      name === 'tokens' ? lend(headers, response) : serve(deps, received(match, headers, request, response))
    unsettled.add(served)
    void served.then(() => unsettled.delete(served))
  }

  function sendError(request: IncomingMessage, response: ServerResponse, thrown: unknown): void {
    const error = AppError.from(thrown)
    if (error.code === 'internal') deps.log.error('request failed', { cause: error.cause })
    if (response.headersSent || response.destroyed) return
    const retryAt = error.details?.['retryAt']
    const waitMs = typeof retryAt === 'number' ? retryAt - deps.clock() : null
    const { status, headers, body } = encodeError(error, clientOf(request), null, waitMs)
    const allow = error.details?.['allow']
    if (typeof allow === 'string') headers.push('allow', allow)
    if (!request.complete) headers.push('connection', 'close')
    response.writeHead(status, headers)
    response.end(request.method === 'HEAD' ? undefined : body)
  }

  function onRequest(request: IncomingMessage, response: ServerResponse): void {
    try {
      handle(request, response)
    } catch (error) {
      sendError(request, response, error)
    }
  }

  // Node has no limit for the head once the one for the whole request is off; bodies are timed where they are read.
  const headersTimeout = deps.directory.settings['gateway.bodyTimeoutMs']
  const options = {
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: 0,
    headersTimeout,
    connectionsCheckingInterval: Math.min(headersTimeout, 30_000),
    maxHeaderSize: MAX_HEADER_BYTES,
    noDelay: true,
  }
  const listeners = createListeners(() => createServer(options, onRequest).on('upgrade', upgrades.refuse))

  return {
    get requestsInFlight() {
      return running.size
    },
    listen: listeners.bind,
    get bound() {
      return listeners.bound
    },
    async close(drainMs) {
      isClosing = true
      // Nobody waits for room any more; who runs may finish.
      deps.traffic.close()
      const closed = listeners.close()
      listeners.closeIdleConnections()
      await emptied(running, drainMs)
      isCutting = true
      const cut = [...running.all]
      for (const { response } of cut) {
        if (response.socket === null) response.destroy()
        else response.socket.resetAndDestroy()
      }
      upgrades.close()
      listeners.closeAllConnections()
      await closed
      // Their rows are settled as the connections close; whoever closes the log next must find them done.
      await Promise.all(unsettled)
      return { cut: cut.length }
    },
  }
}

/** Resolves when nothing runs any more, or after the bound. */
function emptied(running: Roster<Running>, boundMs: number): Promise<void> {
  if (running.size === 0 || boundMs === 0) return Promise.resolve()
  return new Promise((resolve) => {
    const bound = setTimeout(resolve, boundMs)
    const check = (): void => {
      if (running.size > 0) return
      clearTimeout(bound)
      resolve()
    }
    for (const { response } of running.all) response.once('close', () => setImmediate(check))
  })
}

function clientOf(request: IncomingMessage): Received['client'] {
  const { userAgent, originator } = readHeaders(request.rawHeaders)
  return clientKindOf(userAgent, originator)
}

/** IPv4 addresses in their own form, also on a socket that listens for both families. */
function addressOf(socket: Socket): string {
  const address = socket.remoteAddress ?? ''
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address
}

function sendJson(response: ServerResponse, status: number, value: unknown, headers: readonly string[] = []): void {
  if (response.destroyed) return
  const body = Buffer.from(JSON.stringify(value))
  const ofBody = ['content-type', 'application/json', 'content-length', String(body.length)]
  response.writeHead(status, headers.length === 0 ? ofBody : [...ofBody, ...headers])
  response.end(response.req.method === 'HEAD' ? undefined : body)
}
