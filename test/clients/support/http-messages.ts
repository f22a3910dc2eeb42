/**
 * Reads HTTP/1.1 messages out of raw bytes, as they cross the relay. A proxy built on node:http would already have
 * normalised what a client really sent; here the header list, the body's bytes and the count of requests are the wire's.
 */
export interface HttpMessage {
  /** `POST /v1/responses HTTP/1.1` or `HTTP/1.1 200 OK`. */
  readonly startLine: string
  /** Names in lower case; repeated headers joined with a comma. */
  readonly headers: Readonly<Record<string, string>>
  /** The body as sent: still compressed, chunk framing removed. */
  readonly body: Buffer
}

interface Head {
  startLine: string
  headers: Record<string, string>
}

const headEnd = Buffer.from('\r\n\r\n')
const lineEnd = Buffer.from('\r\n')

function parseHead(text: string): Head {
  const [startLine = '', ...lines] = text.split('\r\n')
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).trim().toLowerCase()
    const value = line.slice(colon + 1).trim()
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value
  }
  return { startLine, headers }
}

/** The chunked body at the start of `data`, or null while it is incomplete. */
function readChunked(data: Buffer): { body: Buffer; length: number } | null {
  const parts: Buffer[] = []
  let at = 0
  for (;;) {
    const end = data.indexOf(lineEnd, at)
    if (end < 0) return null
    const size = Number.parseInt(data.toString('latin1', at, end), 16)
    const next = end + 2 + size + 2
    if (data.length < next) return null
    if (size === 0) return { body: Buffer.concat(parts), length: next }
    parts.push(data.subarray(end + 2, end + 2 + size))
    at = next
  }
}

function readBody(head: Head, data: Buffer): { body: Buffer; length: number } | null {
  if (head.headers['transfer-encoding']?.includes('chunked')) return readChunked(data)
  const length = Number(head.headers['content-length'] ?? 0)
  return data.length < length ? null : { body: data.subarray(0, length), length }
}

/** Feed it one direction of a connection; `onHead` comes with the head, `onMessage` when the body is complete. */
export function createMessageReader(on: { head?(head: Head): void; message?(message: HttpMessage): void }) {
  let pending = Buffer.alloc(0)
  let head: Head | null = null
  return function feed(chunk: Buffer): void {
    pending = Buffer.concat([pending, chunk])
    for (;;) {
      if (!head) {
        const end = pending.indexOf(headEnd)
        if (end < 0) return
        head = parseHead(pending.toString('latin1', 0, end))
        pending = pending.subarray(end + headEnd.length)
        on.head?.(head)
      }
      const found = readBody(head, pending)
      if (!found) return
      on.message?.({ ...head, body: Buffer.from(found.body) })
      pending = pending.subarray(found.length)
      head = null
    }
  }
}
