/**
 * The upstream of every subject: HTTP/1.1 on raw sockets, answers made beforehand, parsing cut down to what decides the
 * answer. It must cost a fraction of the subjects, or the benchmark would measure it instead of them.
 */
import { createServer, type Socket } from 'node:net'
import { jsonAnswer, modelList, readSsePlan, ssePartsOf, STAMP_MARK, type SsePlan } from './answers.ts'
import { monotonicMicros } from './clock.ts'

const CRLF2 = Buffer.from('\r\n\r\n')
const MODEL_FIELD = Buffer.from('"model":"')
const USAGE_FIELD = Buffer.from('"include_usage":true')
const LAST_CHUNK = '0\r\n\r\n'

interface Prepared {
  plan: SsePlan
  /** Head of the answer with everything up to the first text chunk. */
  first: Buffer
  chunk: Buffer
  stampAt: { first: number; chunk: number }
  end: Buffer
  endWithUsage: Buffer
}

const jsonReply = plainReply('200 OK', jsonAnswer)
const modelsReply = plainReply('200 OK', modelList)
const notFoundReply = plainReply('404 Not Found', Buffer.from('{"error":{"message":"no such path"}}'))
const prepared = new Map<string, Prepared | null>()

const server = createServer({ noDelay: true }, serve)
server.listen(0, '127.0.0.1', 8_192, () => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the upstream has no port')
  process.send?.({ type: 'listening', port: address.port })
})
process.on('disconnect', () => process.exit(0))

function serve(socket: Socket): void {
  let pending: Buffer | null = null
  let timer: NodeJS.Timeout | null = null
  const stop = () => {
    if (timer !== null) clearInterval(timer)
    timer = null
  }
  socket.on('error', stop)
  socket.on('close', stop)
  socket.on('data', (bytes) => {
    const buffer = pending === null ? bytes : Buffer.concat([pending, bytes])
    const consumed = readRequests(buffer, (method, path, body) => {
      stop()
      timer = answer(socket, method, path, body)
    })
    pending = consumed === buffer.length ? null : buffer.subarray(consumed)
  })
}

/** Hands over every complete request in the buffer and returns how many bytes they took. */
function readRequests(buffer: Buffer, onRequest: (method: string, path: string, body: Buffer) => void): number {
  let at = 0
  for (;;) {
    const headEnd = buffer.indexOf(CRLF2, at)
    if (headEnd < 0) return at
    const head = buffer.toString('latin1', at, headEnd)
    const bodyStart = headEnd + 4
    const bodyEnd = endOfBody(buffer, head, bodyStart)
    if (bodyEnd < 0) return at
    const [method = '', path = ''] = head.slice(0, head.indexOf('\r\n')).split(' ')
    onRequest(method, path, buffer.subarray(bodyStart, bodyEnd))
    at = bodyEnd
  }
}

/** -1 while the body is not complete. A chunked body stays in its framing: only two fields are looked for in it. */
function endOfBody(buffer: Buffer, head: string, start: number): number {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)
  if (length !== null) {
    const end = start + Number(length[1])
    return end <= buffer.length ? end : -1
  }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return start
  let at = start
  for (;;) {
    const lineEnd = buffer.indexOf('\r\n', at)
    if (lineEnd < 0) return -1
    const size = Number.parseInt(buffer.toString('latin1', at, lineEnd), 16)
    at = lineEnd + 2 + size + 2
    if (at > buffer.length) return -1
    if (size === 0) return at
  }
}

function answer(socket: Socket, method: string, path: string, body: Buffer): NodeJS.Timeout | null {
  if (method === 'GET' && path.endsWith('/models')) {
    socket.write(modelsReply)
    return null
  }
  const isResponses = path.endsWith('/responses')
  if (!isResponses && !path.endsWith('/chat/completions')) {
    socket.write(notFoundReply)
    return null
  }
  const from = body.indexOf(MODEL_FIELD) + MODEL_FIELD.length
  const model = body.toString('latin1', from, body.indexOf(0x22, from))
  const sse = preparedFor(isResponses ? 'responses' : 'chat', model)
  if (sse === null) {
    socket.write(jsonReply)
    return null
  }
  return stream(socket, sse, body.indexOf(USAGE_FIELD) >= 0)
}

function stream(socket: Socket, sse: Prepared, withUsage: boolean): NodeJS.Timeout {
  const { plan } = sse
  socket.write(plan.stamped ? stamped(sse.first, sse.stampAt.first) : sse.first)
  let sent = 1
  const timer = setInterval(() => {
    if (sent === plan.chunks) {
      clearInterval(timer)
      socket.write(withUsage ? sse.endWithUsage : sse.end)
      return
    }
    sent += 1
    socket.write(plan.stamped ? stamped(sse.chunk, sse.stampAt.chunk) : sse.chunk)
  }, plan.paceMs)
  return timer
}

function stamped(template: Buffer, at: number): Buffer {
  const copy = Buffer.from(template)
  copy.write(String(monotonicMicros()).padStart(16, '0'), at, 'latin1')
  return copy
}

function preparedFor(shape: 'chat' | 'responses', model: string): Prepared | null {
  const key = shape + model
  const known = prepared.get(key)
  if (known !== undefined) return known
  const made = prepare(shape, model)
  prepared.set(key, made)
  return made
}

function prepare(shape: 'chat' | 'responses', model: string): Prepared | null {
  const plan = readSsePlan(model)
  if (plan === null) return null
  const parts = ssePartsOf(shape, model, plan.stamped ? STAMP_MARK : ' a few more words')
  const head =
    'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\n' +
    'x-request-id: bench\r\ntransfer-encoding: chunked\r\n\r\n'
  const first = Buffer.from(head + (parts.open === '' ? '' : framed(parts.open)) + framed(parts.chunk))
  const chunk = Buffer.from(framed(parts.chunk))
  const digits = STAMP_MARK.length - 16
  return {
    plan,
    first,
    chunk,
    stampAt: { first: first.indexOf(STAMP_MARK) + digits, chunk: chunk.indexOf(STAMP_MARK) + digits },
    end: Buffer.from(framed(parts.end) + LAST_CHUNK),
    endWithUsage: Buffer.from(framed(parts.endWithUsage) + LAST_CHUNK),
  }
}

function framed(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
}

function plainReply(status: string, body: Buffer): Buffer {
  const head =
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\nx-request-id: bench\r\n` +
    `content-length: ${body.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), body])
}
