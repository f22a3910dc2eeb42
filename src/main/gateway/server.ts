/** The listener: takes a connection's request, finds its route, hands it over, and drains at shutdown. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { AppError } from '../../shared/errors.ts'
import { createRequestIds } from '../../shared/request-id.ts'
import { identify, tellOldSecret, type Asking, type Caller } from './admit.ts'
import { readBody } from './body.ts'
import { addressOf } from './client-address.ts'
import { clientKindOf } from './client-kind.ts'
import { accountsPage } from './codex-accounts.ts'
import type { CodexUsage } from './codex-usage.ts'
import { busyRefusal, shuttingDown } from './door.ts'
import { createGuard } from './guard.ts'
import { encodeError } from './http-error.ts'
import { HttpStream } from './http-stream.ts'
import { serverOptions } from './listen.ts'
import { createListeners } from './listeners.ts'
import { oneModel, sendModels } from './models-route.ts'
import { serve, type PipelineDeps } from './pipeline.ts'
import { plainAskOf } from './plain.ts'
import { isPlainName } from './plain-routes.ts'
import { readHeaders, type RequestHeaders } from './request-headers.ts'
import { matchRoute, type RouteMatch } from './router.ts'
import { createRunning, type Work } from './running.ts'
import { lendToken } from './token-route.ts'
import { createClientSockets } from './ws/client-sockets.ts'
import { createUnsettled } from './unsettled.ts'
import type { UpstreamSockets } from './ws/socket-dispatcher.ts'
import type { Socket } from 'node:net'
import type { MintToken } from './ports.ts'
import type { Received } from './stages.ts'

export interface GatewayDeps extends PipelineDeps {
  /** The newest request id already in the log. */
  readonly lastRequestId: number
  /** Answers `GET /v1/usage` for one caller. Reads the log, off the event loop. */
  readonly usageOf: (caller: Caller) => Promise<unknown>
  readonly mintToken: MintToken
  readonly codexUsage: CodexUsage
  readonly sockets: Pick<UpstreamSockets, 'carrierOf' | 'leave'>
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

export function createGateway(deps: GatewayDeps): Gateway {
  const nextId = createRequestIds(deps.lastRequestId)
  const guard = createGuard()
  const running = createRunning()
  const unsettled = createUnsettled()
  let isClosing = false
  let isCutting = false
  const sockets = createClientSockets({
    ...deps,
    nextId,
    running,
    track: unsettled.add,
    whyGone,
    guard: (headers) => guard(headers, deps.directory.settings),
    isClosing: () => isClosing,
    socketClosed(id) {
      deps.affinity.socketClosed(id)
      deps.sockets.leave(id)
    },
  })

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
    const plain = plainAskOf(match, headers, request.url ?? '')
    const limit = plain?.spec.isUpload === true ? 'gateway.maxUploadBytes' : 'gateway.maxBodyBytes'
    return {
      id: nextId(at),
      at,
      startedAt: deps.now(),
      dialect: match.route.name === 'chat' || match.route.name === 'embeddings' ? match.route.name : 'responses',
      ...(plain === null ? {} : { plain }),
      path: match.route.path,
      request,
      headers,
      readBody: (bodyDeps) => readBody(request, headers, { ...bodyDeps, limit }),
      response,
      side: new HttpStream(response, deps.now, deps.directory.settings['gateway.clientStallMs']),
      socket: null,
      client: clientKindOf(headers.userAgent, headers.originator),
      clientIp: addressOf(request.socket),
      whyGone,
    }
  }

  function askingOf(headers: RequestHeaders, request: IncomingMessage): Asking {
    return { headers, request, clientIp: addressOf(request.socket), at: deps.clock() }
  }

  function callerOf(headers: RequestHeaders, response: ServerResponse): Caller {
    return identify(deps.directory, askingOf(headers, response.req), (opened) => tellOldSecret(opened, response))
  }

  async function read(match: RouteMatch, headers: RequestHeaders, response: ServerResponse): Promise<unknown> {
    const caller = callerOf(headers, response)
    if (match.route.name === 'usage') return deps.usageOf(caller)
    if (match.route.name === 'codexUsage') return deps.codexUsage.page(caller)
    if (match.route.name === 'codexAccounts')
      return accountsPage(response.req, caller.pool, deps.codexUsage.plan(caller))
    return oneModel(caller, deps.directory, match.id ?? '')
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
    if (isClosing) throw shuttingDown()
    if (name === 'models') return sendModels(response, callerOf(headers, response), deps.directory)
    if (method === 'GET' && !isPlainName(name)) {
      read(match, headers, response).then(
        (body) => sendJson(response, 200, body),
        (error: unknown) => sendError(request, response, error),
      )
      return
    }
    const busy = busyRefusal(running.size, settings)
    if (busy !== null) throw busy
    const work: Work = { place: -1, cut: () => cut(response) }
    response.on('close', () => running.remove(work))
    running.add(work)
    unsettled.add(
      name === 'tokens' ? lend(headers, response) : serve(deps, received(match, headers, request, response)),
    )
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

  const options = serverOptions(deps.directory.settings)
  const listeners = createListeners(() => {
    const server = createServer(options, onRequest)
    return server.on('upgrade', (request, socket, head) => sockets.upgrade(server, request, socket as Socket, head))
  })

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
      sockets.leave()
      await running.emptied(drainMs)
      isCutting = true
      const cut = running.cutAll()
      listeners.closeAllConnections()
      await sockets.close()
      await closed
      // Their rows are settled as the connections close; whoever closes the log next must find them done.
      await unsettled.emptied()
      return { cut }
    },
  }
}

function cut(response: ServerResponse): void {
  if (response.socket === null) response.destroy()
  else response.socket.resetAndDestroy()
}

function clientOf(request: IncomingMessage): Received['client'] {
  const { userAgent, originator } = readHeaders(request.rawHeaders)
  return clientKindOf(userAgent, originator)
}

function sendJson(response: ServerResponse, status: number, value: unknown, headers: readonly string[] = []): void {
  if (response.destroyed) return
  const body = Buffer.from(JSON.stringify(value))
  const ofBody = ['content-type', 'application/json', 'content-length', String(body.length)]
  response.writeHead(status, headers.length === 0 ? ofBody : [...ofBody, ...headers])
  response.end(response.req.method === 'HEAD' ? undefined : body)
}
