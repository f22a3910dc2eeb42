/**
 * One WebSocket to an upstream. It has at most one turn at a time, is asked for a sign of life now and then, and knows
 * which responses were made over it: the provider keeps those for as long as the socket lives, and nowhere else.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { WebSocket, type RawData } from 'ws'
import type { UpstreamRecord } from '../ports.ts'
import { brokeOff, lossOf } from './socket-loss.ts'
import { frameType, type SocketRefusal } from './socket-frames.ts'
import { Pulse } from './pulse.ts'
import type { SocketTurn, TurnSocket } from './socket-turn.ts'

export interface SocketPlan {
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly connectTimeoutMs: number
  readonly record: UpstreamRecord
  /** Whose turns it takes. */
  readonly seat: string
  /** Of the client's WebSocket that it is for; null where a session may come back to it. */
  readonly clientSocketId: string | null
  /** Monotonic ms. */
  readonly now: () => number
  /** It takes no more turns. */
  readonly gone: (socket: UpstreamSocket) => void
}

/** What became of the upgrade. `none`: no answer to it at all. */
export type Opening =
  | { readonly kind: 'open' }
  | { readonly kind: 'refused'; readonly refusal: SocketRefusal }
  | { readonly kind: 'none' }

const MAX_FRAME_BYTES = 64 * 1024 * 1024
const MAX_REFUSAL_BYTES = 65_536
/** How long the other side may take to close. */
const CLOSE_MS = 1_000
const MOST_IDS = 16
const NORMAL = 1_000

/** What the upgrade's head says of later turns, too; the rest is of the moment, or of the connection. */
const LASTING: ReadonlySet<string> = new Set(['x-codex-turn-state', 'x-models-etag', 'x-reasoning-included'])
const OF_CONNECTION = /^(?:connection|upgrade|sec-websocket-.*|content-.*|transfer-encoding|date|keep-alive)$/

function headOf(headers: IncomingHttpHeaders, takes: (name: string) => boolean): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => takes(name)))
}

/** Real owned state with a hot path: a class keeps it in one shape. */
export class UpstreamSocket implements TurnSocket {
  readonly plan: SocketPlan
  readonly madeAt: number
  readonly opened: Promise<Opening>
  usedAt: number
  /** Somebody has it, or waits for it to open. */
  isBusy = true
  /** It takes no more turns. */
  isGone = false
  /** How many turns began on it. */
  turns = 0
  readonly #ws: WebSocket
  readonly #ids: string[] = []
  #head: IncomingHttpHeaders = {}
  #turn: SocketTurn | null = null
  #failure: Error | null = null
  /** From the upgrade on. */
  #pulse: Pulse | null = null

  /** @throws where the URL or a header is none. */
  constructor(plan: SocketPlan) {
    this.plan = plan
    this.madeAt = plan.now()
    this.usedAt = this.madeAt
    const options = {
      headers: plan.headers,
      perMessageDeflate: false,
      followRedirects: false,
      handshakeTimeout: plan.connectTimeoutMs,
      closeTimeout: CLOSE_MS,
      maxPayload: MAX_FRAME_BYTES,
    }
    this.#ws = new WebSocket(plan.url, options)
    const { promise, resolve } = Promise.withResolvers<Opening>()
    this.opened = promise
    this.#listen(resolve)
  }

  get isOpen(): boolean {
    return this.#ws.readyState === WebSocket.OPEN
  }

  /** Nothing more is told of it. */
  get isClosed(): boolean {
    return this.#ws.readyState === WebSocket.CLOSED
  }

  knows(responseId: string): boolean {
    return this.#ids.includes(responseId)
  }

  /** For the turn that is to begin now. */
  hold(turn: SocketTurn): void {
    this.isBusy = true
    this.#turn = turn
    this.usedAt = this.plan.now()
  }

  takeHead(): IncomingHttpHeaders {
    return headOf(this.#head, this.turns > 1 ? (name) => LASTING.has(name) : (name) => !OF_CONNECTION.test(name))
  }

  send(frame: Buffer): void {
    this.turns++
    this.#ws.send(frame, { binary: false })
  }

  pause(): void {
    this.#ws.pause()
  }

  resume(): void {
    this.#pulse?.heard()
    this.#ws.resume()
  }

  release(): void {
    this.#turn = null
    this.isBusy = false
    this.usedAt = this.plan.now()
    if (this.isGone) this.#close()
  }

  made(responseId: string): void {
    this.#ids.push(responseId)
    if (this.#ids.length > MOST_IDS) this.#ids.shift()
  }

  /** No more turns: closed when the one that runs is over. */
  retire(): void {
    this.#leave()
    if (!this.isBusy) this.#close()
  }

  drop(): void {
    this.#leave()
    this.#turn = null
    this.#ws.terminate()
  }

  /** The gateway is closing: a running turn is cut. */
  cut(): void {
    this.#leave()
    this.#ws.terminate()
  }

  /** Called now and then: who has not even answered a ping since the one before is no more. `pingMs` between two. */
  beat(pingMs: number): void {
    // Who is not listened to cannot be heard.
    if (!this.isOpen || this.#ws.isPaused) return
    if (this.#pulse?.beat(this.plan.now(), pingMs) !== false) return
    this.#failure = brokeOff('fell silent on its WebSocket', 'websocket silent')
    this.cut()
  }

  #listen(resolve: (opening: Opening) => void): void {
    const ws = this.#ws
    ws.on('upgrade', (response: IncomingMessage) => {
      this.#head = response.headers
      this.#pulse = new Pulse(ws, response.socket, this.plan.now())
    })
    ws.on('open', () => {
      resolve({ kind: 'open' })
      if (this.isGone && !this.isBusy) this.#close()
    })
    ws.on('unexpected-response', (_request, response: IncomingMessage) => {
      void refusalOf(response).then((refusal) => {
        resolve({ kind: 'refused', refusal })
        ws.terminate()
      })
    })
    ws.on('message', (data: RawData, isBinary: boolean) => {
      this.#pulse?.heard()
      if (isBinary || !Buffer.isBuffer(data)) {
        this.#failure = brokeOff('sent a binary frame', 'websocket binary frame')
        this.cut()
      } else if (this.#turn !== null) this.#turn.onFrame(data)
      else if (frameType(data) === 'error') this.retire()
    })
    ws.on('error', (error) => {
      this.#failure ??= error
    })
    ws.on('close', (code: number) => {
      this.#leave()
      resolve({ kind: 'none' })
      const turn = this.#turn
      this.#turn = null
      turn?.onLost(lossOf(code, this.#failure), code)
    })
  }

  #leave(): void {
    if (this.isGone) return
    this.isGone = true
    this.plan.gone(this)
  }

  #close(): void {
    if (this.#ws.readyState === WebSocket.CONNECTING) this.#ws.terminate()
    else this.#ws.close(NORMAL)
  }
}

/** What the upstream answered in place of an upgrade; within a bound. Never rejects. */
async function refusalOf(response: IncomingMessage): Promise<SocketRefusal> {
  const parts: Buffer[] = []
  let size = 0
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      parts.push(part)
      size += part.length
      if (size > MAX_REFUSAL_BYTES) break
    }
  } catch {
    // The status says enough, however its explanation ended.
  }
  const { statusCode: status = 0, headers } = response
  return { status, headers, body: Buffer.concat(parts), code: null }
}
