/**
 * Errors for LLM clients: status, headers and body. How clients really react decides the form: see the status table. A
 * final refusal carries `x-should-retry: false`, a passing one Retry-After.
 */
import { errorSpec, type AppError } from '../../shared/errors.ts'
import type { ClientKind } from '../../shared/models/request.ts'

export interface ErrorAnswer {
  readonly status: number
  readonly headers: string[]
  readonly body: Buffer
}

/** Seconds a client should wait where nothing better is known. */
const DEFAULT_RETRY_SECONDS = 2
/** Clients give up or ignore longer waits; beyond it a retry is pointless. */
const MAX_WAIT_SECONDS = 60

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

export function statusFor(error: AppError, client: ClientKind): number {
  const spec = errorSpec(error.code)
  return client === 'codex' && spec.codexStatus !== undefined ? spec.codexStatus : spec.status
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
    const seconds = waitMs === null ? DEFAULT_RETRY_SECONDS : Math.max(1, Math.ceil(waitMs / 1_000))
    headers.push('retry-after', String(seconds))
    if (seconds > MAX_WAIT_SECONDS) headers.push('x-should-retry', 'false')
  } else {
    headers.push('x-should-retry', 'false')
  }
  if (requestId !== null) headers.push('x-weir-request-id', requestId)
  const field = error.details?.['field']
  const body = Buffer.from(
    JSON.stringify({
      error: {
        message: error.message,
        type: openaiType(spec.status),
        param: typeof field === 'string' ? field : null,
        code: error.code,
      },
    }),
  )
  headers.push('content-length', String(body.length))
  return { status, headers, body }
}
