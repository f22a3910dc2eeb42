/** The client's side of one request: what it was sent so far, back-pressure, and how it ends. */
import type { ServerResponse } from 'node:http'

/** Real owned state on the hot path: a class keeps it in one shape. */
export class ClientStream {
  /** True once the head was sent: from then on nothing can be retried or replaced. */
  isCommitted = false
  /** Gone before the answer was complete. */
  isGone = false
  /** Monotonic ms of the last byte sent. */
  lastSentAt: number
  /** Since when the client has not been reading, or null. */
  stalledSince: number | null = null
  readonly #response: ServerResponse
  readonly #now: () => number
  readonly #stallMs: number
  #drained: (() => void) | null = null
  #gone: (() => void) | null = null

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

  /** False when the client can't take more now; `onDrain` tells when. */
  write(chunk: Buffer): boolean {
    this.lastSentAt = this.#now()
    if (this.#response.write(chunk)) return true
    if (this.stalledSince === null) {
      this.stalledSince = this.lastSentAt
      this.#response.once('drain', () => {
        this.stalledSince = null
        this.#drained?.()
      })
    }
    return false
  }

  end(): void {
    this.#response.end()
    setImmediate(() => this.#watchRest())
  }

  answer(status: number, headers: string[], body: Buffer): void {
    this.isCommitted = true
    this.#response.writeHead(status, headers)
    this.#response.end(body)
    setImmediate(() => this.#watchRest())
  }

  /**
   * The attempt is over and nobody else looks: a client that never reads the rest would hold its place for ever. Asked
   * after node has written, when nearly every answer has left and needs no clock.
   */
  #watchRest(): void {
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
