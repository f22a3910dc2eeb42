/**
 * What passes of an event stream, and what is read from it. Bytes go on exactly as they came, with three exceptions: when
 * the gateway itself asked a chat upstream for usage figures, the client does not see them; nor does it see how one
 * account of its Pool stands; and a stream that goes beyond the cap of its key gets an end of ours.
 */
import { createChatEventReader, withoutNullUsage } from '../dialects/chat.ts'
import { createPlainEventReader } from '../dialects/plain-events.ts'
import { createResponsesEventReader } from '../dialects/responses.ts'
import { createSseSplitter, MAX_EVENT_BYTES } from '../dialects/sse.ts'
import { createOutputMeter } from './output-meter.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { EventReader, StreamError } from '../dialects/stream.ts'
import type { TokenUsage } from '../../shared/models/request.ts'
import type { QuotaNotes } from '../providers/quota-view.ts'
import type { AnswerCap, AttemptJob } from './answer.ts'

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
  /** What a later request may go on from; null where nothing, or not yet. */
  readonly responseId: string | null
  /** Output tokens by estimate, for a provider that reports none: as many as events, or as the meter says under a cap. */
  readonly seenOutput: number
  /** What was handed out last ended the stream at the cap: nothing more may pass. */
  readonly isCapped: boolean
  /** The client stands between two events: a keep-alive may be put in. */
  readonly isAtBorder: boolean
}

export interface RelayOptions {
  /** Null or left out where no cap applies. */
  readonly cap?: AnswerCap | null
  /** Hears the events that say how the account stands, and the client does not; null or left out where they pass. */
  readonly quota?: Pick<QuotaNotes, 'event'> | null
  /** The stream of a route that passes as it is, whatever the dialect of its request. */
  readonly isPlain?: boolean
}

export function relayOptions({ cap, quota, hidesQuota, plain = null }: AttemptJob): RelayOptions {
  if (plain !== null) return { isPlain: true }
  return { cap: cap ?? null, quota: hidesQuota === true ? quota : null }
}

export function createSseRelay(dialect: Dialect, hideUsage: boolean, options: RelayOptions = {}): SseRelay {
  const { cap = null, quota = null, isPlain = false } = options
  const splitter = createSseSplitter()
  const meter = cap === null ? null : createOutputMeter(dialect, cap, !hideUsage)
  /** Where events may be changed, only whole ones pass. */
  const byEvent = hideUsage || meter !== null || quota !== null
  const reader = isPlain ? createPlainEventReader() : readerOf(dialect)
  let outputEvents = 0
  let isTerminal = false
  let failed = false
  let isGarbled = false
  let isMendable = false
  /** Too large an event to be held back whole: from here on the client sees everything. */
  let isRaw = false
  let isCapped = false

  /** Returns what the client may see of the event. */
  function read(event: Buffer): Buffer | null {
    const kind = reader.read(event)
    if (kind === 'output') outputEvents++
    else if (kind === 'terminal') isTerminal = true
    else if (kind === 'error' || kind === 'garbled') readFault(kind)
    else if (kind === 'quota' && quota !== null) {
      quota.event(event)
      return null
    }
    if (meter !== null && !isRaw && (kind === 'output' || kind === 'prelude')) {
      const end = meter.read(event, reader.usage)
      isCapped = end !== null
      if (end !== null) return end
    }
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
      const held = byEvent && !isRaw ? splitter.restBytes : 0
      const isWhole = held === 0
      const overflow = byEvent && !isRaw && held + chunk.length > MAX_EVENT_BYTES ? splitter.rest() : null
      isRaw ||= overflow !== null
      const events = splitter.push(chunk)
      if (!byEvent || isRaw) {
        for (const event of events) read(event)
        return overflow === null ? chunk : Buffer.concat([overflow, chunk])
      }
      const seen: Buffer[] = []
      let isChanged = false
      for (const event of events) {
        const part = read(event)
        if (part !== null) seen.push(part)
        isChanged ||= part !== event
        if (isCapped) break
      }
      // Nothing was taken out, and nothing is held back: the events need not be put together again.
      if (isWhole && !isChanged && splitter.restBytes === 0) return chunk
      if (seen.length === 0) return null
      return seen.length === 1 ? (seen[0] ?? null) : Buffer.concat(seen)
    },
    finish() {
      const rest = splitter.rest()
      if (rest.length === 0) return null
      const seen = read(rest)
      return byEvent && !isRaw ? seen : null
    },
    get hasOutput() {
      return outputEvents > 0 || isTerminal
    },
    get isOver() {
      return isTerminal || failed
    },
    get isComplete() {
      return isTerminal || isCapped || reader.isComplete()
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
      const { usage } = reader
      // Figures from early in a stream that was ended later are not the whole.
      return isCapped && meter !== null && usage !== null && usage.output < meter.atLeast ? null : usage
    },
    get responseId() {
      return reader.responseId ?? null
    },
    get seenOutput() {
      return meter === null ? outputEvents : Math.max(outputEvents, meter.estimate)
    },
    get isCapped() {
      return isCapped
    },
    get isAtBorder() {
      return (byEvent && !isRaw) || splitter.restBytes === 0
    },
  }
}

function readerOf(dialect: Dialect): EventReader {
  return dialect === 'responses' ? createResponsesEventReader() : createChatEventReader()
}

const COMMENT = Buffer.from(': keep-alive\n\n')
/** Codex counts the time between events and does not see comments. */
const EVENT = Buffer.from('event: keepalive\ndata: {"type":"keepalive"}\n\n')

export function keepAliveFor(dialect: Dialect, isCodex: boolean): Buffer {
  return dialect === 'responses' && isCodex ? EVENT : COMMENT
}
