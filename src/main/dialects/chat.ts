/** Chat Completions: the stream's events, and the usage chunk that is asked for and hidden again. */
import { parseObject } from './json.ts'
import { dataStart, eventData, startsWith } from './sse.ts'
import { safeCode, toStreamError, type EventKind, type EventReader, type StreamError } from './stream.ts'
import { findUsage } from './usage.ts'
import type { TokenUsage } from '../../shared/models/request.ts'

const DONE = Buffer.from('[DONE]')
const ERROR = Buffer.from('{"error"')
const USAGE = Buffer.from('"usage"')
const NO_CHOICES = /"choices"\s*:\s*\[\s*\]/
const FINISHED = /"finish_reason"\s*:\s*"/
const OPEN_BRACE = 0x7b
const COLON = 0x3a

export function createChatEventReader(): EventReader {
  let usage: TokenUsage | null = null
  let error: StreamError | null = null
  /** The last events with choices: whether the answer was finished is asked at the end only. */
  let recent: Buffer[] = []

  function readUsage(event: Buffer): boolean {
    if (!event.includes(USAGE)) return false
    const found = findUsage(event)
    if (found !== null) usage = found
    return found !== null
  }

  return {
    read(event): EventKind {
      const at = dataStart(event)
      if (at < 0) return 'prelude'
      if (startsWith(event, DONE, at)) return 'terminal'
      if (event[at] !== OPEN_BRACE) return 'output'
      if (startsWith(event, ERROR, at)) {
        error = toStreamError(parseObject(eventData(event))['error'])
        return 'error'
      }
      const hasUsage = readUsage(event)
      if (hasUsage && NO_CHOICES.test(event.toString('latin1'))) return 'usage'
      recent.push(event)
      if (recent.length > 3) recent = recent.slice(-3)
      return 'output'
    },
    get usage() {
      return usage
    },
    get error() {
      return error
    },
    isComplete: () => recent.some((event) => FINISHED.test(event.toString('latin1'))),
  }
}

const NULL_USAGE = /,\s*"usage"\s*:\s*null(?=\s*[,}])/

/** The event without the `usage: null` that a provider adds to every chunk once usage was asked for. */
export function withoutNullUsage(event: Buffer): Buffer {
  const at = event.indexOf(USAGE)
  if (at < 0) return event
  let next = at + USAGE.length
  while (event[next] === 0x20) next++
  if (event[next] !== COLON) return event
  // latin1 keeps every byte as one character, so the cut is exact whatever the text holds.
  const text = event.toString('latin1')
  const cut = text.replace(NULL_USAGE, '')
  return cut.length === text.length ? event : Buffer.from(cut, 'latin1')
}

/** What an error answer says, for the log: `{"error":{"code","type"}}`. */
export function errorCodeOf(body: unknown): string | null {
  const error = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)['error'] : undefined
  if (typeof error !== 'object' || error === null) return null
  const fields = error as Record<string, unknown>
  return safeCode(fields['code']) ?? safeCode(fields['type'])
}
