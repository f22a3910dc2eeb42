/**
 * The one place that reads undici's and the socket's errors. Only a low-level code goes on: their messages may hold an
 * address with credentials or pieces of what was sent.
 */
import { AppError, type ErrorCode } from '../../shared/errors.ts'

type UpstreamErrorCode = Extract<ErrorCode, `upstream_${string}`>

interface Reading {
  readonly code: UpstreamErrorCode
  readonly what: string
}

const unreachable = (what: string): Reading => ({ code: 'upstream_unreachable', what })
const reset: Reading = { code: 'upstream_reset', what: 'broke the connection before its answer was complete' }
const garbled: Reading = { code: 'upstream_bad_response', what: 'answered with something that is not valid HTTP' }
const late: Reading = { code: 'upstream_timeout', what: 'did not answer in time' }
const aborted: Reading = { code: 'upstream_reset', what: 'was called off before its answer was complete' }
const tls = unreachable('cannot be reached: the TLS handshake or its certificate failed')
const noRoute = unreachable('cannot be reached: there is no way to its network')
const slow = unreachable('cannot be reached: the connection was not made in time')
const proxy = unreachable('cannot be reached: its proxy refused or broke the connection')

const readings: Readonly<Record<string, Reading>> = {
  ECONNREFUSED: unreachable('cannot be reached: the connection was refused'),
  ENOTFOUND: unreachable('cannot be reached: its host name does not exist'),
  EAI_AGAIN: unreachable('cannot be reached: its host name could not be looked up'),
  ETIMEDOUT: slow,
  UND_ERR_CONNECT_TIMEOUT: slow,
  EHOSTUNREACH: noRoute,
  ENETUNREACH: noRoute,
  ENETDOWN: noRoute,
  EADDRNOTAVAIL: noRoute,
  EACCES: noRoute,
  EPERM: noRoute,
  EPROTO: tls,
  UND_ERR_PRX_TLS: tls,
  UND_ERR_PRX_CONN: proxy,
  ECONNRESET: reset,
  ECONNABORTED: reset,
  EPIPE: reset,
  ERR_STREAM_PREMATURE_CLOSE: reset,
  UND_ERR_SOCKET: reset,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: reset,
  UND_ERR_CLOSED: aborted,
  UND_ERR_DESTROYED: aborted,
  UND_ERR_ABORTED: aborted,
  ABORT_ERR: aborted,
  UND_ERR_HEADERS_OVERFLOW: garbled,
  UND_ERR_RES_EXCEEDED_MAX_SIZE: garbled,
  UND_ERR_HEADERS_TIMEOUT: late,
  UND_ERR_BODY_TIMEOUT: late,
  TIMEOUT_ERR: late,
}

const tlsCode = /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH)/
/** undici tells of a refusing proxy in words only. */
const proxyStatus = /^Proxy response \((\d{3})\)|^Proxy Authentication Required \((407)\)/

function readingOf(code: string): Reading | undefined {
  if (code.startsWith('HPE_')) return garbled
  if (tlsCode.test(code)) return tls
  return readings[code]
}

/** Every code of an error, from the outside in: wrappers first, the socket's own last. undici's parser has none. */
function codesOf(error: unknown): string[] {
  const codes: string[] = []
  let current: unknown = error
  for (let depth = 0; depth < 6 && current instanceof Error; depth += 1) {
    if ('code' in current && typeof current.code === 'string') codes.push(current.code)
    else if (current.name === 'HTTPParserError') codes.push('HPE_INVALID')
    else if (current.name === 'TimeoutError') codes.push('TIMEOUT_ERR')
    else if (current.name === 'AbortError') codes.push('ABORT_ERR')
    current = current instanceof AggregateError ? current.errors[0] : current.cause
  }
  return codes
}

function refusalOf(error: unknown): string | undefined {
  const match = error instanceof Error ? proxyStatus.exec(error.message) : null
  return match?.[1] ?? match?.[2]
}

/**
 * What a failed call to an upstream means. `label` names the upstream to the reader. `details.cause` is the low-level
 * code, fit for the request log. What is no network error at all becomes `internal`.
 */
export function providerError(error: unknown, label: string): AppError {
  if (error instanceof AppError) return error
  const refusal = refusalOf(error)
  if (refusal !== undefined) {
    const advice = refusal === '407' ? 'it wants valid credentials' : `it answered ${refusal}`
    return new AppError('upstream_unreachable', `${label} cannot be reached through its proxy: ${advice}.`, {
      details: { cause: `proxy ${refusal}` },
      cause: error,
    })
  }
  const codes = codesOf(error)
  const known = codes.find((code) => readingOf(code) !== undefined)
  const reading = known === undefined ? undefined : readingOf(known)
  if (reading === undefined) return AppError.from(error)
  const cause = codes.at(-1) ?? known ?? 'unknown'
  // A parser's error carries the bytes it choked on, which may be content: it goes no further.
  const inner = reading === garbled ? {} : { cause: error }
  return new AppError(reading.code, `${label} ${reading.what} (${cause}).`, { details: { cause }, ...inner })
}
