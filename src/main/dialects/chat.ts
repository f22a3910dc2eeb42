/** Chat Completions: the stream's events, and the usage chunk that is asked for and hidden again. */
import { parseJsonObject, parseObject } from './json.ts'
import { dataStart, DONE, eventData, startsWith } from './sse.ts'
import { endsAsJson, safeCode, toStreamError, type EventKind, type EventReader, type StreamError } from './stream.ts'
import { findUsage } from './usage.ts'
import type { TokenUsage } from '../../shared/models/request.ts'

const NO_EVENT = Buffer.alloc(0)
const ERROR_NAME = Buffer.from('event: error')
const ERROR = Buffer.from('"error"')
const USAGE = Buffer.from('"usage"')
const NULL = Buffer.from('null')
const NO_CHOICES = /"choices"\s*:\s*\[\s*\]/
const FINISHED = /"finish_reason"\s*:\s*"/
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const COLON = 0x3a
const COMMA = 0x2c

export function createChatEventReader(): EventReader {
  let usage: TokenUsage | null = null
  let error: StreamError | null = null
  let hasOutput = false
  /** The last events with choices: whether the answer was finished is asked at the end only. */
  const recent: [Buffer, Buffer, Buffer] = [NO_EVENT, NO_EVENT, NO_EVENT]
  let place = 0

  function readUsage(event: Buffer): boolean {
    if (!event.includes(USAGE)) return false
    const found = findUsage(event)
    if (found !== null) usage = found
    return found !== null
  }

  /** Until the answer begins every event is read whole: after that a fault can't be mended by another upstream. */
  function readStart(chunk: Record<string, unknown> | null): EventKind {
    if (chunk === null) return 'garbled'
    return hasText(chunk) ? 'output' : 'prelude'
  }

  return {
    read(event): EventKind {
      const at = dataStart(event)
      if (at < 0) return 'prelude'
      if (startsWith(event, DONE, at)) return 'terminal'
      const isNamedError = startsWith(event, ERROR_NAME, 0)
      if (isNamedError || event.includes(ERROR)) {
        const chunk = parseObject(eventData(event))
        if (isNamedError || isPresent(chunk['error'])) {
          error = toStreamError(isPresent(chunk['error']) ? chunk['error'] : chunk)
          readUsage(event)
          return 'error'
        }
      }
      if (event[at] !== OPEN_BRACE || !endsAsJson(event, at)) return 'garbled'
      const hasUsage = readUsage(event)
      if (hasUsage && NO_CHOICES.test(event.toString('latin1'))) return 'usage'
      recent[place] = event
      place = (place + 1) % 3
      if (hasOutput) return 'output'
      const kind = readStart(parseJsonObject(eventData(event)))
      hasOutput = kind === 'output'
      return kind
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

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null
}

/** True unless the chunk only opens the message: a role, empty text, no reason to finish. */
function hasText(chunk: Record<string, unknown>): boolean {
  const { choices } = chunk
  if (!Array.isArray(choices)) return true
  return choices.some((choice: unknown) => {
    if (typeof choice !== 'object' || choice === null) return true
    const { delta, finish_reason: reason } = choice as Record<string, unknown>
    if (isPresent(reason) || typeof delta !== 'object' || delta === null) return true
    return Object.entries(delta).some(([name, value]) => name !== 'role' && isPresent(value) && value !== '')
  })
}

/** The event without the `usage: null` that a provider adds to every chunk once usage was asked for. */
export function withoutNullUsage(event: Buffer): Buffer {
  // From the end: that is where providers put it, and a piece of text may be the word itself.
  for (let at = event.lastIndexOf(USAGE); at >= 0; at = at === 0 ? -1 : event.lastIndexOf(USAGE, at - 1)) {
    const range = nullMember(event, at)
    if (range !== null) return Buffer.concat([event.subarray(0, range[0]), event.subarray(range[1])])
  }
  return event
}

/** Start and end of the member whose name stands at `at`, with one of its commas; null unless its value is null. */
function nullMember(event: Buffer, at: number): [number, number] | null {
  const colon = skipBlanks(event, at + USAGE.length)
  if (event[colon] !== COLON) return null
  const value = skipBlanks(event, colon + 1)
  if (!startsWith(event, NULL, value)) return null
  const after = skipBlanks(event, value + NULL.length)
  if (event[after] !== COMMA && event[after] !== CLOSE_BRACE) return null
  let before = at - 1
  while (event[before] === 0x20) before--
  if (event[before] === COMMA) return [before, value + NULL.length]
  // The first member of its object takes the comma behind it along.
  return event[before] === OPEN_BRACE && event[after] === COMMA ? [at, skipBlanks(event, after + 1)] : null
}

function skipBlanks(bytes: Buffer, from: number): number {
  let at = from
  while (bytes[at] === 0x20) at++
  return at
}

/** What an error answer says, for the log: `{"error":{"code","type"}}`. */
export function errorCodeOf(body: unknown): string | null {
  const error = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)['error'] : undefined
  if (typeof error !== 'object' || error === null) return null
  const fields = error as Record<string, unknown>
  return safeCode(fields['code']) ?? safeCode(fields['type'])
}
