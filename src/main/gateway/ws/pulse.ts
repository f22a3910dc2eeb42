/** Signs of life of one WebSocket: it is asked for one now and then, and counts as dead when none came since. */
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'

/** Real owned state: a class keeps a thousand of them small. */
export class Pulse {
  readonly #ws: WebSocket
  readonly #raw: Socket
  #askAt: number
  #hasLived = true
  /** Bytes that the system had taken when it was asked, where some were waiting then; null where none were. */
  #stuckAt: number | null = null

  /** `askAt` is monotonic ms. */
  constructor(ws: WebSocket, raw: Socket, askAt: number) {
    this.#ws = ws
    this.#raw = raw
    this.#askAt = askAt
    ws.on('pong', () => this.heard())
  }

  heard(): void {
    this.#hasLived = true
  }

  /** False where it is dead. One that takes a long answer byte by byte cannot be asked in between, and lives. */
  beat(now: number, everyMs: number): boolean {
    if (now < this.#askAt) return true
    this.#askAt = now + everyMs
    const taken = this.#raw.bytesWritten - this.#raw.writableLength
    if (!this.#hasLived && (this.#stuckAt === null || this.#stuckAt === taken)) return false
    this.#hasLived = false
    this.#stuckAt = this.#raw.writableLength > 0 ? taken : null
    this.#ws.ping()
    return true
  }
}
