/**
 * A client on a bare socket: it shows exactly the bytes that came, and how the connection ended. One object is one
 * connection; requests on it go one after the other.
 */
import { connect, type Socket } from 'node:net'

/** How an answer ended: whole by its own framing, or broken off by an orderly close or a reset. */
export type AnswerEnd = 'complete' | 'closed' | 'reset'

export interface RawAnswer {
  readonly status: number
  /** Names in lower case; the last one wins. */
  readonly headers: Readonly<Record<string, string>>
  readonly rawHeaders: readonly (readonly [string, string])[]
  /** Without the chunked framing. */
  readonly body: Buffer
  readonly end: AnswerEnd
}

export interface RawClient {
  readonly socket: Socket
  send(bytes: string | Buffer): void
  /** The next answer on this connection, once it is over. */
  answer(): Promise<RawAnswer>
  /** Resolves once what came of the current answer, body de-chunked, satisfies the check. */
  until(check: (body: Buffer, status: number) => boolean): Promise<void>
  /** How the connection ended, once it has. */
  readonly closed: Promise<'closed' | 'reset'>
  /** Breaks the connection as a killed program does. */
  reset(): void
}

interface Parsed extends Omit<RawAnswer, 'end'> {
  /** Bytes used, or null while the answer is incomplete. */
  readonly used: number | null
}

const HEAD_END = Buffer.from('\r\n\r\n')

function dechunk(bytes: Buffer): { body: Buffer; used: number | null } {
  const parts: Buffer[] = []
  let at = 0
  for (;;) {
    const line = bytes.indexOf('\r\n', at)
    if (line < 0) break
    const size = Number.parseInt(bytes.toString('latin1', at, line), 16)
    const start = line + 2
    if (size === 0) {
      const end = bytes.indexOf('\r\n', start)
      return { body: Buffer.concat(parts), used: end < 0 ? null : end + 2 }
    }
    parts.push(bytes.subarray(start, Math.min(start + size, bytes.length)))
    if (start + size + 2 > bytes.length) break
    at = start + size + 2
  }
  return { body: Buffer.concat(parts), used: null }
}

function parse(bytes: Buffer): Parsed | null {
  const end = bytes.indexOf(HEAD_END)
  if (end < 0) return null
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const rawHeaders = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  const headers = Object.fromEntries(rawHeaders.map(([name, value]) => [name.toLowerCase(), value]))
  const status = Number(first.split(' ')[1])
  const from = end + HEAD_END.length
  if (status === 100) return parse(bytes.subarray(from))
  const head = { status, headers, rawHeaders }
  const rest = bytes.subarray(from)
  if (headers['transfer-encoding'] === 'chunked') {
    const { body, used } = dechunk(rest)
    return { ...head, body, used: used === null ? null : from + used }
  }
  const length = headers['content-length']
  if (length === undefined) return { ...head, body: rest, used: null }
  const body = rest.subarray(0, Number(length))
  return { ...head, body, used: body.length === Number(length) ? from + body.length : null }
}

export async function openRawClient(port: number, host = '127.0.0.1'): Promise<RawClient> {
  const socket = connect({ port, host, noDelay: true })
  let pieces: Buffer[] = []
  let wake: (() => void)[] = []
  let ended: 'closed' | 'reset' | null = null
  const { promise: closed, resolve } = Promise.withResolvers<'closed' | 'reset'>()

  function notify(): void {
    const all = wake
    wake = []
    for (const listener of all) listener()
  }
  function over(how: 'closed' | 'reset'): void {
    ended ??= how
    resolve(ended)
    notify()
  }
  function received(): Buffer {
    const all = Buffer.concat(pieces)
    pieces = [all]
    return all
  }
  async function change(): Promise<void> {
    if (ended !== null) throw new Error(`the connection is ${ended}; it had sent: ${received().toString('latin1')}`)
    await new Promise<void>((awake) => wake.push(awake))
  }

  socket.on('data', (chunk) => {
    pieces.push(chunk)
    notify()
  })
  socket.on('error', () => over('reset'))
  socket.on('end', () => over('closed'))
  socket.on('close', () => over('closed'))
  await new Promise<void>((ready, fail) => {
    socket.once('connect', ready)
    socket.once('error', fail)
  })

  return {
    socket,
    closed,
    send: (bytes) => void socket.write(bytes),
    async answer() {
      for (;;) {
        const parsed = parse(received())
        if (parsed !== null && parsed.used !== null) {
          pieces = [received().subarray(parsed.used)]
          return { ...parsed, end: 'complete' }
        }
        if (ended !== null && parsed !== null) return { ...parsed, end: ended }
        await change()
      }
    },
    async until(check) {
      for (;;) {
        const parsed = parse(received())
        if (parsed !== null && check(parsed.body, parsed.status)) return
        await change()
      }
    },
    reset: () => void socket.resetAndDestroy(),
  }
}

export interface RawRequest {
  readonly method?: string
  readonly path?: string
  readonly key?: string
  readonly headers?: readonly (readonly [string, string])[]
  /** Bytes and texts go as they are, anything else as JSON; none for undefined. */
  readonly body?: unknown
}

/** The bytes of a request as a careful program sends it. */
export function requestBytes(request: RawRequest): Buffer {
  const { body, headers = [] } = request
  const payload =
    body === undefined
      ? Buffer.alloc(0)
      : Buffer.from(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body))
  const named = new Set(headers.map(([name]) => name.toLowerCase()))
  const lines = [`${request.method ?? 'POST'} ${request.path ?? '/v1/chat/completions'} HTTP/1.1`]
  if (!named.has('host')) lines.push('Host: 127.0.0.1')
  if (request.key !== undefined) lines.push(`Authorization: Bearer ${request.key}`)
  if (body !== undefined && !named.has('content-length') && !named.has('transfer-encoding')) {
    if (!named.has('content-type')) lines.push('Content-Type: application/json')
    lines.push(`Content-Length: ${payload.length}`)
  }
  for (const [name, value] of headers) lines.push(`${name}: ${value}`)
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), payload])
}

/** One request on a connection of its own, and its whole answer. */
export async function exchange(port: number, request: RawRequest): Promise<RawAnswer> {
  const client = await openRawClient(port)
  try {
    client.send(requestBytes(request))
    return await client.answer()
  } finally {
    client.socket.destroy()
  }
}

/** The error of an answer in the shape of OpenAI's API. */
export function errorOf(answer: RawAnswer): { code: string; message: string; type: string; param: string | null } {
  return (JSON.parse(answer.body.toString('utf8')) as { error: ReturnType<typeof errorOf> }).error
}
