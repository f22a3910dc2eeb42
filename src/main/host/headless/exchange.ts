/** HTTP pieces that the operator surface and the control channel share: security headers, JSON in, envelopes out. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RpcResult } from '../../../shared/contract.ts'
import { AppError, errorSpec } from '../../../shared/errors.ts'
import type { Actor } from '../../../shared/models/audit.ts'
import type { Dispatch } from './core.ts'

const MAX_BODY_BYTES = 1_048_576
const CUT_BYTES = 16 * MAX_BODY_BYTES

const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

const BARE_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

/** On every answer of the operator surface. A page widens the content policy by what it needs. */
export function setSecurityHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
  response.setHeader('content-security-policy', BARE_POLICY)
}

export function sendEnvelope(response: ServerResponse, status: number, result: RpcResult<unknown>): void {
  const body = JSON.stringify(result)
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}

/** A refusal by the host itself, in the envelope that calls are answered with. */
export function sendRefusal(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { code, message, details } = AppError.from(error)
  const body = details === undefined ? { code, message } : { code, message, details }
  sendEnvelope(response, errorSpec(code).status, { ok: false, error: body })
}

/** Reads one call, dispatches it as `actor`, answers. */
export async function answerCall(
  request: IncomingMessage,
  response: ServerResponse,
  dispatch: Dispatch,
  actor: Actor,
): Promise<void> {
  const call = parseCall(await readBody(request))
  sendEnvelope(response, 200, await dispatch(call.route, call.input, { actor }))
}

/** Reads on past the limit without keeping anything, so that the caller gets to read the refusal; then cuts. */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > CUT_BYTES) request.socket.destroy()
    if (size <= MAX_BODY_BYTES) chunks.push(chunk)
  }
  if (size <= MAX_BODY_BYTES) return Buffer.concat(chunks)
  throw new AppError('body_too_large', `The call is larger than ${MAX_BODY_BYTES} bytes.`)
}

function parseCall(body: Buffer): { route: string; input: unknown } {
  let parsed: unknown
  try {
    parsed = JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw new AppError('invalid_json', 'The call is not JSON: send {"route": …, "input": …}.', { cause })
  }
  const route = typeof parsed === 'object' && parsed !== null && 'route' in parsed ? parsed.route : undefined
  if (typeof route !== 'string') {
    throw new AppError('invalid_json', 'The call has no route: send {"route": …, "input": …}.')
  }
  return { route, input: (parsed as { input?: unknown }).input ?? {} }
}
