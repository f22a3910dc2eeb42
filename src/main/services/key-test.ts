/**
 * Tries a key as a client would: one small request to Weir's own gateway, over a socket, with the secret that was just
 * made. The secret is in this call's memory only; of the answer nothing is kept but how it ended. What the gateway says
 * is told in its own words; what an upstream says is not, because that is content.
 */
import { Agent, request, type Dispatcher } from 'undici'
import { AppError, errorCodes, errorSpec, type ErrorCode } from '../../shared/errors.ts'
import type { KeyTestResult } from '../../shared/models/key.ts'
import { factsOf } from './sanitise.ts'

export interface KeyTestService {
  /** Throws `instance_not_running` where the gateway does not listen; else how it ended is the result. */
  test(secret: string, model: string | undefined): Promise<KeyTestResult>
}

/** An operator waits for it; a slow provider may need this long for its first word. */
const TEST_TIMEOUT_MS = 60_000
/** Errors and lists of models are far smaller; the rest of a longer body is read and let go. */
const MAX_READ_BYTES = 1024 * 1024
/** The least that every provider takes. */
const MAX_OUTPUT_TOKENS = 16
const USER_AGENT = 'weir-key-test'

const EMBEDDING_MODEL = /embed/i
/** OpenAI's reasoning models refuse `max_tokens`; many compatible servers know nothing else. */
const WANTS_COMPLETION_TOKENS = /^(?:gpt-[5-9]|o\d|codex|chatgpt)/i

interface Ask {
  readonly route: string
  readonly body: Record<string, unknown> | null
}

interface Heard {
  readonly status: number
  readonly requestId: string | null
  readonly latencyMs: number
  readonly body: unknown
}

function askFor(model: string): Ask {
  if (EMBEDDING_MODEL.test(model)) return { route: '/v1/embeddings', body: { model, input: 'Hello' } }
  const bound = WANTS_COMPLETION_TOKENS.test(model) ? 'max_completion_tokens' : 'max_tokens'
  const messages = [{ role: 'user', content: 'Reply with the word ok.' }]
  return { route: '/v1/chat/completions', body: { model, messages, [bound]: MAX_OUTPUT_TOKENS } }
}

async function readAll(body: Dispatcher.ResponseData['body']): Promise<unknown> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of body as AsyncIterable<Buffer>) {
    size += part.length
    if (size <= MAX_READ_BYTES) parts.push(part)
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'))
  } catch {
    // The parser's message quotes the body. What is no JSON has no code to look for.
    return null
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

function textOf(value: unknown, name: string): string | null {
  const text = member(value, name)
  return typeof text === 'string' ? text : null
}

function modelIds(body: unknown): string[] {
  const rows = member(body, 'data')
  return Array.isArray(rows) ? rows.flatMap((row) => textOf(row, 'id') ?? []) : []
}

/** The first that talks; an embedding model is the last resort. */
function firstModel(ids: readonly string[]): string | null {
  return ids.find((id) => !EMBEDDING_MODEL.test(id)) ?? ids[0] ?? null
}

function knownCode(code: string | null): ErrorCode | null {
  return errorCodes.find((known) => known === code) ?? null
}

/** The gateway breaks the connection where an upstream breaks off within its answer. */
const BROKEN = {
  error: { code: 'upstream_reset', message: 'The connection was broken before the answer was complete.' },
}
const LATE = {
  error: {
    code: 'upstream_timeout',
    message: `There was no complete answer within ${String(TEST_TIMEOUT_MS / 1_000)} s.`,
  },
}

/** The request as the other kind of model wants its bound; null where that would change nothing. */
function otherBound({ route, body }: Ask): Ask | null {
  if (body === null || route !== '/v1/chat/completions') return null
  const { max_tokens: _, max_completion_tokens: __, ...rest } = body
  const bound = 'max_tokens' in body ? 'max_completion_tokens' : 'max_tokens'
  return { route, body: { ...rest, [bound]: MAX_OUTPUT_TOKENS } }
}

function resultOf(ask: Ask, model: string | null, heard: Heard): KeyTestResult {
  const { status, requestId } = heard
  const base = { route: ask.route, status, model, latencyMs: Math.round(heard.latencyMs), requestId }
  if (status === 200) {
    const message =
      model === null
        ? 'The key works, but there is no model that it could use yet.'
        : `The key works: ${model} answered.`
    return { ...base, ok: true, errorCode: null, message, next: null }
  }
  const error = member(heard.body, 'error')
  const code = knownCode(textOf(error, 'code'))
  if (code === null) {
    const message = `The upstream refused the request itself with status ${String(status)}.`
    const next = 'Try another model. The request log names the upstream and its answer’s code.'
    return { ...base, ok: false, errorCode: 'upstream_rejected', message, next }
  }
  const words = factsOf({ message: textOf(error, 'message') ?? errorSpec(code).meaning }, ['message'])['message']
  return { ...base, ok: false, errorCode: code, message: String(words), next: errorSpec(code).next }
}

export function createKeyTestService(deps: {
  /** Where the gateway listens, without `/v1`; null while it does not. */
  readonly gatewayUrl: () => Promise<string | null> | string | null
}): KeyTestService {
  async function send(url: string, secret: string, ask: Ask, dispatcher: Dispatcher): Promise<Heard> {
    const startedAt = performance.now()
    const headers = { authorization: `Bearer ${secret}`, 'user-agent': USER_AGENT }
    const sent =
      ask.body === null
        ? ({ method: 'GET', headers } as const)
        : ({
            method: 'POST',
            headers: { ...headers, 'content-type': 'application/json' },
            body: JSON.stringify(ask.body),
          } as const)
    try {
      const signal = AbortSignal.timeout(TEST_TIMEOUT_MS)
      const answer = await request(`${url}${ask.route}`, { ...sent, signal, dispatcher })
      const body = await readAll(answer.body)
      const id = answer.headers['x-weir-request-id']
      const latencyMs = performance.now() - startedAt
      return { status: answer.statusCode, requestId: typeof id === 'string' ? id : null, latencyMs, body }
    } catch (error) {
      const isLate = error instanceof Error && error.name === 'TimeoutError'
      return { status: 0, requestId: null, latencyMs: performance.now() - startedAt, body: isLate ? LATE : BROKEN }
    }
  }

  /** A name says little about what is behind it, an alias least, so a refused bound is tried in its other form. */
  async function ask(url: string, secret: string, model: string, dispatcher: Dispatcher): Promise<KeyTestResult> {
    const first = askFor(model)
    const result = resultOf(first, model, await send(url, secret, first, dispatcher))
    const second = otherBound(first)
    if (result.status !== 400 || result.errorCode !== 'upstream_rejected' || second === null) return result
    return resultOf(second, model, await send(url, secret, second, dispatcher))
  }

  return {
    async test(secret, model) {
      const url = await deps.gatewayUrl()
      if (url === null) {
        throw new AppError('instance_not_running', 'The gateway does not listen, so a key cannot be tried. Start Weir.')
      }
      const dispatcher = new Agent({ connections: 1 })
      try {
        if (model !== undefined) return await ask(url, secret, model, dispatcher)
        const list: Ask = { route: '/v1/models', body: null }
        const heard = await send(url, secret, list, dispatcher)
        const first = heard.status === 200 ? firstModel(modelIds(heard.body)) : null
        return first === null ? resultOf(list, null, heard) : await ask(url, secret, first, dispatcher)
      } finally {
        await dispatcher.destroy()
      }
    },
  }
}
