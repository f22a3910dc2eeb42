/** A client for tests of the simulator: it keeps what arrived even when the connection breaks. */
import type { Dispatcher } from 'undici'
import { expect } from 'vitest'
import { openDispatcher } from '../../src/main/providers/connection.ts'
import { providerError } from '../../src/main/providers/provider-error.ts'
import type { Simulator } from '../../src/main/providers/simulator/server.ts'

export interface Answer {
  /** Null when the connection broke before the head. */
  readonly status: number | null
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** What arrived, whole or not. */
  readonly text: string
  /** Code of the failure that ended it, null for a clean end. */
  readonly failure: string | null
}

interface CallOptions {
  /** Id of the simulated upstream, `sim` when left out. */
  readonly upstream?: string
  readonly method?: Dispatcher.HttpMethod
  readonly headers?: Record<string, string>
  readonly signal?: AbortSignal
  /** Called with the text so far on each piece. */
  readonly onText?: (text: string) => void
}

export interface SimulatorClient {
  /** A text or bytes as the body go as they are, anything else as JSON. */
  call(path: string, body?: unknown, options?: CallOptions): Promise<Answer>
  close(): Promise<void>
}

export function openClient(simulator: Simulator): SimulatorClient {
  const account = { baseUrl: simulator.baseUrl('sim'), proxyUrl: null, secret: null }
  const dispatcher = openDispatcher(account, { connectTimeoutMs: 5_000 })
  return {
    async call(path, body, options = {}) {
      let status: number | null = null
      let headers: Answer['headers'] = {}
      let text = ''
      try {
        const response = await dispatcher.request({
          path: `/${options.upstream ?? 'sim'}/v1${path}`,
          method: options.method ?? 'POST',
          headers: {
            authorization: `Bearer ${simulator.token}`,
            'content-type': 'application/json',
            ...options.headers,
          },
          body: bytesOf(body),
          signal: options.signal ?? null,
        })
        status = response.statusCode
        headers = response.headers
        for await (const part of response.body as AsyncIterable<Buffer>) {
          text += part.toString('utf8')
          options.onText?.(text)
        }
        return { status, headers, text, failure: null }
      } catch (error) {
        return { status, headers, text, failure: providerError(error, 'It').code }
      }
    },
    close: () => dispatcher.destroy(),
  }
}

function bytesOf(body: unknown): string | Buffer | null {
  if (body === undefined) return null
  return typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
}

interface SseEvent {
  readonly event: string | null
  readonly data: string
}

/** The events of a stream that ended between two of them. */
export function eventsOf(text: string): SseEvent[] {
  if (!text.endsWith('\n\n')) throw new Error('the stream ends inside an event')
  return text
    .slice(0, -2)
    .split('\n\n')
    .map((block) => {
      const lines = block.split('\n')
      const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
      return { event: field('event') ?? null, data: field('data') ?? '' }
    })
}

export const chatBody = { model: 'sim-chat', messages: [{ role: 'user', content: 'say: one two three four' }] }
export const responsesBody = { model: 'sim-chat', input: 'say: one two three four' }
export const shellTool = {
  type: 'function',
  name: 'shell',
  parameters: { type: 'object', properties: { command: { type: 'array' } }, required: ['command'] },
}
/** An id with that beginning. */
export const hex = (prefix: string) => expect.stringMatching(new RegExp(`^${prefix}[0-9a-f]{24,}$`))
