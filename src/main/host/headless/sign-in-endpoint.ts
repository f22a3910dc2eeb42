/** `GET /sign-in?token=…`: turns a one-time link into a session cookie. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AttemptLimit } from './attempt-limit.ts'
import { badLinkPage, sendPage, signedOutPage, tooManyPage } from './pages.ts'
import type { SignIns } from './sign-ins.ts'

const COOKIE = 'weir_session'
/** Where a visitor without a session wanted to go. Sent to the sign-in alone, and forgotten after a link's life. */
const WANTED = 'weir_wanted'
const WANTED_SECONDS = 900
const LONGEST_WANTED = 1_000
const ATTRIBUTES = 'Path=/; HttpOnly; SameSite=Strict'

export interface SignInDeps {
  readonly signIns: SignIns
  readonly limit: AttemptLimit
  readonly sessionMs: () => number
}

export function answerSignIn(
  { signIns, limit, sessionMs }: SignInDeps,
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  // A browser that only prepares a page must not use the link up.
  if (/prefetch|prerender/.test(String(request.headers['sec-purpose'] ?? ''))) {
    sendPage(response, 403, signedOutPage())
    return
  }
  const waitMs = limit.waitMs()
  if (waitMs > 0) {
    const seconds = Math.ceil(waitMs / 1_000)
    response.setHeader('retry-after', seconds)
    sendPage(response, 429, tooManyPage(seconds))
    return
  }
  if (!signIns.takeLink(token)) {
    limit.failed()
    sendPage(response, 401, badLinkPage())
    return
  }
  setCookie(response, signIns.openSession(), Math.floor(sessionMs() / 1_000))
  const wanted = readWanted(request)
  if (wanted !== '/') response.appendHeader('set-cookie', wantedCookie('', 0))
  response.writeHead(303, { location: wanted })
  response.end()
}

export function readCookie(request: IncomingMessage): string {
  return cookieOf(request, COOKIE)
}

/** Keeps the address that a visitor without a session asked for, so that the sign-in leads there. */
export function rememberWanted(request: IncomingMessage, response: ServerResponse): void {
  const path = request.url ?? '/'
  if (path === '/' || path.length > LONGEST_WANTED) return
  response.appendHeader('set-cookie', wantedCookie(encodeURIComponent(path), WANTED_SECONDS))
}

/** Only ever a path of our own: the cookie may have been set by another program on this machine's name. */
function readWanted(request: IncomingMessage): string {
  const base = 'http://127.0.0.1'
  try {
    const url = new URL(decodeURIComponent(cookieOf(request, WANTED)), base)
    const path = `${url.pathname}${url.search}`
    return url.origin === base && /^\/(?!\/)[\w/-]*$/.test(url.pathname) ? path : '/'
  } catch {
    // Not an address, so nowhere in particular.
    return '/'
  }
}

function wantedCookie(value: string, maxAgeSeconds: number): string {
  return `${WANTED}=${value}; Path=/sign-in; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}`
}

function cookieOf(request: IncomingMessage, wanted: string): string {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=', 2)
    if (name === wanted && value !== undefined) return value
  }
  return ''
}

export function setCookie(response: ServerResponse, value: string, maxAgeSeconds: number): void {
  response.setHeader('set-cookie', `${COOKIE}=${value}; ${ATTRIBUTES}; Max-Age=${maxAgeSeconds}`)
}
