/** The client's side of one request: what it was sent so far, back-pressure, and how it ends. */
import type { ServerResponse } from 'node:http'

export interface ClientStream {
  /** True once the head was sent: from then on nothing can be retried or replaced. */
  readonly isCommitted: boolean
  /** Gone before the answer was complete. */
  readonly isGone: boolean
  /** Monotonic ms of the last byte sent. */
  readonly lastSentAt: number
  /** Since when the client has not been reading, or null. */
  readonly stalledSince: number | null
  begin(status: number, headers: string[]): void
  /** False when the client can't take more now; `onDrain` tells when. */
  write(chunk: Buffer): boolean
  end(chunk?: Buffer): void
  /** Head and body in one piece: one packet for a short answer. */
  answer(status: number, headers: string[], body: Buffer): void
  /** Breaks the connection off, so that a cut answer can't be taken for a whole one. */
  reset(): void
  onDrain(listener: () => void): void
  onGone(listener: () => void): void
}

export function createClientStream(response: ServerResponse, now: () => number): ClientStream {
  let isCommitted = false
  let isGone = false
  let lastSentAt = now()
  let stalledSince: number | null = null
  let drained: (() => void) | null = null
  let gone: (() => void) | null = null

  response.on('close', () => {
    if (response.writableFinished) return
    isGone = true
    gone?.()
  })
  // A write into a connection the client has closed; `close` follows and is handled.
  response.on('error', () => {})

  return {
    get isCommitted() {
      return isCommitted
    },
    get isGone() {
      return isGone
    },
    get lastSentAt() {
      return lastSentAt
    },
    get stalledSince() {
      return stalledSince
    },
    begin(status, headers) {
      isCommitted = true
      response.writeHead(status, headers)
    },
    write(chunk) {
      lastSentAt = now()
      if (response.write(chunk)) return true
      if (stalledSince === null) {
        stalledSince = lastSentAt
        response.once('drain', () => {
          stalledSince = null
          drained?.()
        })
      }
      return false
    },
    end(chunk) {
      response.end(chunk)
    },
    answer(status, headers, body) {
      isCommitted = true
      response.writeHead(status, headers)
      response.end(body)
    },
    reset() {
      isCommitted = true
      // The listener for `close` must not take this for the client's doing.
      gone = null
      if (response.socket === null) response.destroy()
      else response.socket.resetAndDestroy()
    },
    onDrain(listener) {
      drained = listener
    },
    onGone(listener) {
      gone = listener
      if (isGone) listener()
    },
  }
}
