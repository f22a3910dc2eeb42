/**
 * Where a browser is sent back to after a sign-in: this machine only, and only while a sign-in waits. It answers one path
 * with a small page that holds neither a script nor anything of the sign-in.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AppError } from '../../../shared/errors.ts'
import { CALLBACK_PATH } from './callback-url.ts'

export interface CallbackListener {
  /** Opens it where it is not open. Returns the port, or null with the reason. */
  open(port: number): Promise<{ port: number; problem: null } | { port: null; problem: string }>
  close(): Promise<void>
}

/** Takes the query of a call. Resolves when the account is in, rejects with an AppError when it is not. */
export type OnCallback = (query: URLSearchParams) => Promise<void>

const MAX_HEADER_BYTES = 16_384
const TIMEOUT_MS = 60_000
const CLOSE_MS = 2_000

function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
}

function listenOn(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, exclusive: true, ipv6Only: host === '::1' }, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

function page(title: string, text: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title} - Weir</title><meta name="color-scheme" content="light dark"></head>
<body><h1>${title}</h1><p>${text}</p></body>
</html>
`
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    connection: 'close',
  })
  response.end(body)
}

/** Another name for this machine may be somebody's who wants to read the answer. */
function isOwnHost(host: string | undefined, port: number): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].some((name) => host === `${name}:${port}`)
}

async function serve(request: IncomingMessage, response: ServerResponse, onCallback: OnCallback): Promise<void> {
  const port = request.socket.localPort ?? 0
  const url = URL.parse(request.url ?? '/', 'http://localhost')
  if (!isOwnHost(request.headers.host, port) || request.method !== 'GET' || url?.pathname !== CALLBACK_PATH) {
    answer(response, 404, page('Nothing here', 'Weir waits for a sign-in on this port, and for nothing else.'))
    return
  }
  try {
    await onCallback(url.searchParams)
    answer(response, 200, page('Signed in', 'The account is in Weir. You can close this window.'))
  } catch (thrown) {
    const { code } = AppError.from(thrown)
    const text = `Weir could not finish the sign-in (${code}). Go back to Weir, which says what to do.`
    answer(response, 400, page('Not signed in', text))
  }
}

export function createCallbackListener(onCallback: OnCallback): CallbackListener {
  let servers: Server[] = []
  let port: number | null = null
  let turn: Promise<unknown> = Promise.resolve()

  /** Opening and closing never overlap. */
  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const run = turn.then(task, task)
    turn = run.catch(() => undefined)
    return run
  }

  function newServer(): Server {
    const limits = { maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS }
    const server = createServer(limits, (request, response) => void serve(request, response, onCallback))
    server.maxConnections = 20
    servers.push(server)
    return server
  }

  async function closeAll(): Promise<void> {
    const open = servers
    servers = []
    port = null
    // The browser gets its page; a connection that says nothing is not waited for.
    const timer = setTimeout(() => open.forEach((server) => server.closeAllConnections()), CLOSE_MS)
    await Promise.all(
      open.map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve())
            server.closeIdleConnections()
          }),
      ),
    )
    clearTimeout(timer)
  }

  return {
    open: (wanted) =>
      inTurn(async () => {
        if (port !== null) return { port, problem: null }
        try {
          const bound = await listenOn(newServer(), '127.0.0.1', wanted)
          try {
            await listenOn(newServer(), '::1', bound)
          } catch (error) {
            // A machine without IPv6 needs none; but where somebody else has the port there, a browser may go to him.
            if (errnoOf(error) === 'EADDRINUSE') throw error
            servers.pop()
          }
          port = bound
          return { port: bound, problem: null }
        } catch (error) {
          await closeAll()
          const why =
            errnoOf(error) === 'EADDRINUSE' ? 'another program has it' : `it cannot be opened (${errnoOf(error)})`
          const problem = `Weir cannot listen on port ${wanted}: ${why}. After signing in, copy the address of the page that fails to open, and paste it.`
          return { port: null, problem }
        }
      }),
    close: () => inTurn(closeAll),
  }
}
