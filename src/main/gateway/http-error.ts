/**
 * Errors for LLM clients: status, headers and body. How clients really react decides the form: see the status table. A
 * final refusal carries `x-should-retry: false`, a passing one Retry-After.
 */
import { errorSpec, type AppError } from '../../shared/errors.ts'
import { LimitRefused, MAX_WAIT_MS } from './limit-error.ts'
import { RouteRefusal } from './route-refusal.ts'
import type { ClientKind } from '../../shared/models/request.ts'

export interface ErrorAnswer {
  readonly status: number
  readonly headers: string[]
  readonly body: Buffer
}

/** Seconds a client should wait where nothing better is known. */
const DEFAULT_RETRY_SECONDS = 2

/** Statuses Codex repeats six times although they are final. 400 it believes at once. */
const CODEX_REPEATS: ReadonlySet<number> = new Set([401, 402, 403, 404, 405, 408, 409, 413, 415, 422, 451])

/** The status of a final refusal as this client best understands it. */
export function finalStatus(status: number, client: ClientKind): number {
  return client === 'codex' && CODEX_REPEATS.has(status) ? 400 : status
}

function openaiType(status: number): string {
  if (status === 401) return 'authentication_error'
  if (status === 403) return 'permission_error'
  if (status === 429) return 'rate_limit_error'
  return status >= 500 ? 'server_error' : 'invalid_request_error'
}

/** They repeat a 429 whatever its headers say, and show the message of a 403 at once. */
const REPEATS_429: ReadonlySet<ClientKind> = new Set(['opencode', 'ai-sdk'])

export function statusFor(error: AppError, client: ClientKind): number {
  const spec = errorSpec(error.code)
  if (error instanceof LimitRefused && spec.status === 429 && error.isLong) {
    if (REPEATS_429.has(client)) return 403
    // Codex believes in a limit that has an end; without one, in a 400.
    if (client === 'codex' && error.waitMs === null) return 400
  }
  // The end of an account's quota is as far away as a limit's.
  if (error.code === 'pool_out_of_quota' && REPEATS_429.has(client)) return 403
  return client === 'codex' && spec.codexStatus !== undefined ? spec.codexStatus : spec.status
}

/** What makes Codex stop at once and say when it may go on, instead of asking again and again. */
function codexLimit(error: AppError): { type: string; resets_at: number } | null {
  const endsAt = limitEnd(error)
  return endsAt === null ? null : { type: 'usage_limit_reached', resets_at: Math.ceil(endsAt / 1_000) }
}

function limitEnd(error: AppError): number | null {
  if (error instanceof LimitRefused) return error.isLong ? error.refusal.retryAt : null
  return error instanceof RouteRefusal && error.code === 'pool_out_of_quota' ? error.readyAt : null
}

/** Names of models and keys are the operator's and the client's words: a header takes printable ASCII. */
function headerText(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?')
}

/** Ms until what refused a request ends by itself; null where it does not, or nobody knows. */
export function refusalWait(error: AppError, now: number): number | null {
  if (error instanceof LimitRefused) return error.waitMs
  if (error instanceof RouteRefusal && error.readyAt !== null) return error.readyAt - now
  return null
}

/** In the shape of OpenAI's API, which every client of these routes reads. `waitMs` is until the cause ends by itself. */
export function encodeError(
  error: AppError,
  client: ClientKind,
  requestId: string | null,
  waitMs: number | null,
): ErrorAnswer {
  const spec = errorSpec(error.code)
  const status = statusFor(error, client)
  const headers = ['content-type', 'application/json']
  if (spec.retry === 'later') {
    const isEndless = error instanceof LimitRefused && error.waitMs === null
    const seconds = waitMs === null ? DEFAULT_RETRY_SECONDS : Math.max(1, Math.ceil(waitMs / 1_000))
    if (!isEndless) headers.push('retry-after', String(seconds))
    if (isEndless || seconds * 1_000 > MAX_WAIT_MS) headers.push('x-should-retry', 'false')
  } else {
    headers.push('x-should-retry', 'false')
  }
  if (requestId !== null) headers.push('x-weir-request-id', requestId)
  const field = error.details?.['field']
  const limit = error instanceof LimitRefused ? { limit: error.details } : {}
  const endsAt = client === 'codex' && status === 429 ? codexLimit(error) : null
  // The one place for words that Codex shows beside the time at which its limit ends: its own sentence goes on after them.
  if (endsAt !== null) headers.push('x-codex-promo-message', headerText(error.message.replace(/\.$/, '')))
  const body = Buffer.from(
    JSON.stringify({
      error: {
        message: error.message,
        // OpenCode repeats whatever calls itself a rate limit, so a limit is called what its status says.
        type: openaiType(error instanceof LimitRefused ? status : spec.status),
        param: typeof field === 'string' ? field : null,
        code: error.code,
        ...limit,
        ...endsAt,
      },
    }),
  )
  headers.push('content-length', String(body.length))
  return { status, headers, body }
}
