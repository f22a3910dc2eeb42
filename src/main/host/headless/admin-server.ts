/**
 * The operator surface over HTTP: its own port, 127.0.0.1 always, whatever the gateway listens on. The only credential is
 * a session cookie that a one-time link hands out; a Pool key means nothing here. No CORS header is ever sent.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AppError } from '../../../shared/errors.ts'
import { createAttemptLimit } from './attempt-limit.ts'
import type { Core, Dispatch, Subscribe } from './core.ts'
import { exportIdOf, sendExport } from './export-download.ts'
import { createEventStreams } from './event-streams.ts'
import { answerCall, sendEnvelope, sendRefusal, setSecurityHeaders } from './exchange.ts'
import { createSignIns } from './sign-ins.ts'
import { homePage, sendPage, signedOutPage } from './pages.ts'
import type { RendererBundle } from './renderer-bundle.ts'
import { checkSender } from './sender-guard.ts'
import { answerSignIn, readCookie, rememberWanted, setCookie } from './sign-in-endpoint.ts'

export interface AdminDeps {
  readonly dispatch: Dispatch
  readonly subscribe: Subscribe
  /** Without it there is nothing to fetch. */
  readonly openExport?: Core['openExport']
  readonly port: number
  readonly sessionMs: () => number
  /** Shown on the page. */
  readonly baseUrl: string
  readonly version: string
  readonly now?: () => number
  readonly keepAliveMs?: number
  /** The built page; null where there is none, and a bare page takes its place. */
  readonly bundle?: RendererBundle | null
}

export interface AdminServer {
  /** `http://127.0.0.1:4142` */
  readonly url: string
  mintLink(): string
  close(): Promise<void>
}

export async function openAdminServer(deps: AdminDeps): Promise<AdminServer> {
  const surface = createSurface(deps)
  const server = createServer((request, response) => {
    surface.handle(request, response).catch((error: unknown) => sendRefusal(response, error))
  })
  server.headersTimeout = 10_000
  server.requestTimeout = 30_000
  server.maxConnections = 256
  await listen(server, deps.port)
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    mintLink: () => `${url}/sign-in?token=${surface.mintLink()}`,
    close: () =>
      new Promise((resolve) => {
        surface.close()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE' || cause.code === 'EACCES'
      const why = cause.code === 'EACCES' ? 'may not be used by this account' : 'is in use by another program'
      const message = `Port ${port} of the operator surface ${why}. Start with another --admin-port; 0 lets the system choose.`
      reject(taken ? new AppError('port_in_use', message, { details: { port }, cause }) : AppError.from(cause))
    })
    server.listen(port, '127.0.0.1', () => resolve())
  })
}

function createSurface(deps: AdminDeps) {
  const now = deps.now ?? Date.now
  const signIns = createSignIns({ now, sessionMs: deps.sessionMs })
  const limit = createAttemptLimit({ now, most: 10, windowMs: 60_000 })
  const signInDeps = { signIns, limit, sessionMs: deps.sessionMs }
  const streams = createEventStreams({
    subscribe: deps.subscribe,
    keepAliveMs: deps.keepAliveMs ?? 15_000,
    onKeepAlive: prune,
  })

  /** A stream ends when its session does. */
  function prune(): void {
    streams.prune((owner) => signIns.isOpen(owner))
  }

  function signOut(request: IncomingMessage, response: ServerResponse): void {
    signIns.closeSession(readCookie(request))
    prune()
    setCookie(response, '', 0)
    if (String(request.headers.accept ?? '').includes('text/html')) {
      response.writeHead(303, { location: '/' })
      response.end()
    } else sendEnvelope(response, 200, { ok: true, value: {} })
  }

  function openEvents(request: IncomingMessage, response: ServerResponse): void {
    if (!streams.open(response, requireSession(request))) {
      response.setHeader('retry-after', 5)
      throw new AppError('too_many_attempts', 'Too many pages are open at once. Close one and try again.')
    }
  }

  function requireSession(request: IncomingMessage): string {
    const session = signIns.sessionOf(readCookie(request))
    if (session !== null) return session
    throw new AppError('unauthorized', 'There is no session. Open a new sign-in link: `weir status` prints one.')
  }

  /** The page, one of its files, or for a visitor without a session how to get one. */
  function answerPage(path: string, request: IncomingMessage, response: ServerResponse): void {
    const { bundle = null } = deps
    const isSignedIn = signIns.sessionOf(readCookie(request)) !== null
    if (bundle?.has(path) === true) {
      requireSession(request)
      bundle.sendFile(path, response)
    } else if (!isPagePath(path) || (path !== '/' && !wantsPage(request))) {
      throw new AppError('unknown_route', 'The operator surface has no such path.')
    } else if (!isSignedIn) {
      rememberWanted(request, response)
      sendPage(response, 401, signedOutPage())
    } else if (bundle !== null) bundle.sendPage(response)
    else if (path === '/') sendPage(response, 200, homePage(deps))
    else throw new AppError('unknown_route', 'The operator surface has no such path.')
  }

  function answerGet(path: string, request: IncomingMessage, response: ServerResponse): void | Promise<void> {
    const exportId = exportIdOf(path)
    if (exportId === null || deps.openExport === undefined) return answerPage(path, request, response)
    requireSession(request)
    return sendExport(response, deps.openExport(exportId))
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    setSecurityHeaders(response)
    checkSender(request, (request.socket.address() as AddressInfo).port)
    const url = URL.parse(request.url ?? '/', 'http://127.0.0.1')
    if (url === null) throw new AppError('unknown_route', 'The operator surface has no such path.')
    switch (`${request.method} ${url.pathname}`) {
      case 'GET /sign-in':
        return answerSignIn(signInDeps, url.searchParams.get('token') ?? '', request, response)
      case 'POST /sign-out':
        return signOut(request, response)
      case 'GET /events':
        return openEvents(request, response)
      case 'POST /rpc':
        requireSession(request)
        requireJson(request)
        return answerCall(request, response, deps.dispatch, 'operator')
      default:
        if (request.method === 'GET') return answerGet(url.pathname, request, response)
        throw new AppError('unknown_route', 'The operator surface has no such path.')
    }
  }

  return { handle, mintLink: () => signIns.mintLink(), close: () => streams.close() }
}

/** Addresses of the page, such as `/keys/key_1`. Files have a dot and live in the bundle; calls have their own methods. */
function isPagePath(path: string): boolean {
  return /^\/(?!\/)[\w/-]*$/.test(path) && !/^\/(rpc|events|sign-in|sign-out|assets)(\/|$)/.test(path)
}

/** A browser that goes somewhere asks for HTML; a script that asks for a path that is gone gets the envelope. */
function wantsPage(request: IncomingMessage): boolean {
  return String(request.headers.accept ?? '').includes('text/html')
}

/** A form of another page cannot send this type without asking first, and it is never answered. */
function requireJson(request: IncomingMessage): void {
  if (/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) return
  throw new AppError('sender_not_allowed', 'The call was refused: its content type is not application/json.')
}
