/**
 * Errors as frames. Always with a numeric status: Codex waits for ever behind an error that has none. Headers of an
 * answer over HTTP travel in the frame, which is where Codex looks for Retry-After.
 */
import type { AppError } from '../../../shared/errors.ts'
import type { ClientKind } from '../../../shared/models/request.ts'
import { isObject, parseJsonObject, type JsonObject } from '../../dialects/json.ts'
import { toStreamError } from '../../dialects/stream.ts'
import { encodeError } from '../http-error.ts'

/** Of the framing of HTTP, or said better by the frame itself. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'content-type',
  'content-length',
  'connection',
  'transfer-encoding',
  'date',
])

function headersOf(flat: readonly string[]): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {}
  for (let i = 0; i < flat.length; i += 2) {
    const name = (flat[i] ?? '').toLowerCase()
    if (!LEFT_OUT.has(name)) headers[name] = flat[i + 1] ?? ''
  }
  return headers
}

/** Providers write it in more than one way; clients look for `message` and `code` in an object. */
function errorIn(body: JsonObject | null): JsonObject {
  const { error = null, detail = null } = body ?? {}
  if (isObject(error)) return error
  const message = [error, detail].find((text) => typeof text === 'string') ?? null
  if (message !== null || body === null) return { message, type: null, param: null, code: null }
  return body
}

/** What over HTTP is an answer with this status, these headers (flat) and this body. */
export function errorFrame(status: number, headers: readonly string[], body: Buffer): string {
  const error = errorIn(parseJsonObject(body.toString('utf8')))
  return JSON.stringify({ type: 'error', status, error, headers: headersOf(headers) })
}

/** An error of the gateway's own. `requestId` is null where no request of the log stands behind it. */
export function errorFrameOf(error: AppError, client: ClientKind, requestId: string | null): string {
  const { status, headers, body } = encodeError(error, client, requestId, null)
  return errorFrame(status, headers, body)
}

const STATUS_BY_BLAME = { request: 400, account: 429, provider: 502 } as const

/** The `error` event of a stream, which need not have a status, as a frame that has one. */
export function errorFrameOfEvent(data: JsonObject): string {
  const { type: _type, status, sequence_number: sequence, headers, ...rest } = data
  const error = errorIn(rest)
  const known = typeof status === 'number' ? status : STATUS_BY_BLAME[toStreamError(error).blame]
  return JSON.stringify({ type: 'error', status: known, error, headers, sequence_number: sequence })
}
