/** The client's side of one request: what it was sent so far, back-pressure, and how it ends. */
import type { AppError } from '../../shared/errors.ts'

/** An answer over HTTP, or the frames of a turn of a WebSocket. Headers are flat: [name, value, …]. */
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
  end(): void
  /** Head and body in one piece. */
  answer(status: number, headers: string[], body: Buffer): void
  /** Breaks it off, so that a cut answer can't be taken for a whole one. `error` is why, where the upstream is to blame. */
  reset(error?: AppError): void
  /** One listener: the last that was given. */
  onDrain(listener: () => void): void
  /** The same. Called at once where the client has gone already. */
  onGone(listener: () => void): void
}
