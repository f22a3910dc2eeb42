/** Responses: the stream's events by name, or by the `type` in their data where a provider leaves the name out. */
import { parseJsonObject, parseObject } from './json.ts'
import { dataStart, DONE, eventData, eventName, startsWith } from './sse.ts'
import { endsAsJson, toStreamError, type EventKind, type EventReader, type StreamError } from './stream.ts'
import { toTokenUsage } from './usage.ts'
import type { TokenUsage } from '../../shared/models/request.ts'

const KINDS: ReadonlyMap<string, EventKind> = new Map([
  ['response.created', 'prelude'],
  ['response.queued', 'prelude'],
  ['response.in_progress', 'prelude'],
  ['codex.rate_limits', 'quota'],
  ['keepalive', 'prelude'],
  // They open a part of the answer and hold nothing of it.
  ['response.output_item.added', 'prelude'],
  ['response.content_part.added', 'prelude'],
  ['response.reasoning_summary_part.added', 'prelude'],
  ['response.completed', 'terminal'],
  ['response.incomplete', 'terminal'],
  ['response.failed', 'error'],
  ['error', 'error'],
])

const TYPE_NEAR_START = /^\{\s*"type"\s*:\s*"([a-z_.]{1,64})"/

/** `at` is where the event's payload begins. Empty when it names no type. */
export function responsesEventType(event: Buffer, at: number): string {
  const name = eventName(event)
  // Some proxies give every event the standard's default name, `message`.
  if (name !== '' && name !== 'message') return name
  const near = TYPE_NEAR_START.exec(event.toString('latin1', at, Math.min(event.length, at + 100)))
  if (near?.[1] !== undefined) return near[1]
  const type = parseObject(eventData(event))['type']
  return typeof type === 'string' ? type : ''
}

export function createResponsesEventReader(): EventReader {
  let usage: TokenUsage | null = null
  let error: StreamError | null = null
  let hasOutput = false
  let responseId: string | null = null

  return {
    read(event): EventKind {
      const at = dataStart(event)
      if (at < 0 || startsWith(event, DONE, at)) return 'prelude'
      const kind = KINDS.get(responsesEventType(event, at)) ?? 'output'
      if (kind === 'prelude' || kind === 'quota') return endsAsJson(event, at) ? kind : 'garbled'
      if (kind === 'output' && hasOutput) return endsAsJson(event, at) ? kind : 'garbled'
      // The first piece of the answer and its end are read whole: one can still be mended, the other counts.
      const data = parseJsonObject(eventData(event))
      if (data === null) return 'garbled'
      if (kind === 'output') {
        hasOutput = true
        return kind
      }
      const response = data['response']
      const inner = typeof response === 'object' && response !== null ? (response as Record<string, unknown>) : {}
      usage = toTokenUsage(inner['usage']) ?? usage
      if (kind === 'terminal' && typeof inner['id'] === 'string') responseId = inner['id']
      if (kind === 'error') error = toStreamError(inner['error'] ?? data['error'] ?? data)
      return kind
    },
    get usage() {
      return usage
    },
    get responseId() {
      return responseId
    },
    get error() {
      return error
    },
    // Without `response.completed` a client can't tell a whole answer from a broken one, so neither do we.
    isComplete: () => false,
  }
}

/** The id stands first in the answers of every provider. */
const ID_FIRST = /^\s*\{\s*"id"\s*:\s*"([\w.:-]{1,300})"/

/** The id of a response that was answered whole, from its beginning; null where it does not begin with one. */
export function responseIdOf(head: Buffer): string | null {
  return ID_FIRST.exec(head.toString('latin1', 0, Math.min(head.length, 400)))?.[1] ?? null
}
