/** Responses: the stream's events by name, or by the `type` in their data where a provider leaves the name out. */
import { parseObject } from './json.ts'
import { dataStart, eventData, eventName } from './sse.ts'
import { toStreamError, type EventKind, type EventReader, type StreamError } from './stream.ts'
import { toTokenUsage } from './usage.ts'
import type { TokenUsage } from '../../shared/models/request.ts'

const KINDS: ReadonlyMap<string, EventKind> = new Map([
  ['response.created', 'prelude'],
  ['response.queued', 'prelude'],
  ['response.in_progress', 'prelude'],
  ['codex.rate_limits', 'prelude'],
  ['keepalive', 'prelude'],
  ['response.completed', 'terminal'],
  ['response.incomplete', 'terminal'],
  ['response.failed', 'error'],
  ['error', 'error'],
])

const TYPE_NEAR_START = /^\{\s*"type"\s*:\s*"([a-z_.]{1,64})"/

function typeOf(event: Buffer): string {
  const name = eventName(event)
  if (name !== '') return name
  const at = dataStart(event)
  if (at < 0) return 'keepalive'
  const near = TYPE_NEAR_START.exec(event.toString('latin1', at, Math.min(event.length, at + 100)))
  if (near?.[1] !== undefined) return near[1]
  const type = parseObject(eventData(event))['type']
  return typeof type === 'string' ? type : ''
}

export function createResponsesEventReader(): EventReader {
  let usage: TokenUsage | null = null
  let error: StreamError | null = null

  return {
    read(event): EventKind {
      const kind = KINDS.get(typeOf(event))
      if (kind === undefined) return 'output'
      if (kind === 'prelude') return kind
      const data = parseObject(eventData(event))
      const response = data['response']
      const inner = typeof response === 'object' && response !== null ? (response as Record<string, unknown>) : {}
      usage = toTokenUsage(inner['usage']) ?? usage
      if (kind === 'error') error = toStreamError(inner['error'] ?? data['error'] ?? data)
      return kind
    },
    get usage() {
      return usage
    },
    get error() {
      return error
    },
    // Without `response.completed` a client can't tell a whole answer from a broken one, so neither do we.
    isComplete: () => false,
  }
}
