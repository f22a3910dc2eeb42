/**
 * What passes of an event stream, and what is read from it. Bytes go on exactly as they came, with one exception: when
 * the gateway itself asked a chat upstream for usage figures, the client does not see them.
 */
import { createChatEventReader, withoutNullUsage } from '../dialects/chat.ts'
import { createResponsesEventReader } from '../dialects/responses.ts'
import { createSseSplitter, MAX_EVENT_BYTES } from '../dialects/sse.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { StreamError } from '../dialects/stream.ts'
import type { TokenUsage } from '../../shared/models/request.ts'

export interface SseRelay {
  /** The bytes to pass on now for this chunk of the upstream; null when there are none yet. */
  push(chunk: Buffer): Buffer | null
  /** At the upstream's end: a last event without its blank line. */
  finish(): Buffer | null
  /** Part of the answer itself has been seen. */
  readonly hasOutput: boolean
  /** A terminal event or an error has been seen: the answer is over. */
  readonly isOver: boolean
  readonly isComplete: boolean
  readonly error: StreamError | null
  /** An event was not what the protocol allows. */
  readonly isGarbled: boolean
  /** The first that came, before any output, was a fault of the upstream: another one may do better. */
  readonly isMendable: boolean
  readonly usage: TokenUsage | null
  /** Output events, near to tokens where a provider reports none. */
  readonly outputEvents: number
  /** The client stands between two events: a keep-alive may be put in. */
  readonly isAtBorder: boolean
}

export function createSseRelay(dialect: Dialect, hideUsage: boolean): SseRelay {
  const splitter = createSseSplitter()
  const reader = dialect === 'responses' ? createResponsesEventReader() : createChatEventReader()
  let outputEvents = 0
  let isTerminal = false
  let failed = false
  let isGarbled = false
  let isMendable = false
  /** Too large an event to be held back whole: from here on the client sees everything. */
  let isRaw = false

  /** Returns what the client may see of the event. */
  function read(event: Buffer): Buffer | null {
    const kind = reader.read(event)
    if (kind === 'output') outputEvents++
    else if (kind === 'terminal') isTerminal = true
    else if (kind === 'error' || kind === 'garbled') readFault(kind)
    if (!hideUsage) return event
    return kind === 'usage' ? null : withoutNullUsage(event)
  }

  function readFault(kind: 'error' | 'garbled'): void {
    if (isTerminal) return
    if (kind === 'error') failed = true
    else isGarbled = true
    if (outputEvents === 0) isMendable ||= kind === 'garbled' || reader.error?.blame !== 'request'
  }

  return {
    push(chunk) {
      const held = hideUsage && !isRaw ? splitter.restBytes : 0
      const overflow = hideUsage && !isRaw && held + chunk.length > MAX_EVENT_BYTES ? splitter.rest() : null
      const events = splitter.push(chunk)
      if (!hideUsage || isRaw || overflow !== null) {
        for (const event of events) read(event)
        isRaw ||= overflow !== null
        return overflow === null ? chunk : Buffer.concat([overflow, chunk])
      }
      const seen = events.map(read).filter((event) => event !== null)
      if (seen.length === 0) return null
      return seen.length === 1 ? (seen[0] ?? null) : Buffer.concat(seen)
    },
    finish() {
      const rest = splitter.rest()
      if (rest.length === 0) return null
      const seen = read(rest)
      return hideUsage && !isRaw ? seen : null
    },
    get hasOutput() {
      return outputEvents > 0 || isTerminal
    },
    get isOver() {
      return isTerminal || failed
    },
    get isComplete() {
      return isTerminal || reader.isComplete()
    },
    get error() {
      return failed ? reader.error : null
    },
    get isGarbled() {
      return isGarbled
    },
    get isMendable() {
      return isMendable
    },
    get usage() {
      return reader.usage
    },
    get outputEvents() {
      return outputEvents
    },
    get isAtBorder() {
      return (hideUsage && !isRaw) || splitter.restBytes === 0
    },
  }
}

const COMMENT = Buffer.from(': keep-alive\n\n')
/** Codex counts the time between events and does not see comments. */
const EVENT = Buffer.from('event: keepalive\ndata: {"type":"keepalive"}\n\n')

export function keepAliveFor(dialect: Dialect, isCodex: boolean): Buffer {
  return dialect === 'responses' && isCodex ? EVENT : COMMENT
}
