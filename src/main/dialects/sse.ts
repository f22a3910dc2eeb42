/**
 * Cuts a stream of server-sent events into events at arbitrary chunk borders, without decoding text: a border inside a
 * UTF-8 character or inside `data:` makes no difference. Events are handed out as the bytes they came as, their closing
 * blank line included. Lines may end in LF or CRLF, as the stream's first line does.
 */

const LF = 0x0a
const CR = 0x0d
const LF_END = Buffer.from('\n\n')
const CRLF_END = Buffer.from('\r\n\r\n')

/** An event larger than this is no longer collected, only passed on: memory per stream stays bounded. */
const MAX_EVENT_BYTES = 16 * 1024 * 1024

export interface SseSplitter {
  /** Every event that this chunk completes, in order. */
  push(chunk: Buffer): readonly Buffer[]
  /** What has come of an event that is not complete yet; empty exactly at an event border. */
  rest(): Buffer
  readonly restBytes: number
}

export function createSseSplitter(): SseSplitter {
  let end: Buffer | null = null
  let pieces: Buffer[] = []
  let restBytes = 0

  /** The few bytes before the chunk that may begin the blank line which the chunk finishes. */
  function seam(chunk: Buffer, closing: Buffer): number {
    if (restBytes === 0) return -1
    const tail = lastBytes(pieces, closing.length - 1)
    const head = chunk.subarray(0, closing.length - 1)
    const at = Buffer.concat([tail, head]).indexOf(closing)
    return at < 0 ? -1 : at + closing.length - tail.length
  }

  function take(part: Buffer): Buffer {
    if (pieces.length === 0) return part
    pieces.push(part)
    const event = Buffer.concat(pieces)
    pieces = []
    restBytes = 0
    return event
  }

  function keep(part: Buffer): void {
    if (part.length === 0) return
    if (restBytes + part.length > MAX_EVENT_BYTES) {
      // Keep the last bytes only: enough to find the end, and no more.
      pieces = [Buffer.concat([lastBytes(pieces, 4), part]).subarray(-4)]
      restBytes = 4
      return
    }
    pieces.push(part)
    restBytes += part.length
  }

  return {
    push(chunk) {
      end ??= lineStyle(pieces, chunk)
      if (end === null) {
        keep(chunk)
        return []
      }
      const events: Buffer[] = []
      let from = 0
      const first = seam(chunk, end)
      if (first > 0) {
        events.push(take(chunk.subarray(0, first)))
        from = first
      }
      for (;;) {
        const at = chunk.indexOf(end, from)
        if (at < 0) break
        const next = at + end.length
        events.push(take(chunk.subarray(from, next)))
        from = next
      }
      keep(from === 0 ? chunk : chunk.subarray(from))
      return events
    },
    rest: () => (pieces.length === 1 ? (pieces[0] ?? Buffer.alloc(0)) : Buffer.concat(pieces)),
    get restBytes() {
      return restBytes
    },
  }
}

function lineStyle(before: readonly Buffer[], chunk: Buffer): Buffer | null {
  const at = chunk.indexOf(LF)
  if (at < 0) return null
  const previous = at > 0 ? chunk[at - 1] : before.at(-1)?.at(-1)
  return previous === CR ? CRLF_END : LF_END
}

function lastBytes(pieces: readonly Buffer[], count: number): Buffer {
  const last = pieces.at(-1)
  if (last === undefined) return Buffer.alloc(0)
  if (last.length >= count || pieces.length === 1) return last.subarray(-count)
  return Buffer.concat(pieces.slice(-count)).subarray(-count)
}

const DATA = Buffer.from('data:')
const EVENT = Buffer.from('event:')

/** Start of the event's first `data:` payload, blanks skipped; -1 without one. */
export function dataStart(event: Buffer): number {
  let at = 0
  if (!startsWith(event, DATA, 0)) {
    at = event.indexOf('\ndata:')
    if (at < 0) return -1
    at++
  }
  at += DATA.length
  while (event[at] === 0x20) at++
  return at
}

/** The name on a leading `event:` line, empty when there is none or it is longer than any name we know. */
export function eventName(event: Buffer): string {
  if (!startsWith(event, EVENT, 0)) return ''
  let start = EVENT.length
  while (event[start] === 0x20) start++
  let end = start
  while (end < event.length && end - start < 64 && event[end] !== LF && event[end] !== CR) end++
  return event.toString('latin1', start, end)
}

/** The event's payload with several `data:` lines joined as the standard says. */
export function eventData(event: Buffer): string {
  const text = event.toString('utf8')
  const lines: string[] = []
  for (const line of text.split(/\r?\n/)) {
    if (!line.startsWith('data:')) continue
    lines.push(line.startsWith('data: ') ? line.slice(6) : line.slice(5))
  }
  return lines.join('\n')
}

export function startsWith(bytes: Buffer, prefix: Buffer, at: number): boolean {
  for (let i = 0; i < prefix.length; i++) if (bytes[at + i] !== prefix[i]) return false
  return true
}
