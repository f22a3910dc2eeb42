/** One keep-alive connection of the load generator: writes a request made beforehand, checks the answer, times it. */
import { connect } from 'node:net'
import { expectedEvents, jsonAnswer, PATHS, readSsePlan, requestBody, STAMP_MARK, type Shape } from './answers.ts'
import { monotonicMicros } from './clock.ts'
import type { Target } from './protocol.ts'
import { createAnswerReader } from './wire.ts'

const STAMP_PREFIX = Buffer.from(STAMP_MARK.slice(0, -16))
const LF = 0x0a

/** What a request of this job looks like and what must come back. */
export interface Exchange {
  port: number
  request: Buffer
  /** Null for plain JSON. */
  events: { total: number; text: number } | null
  stamped: boolean
}

export interface Listener {
  firstBody?(ms: number): void
  textChunk?(): void
  lateness?(ms: number): void
  done(ms: number): void
  failed(message: string): void
}

export interface LoadConnection {
  send(): void
  close(): void
}

export function exchangeOf(target: Target, shape: Shape, model: string): Exchange {
  const body = requestBody(shape, model)
  const lines = [
    `POST ${PATHS[shape]} HTTP/1.1`,
    `host: 127.0.0.1:${target.port}`,
    'user-agent: weir-bench/1',
    'accept: application/json',
    'content-type: application/json',
    `content-length: ${body.length}`,
    ...Object.entries(target.headers).map(([name, value]) => `${name}: ${value}`),
  ]
  const plan = readSsePlan(model)
  return {
    port: target.port,
    request: Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]),
    events: plan === null ? null : { total: expectedEvents(shape, plan.chunks), text: plan.chunks },
    stamped: plan?.stamped ?? false,
  }
}

export function openConnection(exchange: Exchange, on: Listener): LoadConnection {
  let startedAt = 0
  let status = 0
  let size = 0
  let busy = false
  let closed = false
  const events = createEventCounter(() => on.textChunk?.(), exchange)

  const read = createAnswerReader({
    head(code) {
      status = code
    },
    body(bytes) {
      if (size === 0) on.firstBody?.(performance.now() - startedAt)
      size += bytes.length
      if (status !== 200) return
      if (exchange.events !== null) events.count(bytes)
      if (exchange.stamped) readStamps(bytes, on)
    },
    end() {
      busy = false
      const complaint = judge()
      if (complaint === null) on.done(performance.now() - startedAt)
      else on.failed(complaint)
    },
  })

  function judge(): string | null {
    if (status !== 200) return `status ${status}`
    if (exchange.events === null) {
      return size >= jsonAnswer.length ? null : `a body of ${size} bytes instead of ${jsonAnswer.length}`
    }
    const seen = events.seen()
    return seen === exchange.events.total ? null : `${seen} events instead of ${exchange.events.total}`
  }

  const socket = connect({ port: exchange.port, host: '127.0.0.1', noDelay: true })
  socket.on('data', read)
  const lost = (why: string) => {
    if (closed) return
    closed = true
    socket.destroy()
    on.failed(busy ? `the connection ended inside an answer: ${why}` : `the connection ended: ${why}`)
  }
  socket.on('error', (error) => lost(error.message))
  socket.on('close', () => lost('closed'))

  return {
    send() {
      if (closed) return
      status = 0
      size = 0
      events.reset()
      busy = true
      startedAt = performance.now()
      socket.write(exchange.request)
    },
    close() {
      closed = true
      socket.destroy()
    },
  }
}

/** Events end with an empty line; the border may fall between two reads. The first `text` of them count as chunks. */
function createEventCounter(onText: () => void, exchange: Exchange) {
  // The Responses dialect opens with an event of its own; one text chunk more or less does not move a figure.
  const textEvents = exchange.events?.text ?? 0
  let seen = 0
  let lastWasLf = false
  return {
    reset() {
      seen = 0
      lastWasLf = false
    },
    seen: () => seen,
    count(bytes: Buffer) {
      for (let at = 0; ;) {
        const lf = bytes.indexOf(LF, at)
        if (lf < 0) {
          if (at < bytes.length) lastWasLf = false
          return
        }
        if (lf > at) lastWasLf = false
        if (lastWasLf) {
          seen += 1
          if (seen <= textEvents) onText()
        }
        lastWasLf = !lastWasLf
        at = lf + 1
      }
    },
  }
}

function readStamps(bytes: Buffer, on: Listener): void {
  const now = monotonicMicros()
  for (let at = bytes.indexOf(STAMP_PREFIX); at >= 0; at = bytes.indexOf(STAMP_PREFIX, at + 16)) {
    const from = at + STAMP_PREFIX.length
    // A stamp cut in two by the border of a read is left out: its neighbours tell the same.
    if (from + 16 <= bytes.length) on.lateness?.((now - Number(bytes.toString('latin1', from, from + 16))) / 1e3)
  }
}
