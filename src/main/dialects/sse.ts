/**
 * Cuts a stream of server-sent events into events at arbitrary chunk borders, without decoding text: a border inside a
 * UTF-8 character or inside `data:` makes no difference. Events are handed out as the bytes they came as, their closing
 * blank line included. Lines may end in LF or CRLF, and in both within one stream: a proxy on the way puts in comments
 * with line ends of its own.
 */

const LF = 0x0a
const CR = 0x0d
const LF_END = Buffer.from('\n\n')
/** Also the end of CR LF CR LF. */
const CRLF_END = Buffer.from('\n\r\n')

/** What a stream ends with by convention, where no event of the dialect says so. */
export const DONE = Buffer.from('[DONE]')

/** An event larger than this is no longer collected, only passed on: memory per stream stays bounded. */
export const MAX_EVENT_BYTES = 64 * 1024 * 1024

export interface SseSplitter {
  /** Every event that this chunk completes, in order. */
  push(chunk: Buffer): readonly Buffer[]
  /** What has come of an event that is not complete yet; empty exactly at an event border. */
  rest(): Buffer
  readonly restBytes: number
}

export function createSseSplitter(): SseSplitter {
  let pieces: Buffer[] = []
  let restBytes = 0
  /** The last two bytes of the rest: a blank line may lie across the border of two chunks. */
  let last = 0
  let beforeLast = 0

  /** Where the chunk finishes a blank line that began before it; 0 when it does not. */
  function seam(chunk: Buffer): number {
    if (restBytes === 0) return 0
    if (last === LF) return chunk[0] === LF ? 1 : chunk[0] === CR && chunk[1] === LF ? 2 : 0
    return last === CR && beforeLast === LF && chunk[0] === LF ? 1 : 0
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
    beforeLast = part.length > 1 ? (part[part.length - 2] ?? 0) : restBytes === 0 ? 0 : last
    last = part[part.length - 1] ?? 0
    if (restBytes + part.length > MAX_EVENT_BYTES) {
      pieces = [Buffer.from(part.subarray(-2))]
      restBytes = 2
      return
    }
    pieces.push(part)
    restBytes += part.length
  }

  return {
    push(chunk) {
      // Nearly every chunk is one whole event, and can be handed on as it is.
      if (restBytes === 0 && isOneEvent(chunk)) return [chunk]
      const events: Buffer[] = []
      let from = seam(chunk)
      if (from > 0) events.push(take(chunk.subarray(0, from)))
      // Nearly every stream has LF only: one look for a CR spares a search per event.
      const hasCr = chunk.includes(CR, from)
      let crlf = hasCr ? chunk.indexOf(CRLF_END, from) : -1
      for (;;) {
        const lf = chunk.indexOf(LF_END, from)
        if (crlf >= 0 && crlf < from) crlf = chunk.indexOf(CRLF_END, from)
        if (lf < 0 && crlf < 0) break
        const next = crlf >= 0 && (lf < 0 || crlf < lf) ? crlf + CRLF_END.length : lf + LF_END.length
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

/** Ends in an empty line, has no other one, and no line end but LF. */
function isOneEvent(chunk: Buffer): boolean {
  const end = chunk.length - LF_END.length
  return chunk[end] === LF && chunk[end + 1] === LF && chunk.indexOf(LF_END) === end && !chunk.includes(CR)
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
