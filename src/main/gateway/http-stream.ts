/** The client's side of a request over HTTP. */
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ClientStream } from './client-stream.ts'

/** Real owned state on the hot path: a class keeps it in one shape. */
export class HttpStream implements ClientStream {
  isCommitted = false
  isGone = false
  lastSentAt: number
  stalledSince: number | null = null
  readonly #response: ServerResponse
  readonly #now: () => number
  readonly #stallMs: number
  #drained: (() => void) | null = null
  #gone: (() => void) | null = null
  #hasWritten = false

  constructor(response: ServerResponse, now: () => number, stallMs: number) {
    this.#response = response
    this.#now = now
    this.#stallMs = stallMs
    this.lastSentAt = now()
    response.on('close', () => {
      if (response.writableFinished) return
      this.isGone = true
      this.#gone?.()
    })
    // A write into a connection the client has closed; `close` follows and is handled.
    response.on('error', ignore)
  }

  begin(status: number, headers: string[]): void {
    this.isCommitted = true
    this.#response.writeHead(status, headers)
  }

  write(chunk: Buffer): boolean {
    // As a frame of its own, nothing would say that the answer is over.
    if (chunk.length === 0) return this.stalledSince === null
    this.lastSentAt = this.#now()
    const socket = this.#frameTarget()
    const target = socket ?? this.#response
    const canTakeMore = socket === null ? this.#response.write(chunk) : socket.write(frame(chunk))
    this.#hasWritten = true
    if (canTakeMore) return true
    if (this.stalledSince === null) {
      this.stalledSince = this.lastSentAt
      target.once('drain', () => {
        this.stalledSince = null
        this.#drained?.()
      })
    }
    return false
  }

  /**
   * Where chunks can be written in one piece, frame included: past node, which would hand the system three pieces for
   * each. Only once node has sent the head and while this response is the one the connection is sending.
   */
  #frameTarget(): Socket | null {
    const { socket, chunkedEncoding } = this.#response
    return this.#hasWritten && chunkedEncoding && socket !== null && !socket.destroyed ? socket : null
  }

  end(): void {
    this.#response.end()
    watchSoon(this)
  }

  answer(status: number, headers: string[], body: Buffer): void {
    this.isCommitted = true
    this.#response.writeHead(status, headers)
    this.#response.end(body)
    watchSoon(this)
  }

  /**
   * The attempt is over and nobody else looks: a client that never reads the rest would hold its place for ever. Asked
   * after node has written, when nearly every answer has left and needs no clock.
   */
  watchRest(): void {
    if ((this.#response.socket?.writableLength ?? 0) === 0) return
    this.#response.setTimeout(this.#stallMs, () => this.reset())
  }

  /** Breaks the connection off, so that a cut answer can't be taken for a whole one. */
  reset(): void {
    this.isCommitted = true
    // The listener for `close` must not take this for the client's doing.
    this.#gone = null
    // A reset throws away what is still in memory, and node writes at the end of the turn: what came belongs to the client.
    setImmediate(() => {
      if (this.#response.socket === null) this.#response.destroy()
      else this.#response.socket.resetAndDestroy()
    })
  }

  onDrain(listener: () => void): void {
    this.#drained = listener
  }

  onGone(listener: () => void): void {
    this.#gone = listener
    if (this.isGone) listener()
  }
}

function ignore(): void {}

/** Those that were answered in this turn of the event loop: one look at its end is for all of them. */
let answered: HttpStream[] = []

function watchSoon(stream: HttpStream): void {
  if (answered.length === 0) setImmediate(watchRests)
  answered.push(stream)
}

function watchRests(): void {
  const streams = answered
  answered = []
  for (const stream of streams) stream.watchRest()
}

const FRAME_END_BYTES = 2

/** One chunk of HTTP's chunked coding: length in hex, the bytes, each line ended by CRLF. */
function frame(chunk: Buffer): Buffer {
  const head = `${chunk.length.toString(16)}\r\n`
  const framed = Buffer.allocUnsafe(head.length + chunk.length + FRAME_END_BYTES)
  framed.write(head, 'latin1')
  chunk.copy(framed, head.length)
  framed[framed.length - 2] = 0x0d
  framed[framed.length - 1] = 0x0a
  return framed
}
