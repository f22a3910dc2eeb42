/** `GET /sign-in?token=…`: turns a one-time link into a session cookie. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AttemptLimit } from './attempt-limit.ts'
import { badLinkPage, sendPage, signedOutPage, tooManyPage } from './pages.ts'
import type { SignIns } from './sign-ins.ts'

const COOKIE = 'weir_session'
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
  response.writeHead(303, { location: '/' })
  response.end()
}

export function readCookie(request: IncomingMessage): string {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=', 2)
    if (name === COOKIE && value !== undefined) return value
  }
  return ''
}

export function setCookie(response: ServerResponse, value: string, maxAgeSeconds: number): void {
  response.setHeader('set-cookie', `${COOKIE}=${value}; ${ATTRIBUTES}; Max-Age=${maxAgeSeconds}`)
}
