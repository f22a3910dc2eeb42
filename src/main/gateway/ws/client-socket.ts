/**
 * One WebSocket of a client. Its turns are answered one after the other, each as a request of its own: with an id, a row in
 * the log and the limits of its key. Between turns it is asked for signs of life, and whether its key still opens.
 */
import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import type { RawData, WebSocket } from 'ws'
import type { Placed } from '../../../shared/roster.ts'
import { AppError } from '../../../shared/errors.ts'
import type { ClientKind } from '../../../shared/models/request.ts'
import { identify, type Asking } from '../admit.ts'
import { busyRefusal, shuttingDown } from '../door.ts'
import { prewarmed, readClientFrame, turnBody, type ClientFrame, type Prewarmed } from './client-frame.ts'
import { errorFrameOf } from './error-frame.ts'
import { serveTurn, type TurnDeps } from './client-turn.ts'
import { Pulse } from './pulse.ts'
import { turnHeaders, type UpgradeHeaders } from './turn-headers.ts'
import type { FramePort, TurnStream } from './turn-stream.ts'
import { prewarmFrames } from './whole-answer.ts'

export interface ClientSocketJob {
  readonly deps: TurnDeps
  readonly ws: WebSocket
  readonly raw: Socket
  readonly headers: UpgradeHeaders
  /** As in the route table. */
  readonly path: string
  readonly client: ClientKind
  readonly clientIp: string
  /** Its listener takes no more connections. */
  readonly isLeft: () => boolean
  readonly closed: (socket: ClientSocket) => void
}

/** Close codes: idle; the gateway goes away; not text; the key opens no more. */
const NORMAL = 1_000
const GOING_AWAY = 1_001
const NOT_TEXT = 1_003
const NOT_ALLOWED = 1_008

/** Turns that may wait behind the running one, and their bytes together with one that is larger. */
const MAX_WAITING = 8
const TEXT = { binary: false } as const

interface Waiting {
  readonly frame: ClientFrame | AppError
  readonly bytes: number
}

/** Real owned state: a class keeps a thousand of them small. */
export class ClientSocket implements Placed, FramePort {
  place = -1
  readonly id = randomUUID()
  readonly #job: ClientSocketJob
  #turn: TurnStream | null = null
  readonly #waiting: Waiting[] = []
  #waitingBytes = 0
  #warm: Prewarmed | null = null
  #isFirst = true
  #isClosed = false
  #isHeld = false
  /** Monotonic ms of the end of the last turn. */
  #idleSince: number
  readonly #pulse: Pulse

  constructor(job: ClientSocketJob) {
    this.#job = job
    const { ws, raw, deps } = job
    this.#idleSince = deps.now()
    this.#pulse = new Pulse(ws, raw, this.#idleSince + deps.directory.settings['gateway.socketPingMs'])
    ws.on('message', (data, isBinary) => this.#hear(data, isBinary))
    ws.on('close', () => this.#closed())
    // A frame that is too long, or none at all: ws says so in the close frame, and `close` follows.
    ws.on('error', () => {})
  }

  // For the turn

  /** Frames that come to be sent in one turn of the event loop leave together: a call of the system each costs more. */
  send(frame: Buffer | string): void {
    if (this.#isClosed) return
    if (!this.#isHeld) {
      this.#isHeld = true
      this.#job.raw.cork()
      process.nextTick(flush, this)
    }
    this.#job.ws.send(frame, TEXT)
  }

  flush(): void {
    if (!this.#isHeld) return
    this.#isHeld = false
    this.#job.raw.uncork()
  }

  get isFull(): boolean {
    return this.#job.raw.writableNeedDrain
  }

  onceDrained(listener: () => void): void {
    this.#job.raw.once('drain', listener)
  }

  terminate(): void {
    this.#job.ws.terminate()
  }

  // For whoever keeps all of them

  /** No turn begins any more; it is closed once the running one is over. */
  leave(): void {
    if (this.#turn === null) this.#job.ws.close(GOING_AWAY)
  }

  cut(): void {
    this.flush()
    this.#job.ws.close(GOING_AWAY)
    this.#job.ws.terminate()
  }

  beat(now: number): void {
    if (this.#isClosed || this.#job.ws.readyState !== this.#job.ws.OPEN) return
    const { settings } = this.#job.deps.directory
    if (this.#turn === null) {
      const refusal = this.#refusal()
      if (refusal !== null) this.#job.ws.close(NOT_ALLOWED, refusal.code)
      else if (this.#job.isLeft()) this.#job.ws.close(GOING_AWAY)
      else if (now - this.#idleSince > settings['gateway.socketIdleMs']) this.#job.ws.close(NORMAL, 'idle')
    }
    // A client that does not read cannot answer: that one has its own clock while a turn runs.
    const isStalled = this.#turn !== null && this.#turn.stalledSince !== null
    if (!isStalled && !this.#pulse.beat(now, settings['gateway.socketPingMs'])) this.#job.ws.terminate()
  }

  #closed(): void {
    this.#isClosed = true
    this.#waiting.length = 0
    this.#warm = null
    this.#turn?.leave()
    this.#job.closed(this)
  }

  #hear(data: RawData, isBinary: boolean): void {
    this.#pulse.heard()
    const bytes = data as Buffer
    if (this.#job.ws.readyState !== this.#job.ws.OPEN) return
    if (isBinary) {
      this.#job.ws.close(NOT_TEXT, 'text frames only')
      return
    }
    const heard = readClientFrame(bytes)
    if (heard instanceof AppError) this.#enqueue({ frame: heard, bytes: 0 })
    else if (heard.kind === 'cancel') this.#turn?.cancel()
    else if (heard.kind !== 'note') this.#enqueue({ frame: heard, bytes: bytes.length })
  }

  #enqueue(turn: Waiting): void {
    if (this.#turn === null) {
      this.#begin(turn.frame)
      return
    }
    const limit = this.#job.deps.directory.settings['gateway.maxBodyBytes']
    if (this.#waiting.length >= MAX_WAITING || this.#waitingBytes + turn.bytes > limit) {
      const message = 'As many turns wait on this WebSocket as may, or as large ones.'
      this.#serve(new AppError('socket_busy', message))
      return
    }
    this.#waiting.push(turn)
    this.#waitingBytes += turn.bytes
  }

  #begin(frame: ClientFrame | AppError): void {
    const { deps } = this.#job
    const refusal = deps.isClosing() ? shuttingDown() : busyRefusal(deps.running.size, deps.directory.settings)
    if (refusal !== null) {
      this.send(errorFrameOf(refusal, this.#job.client, null))
      return
    }
    if (!(frame instanceof AppError) && frame.kind === 'prewarm' && this.#refusal() === null) {
      this.#prewarm(frame)
      return
    }
    const { side, served } = this.#serve(frame)
    this.#turn = side
    this.#isFirst = false
    void served.then(() => this.#ended(side))
  }

  #ended(side: TurnStream): void {
    this.#turn = null
    this.#idleSince = this.#job.deps.now()
    if (this.#isClosed) return
    if (side.isWhole) this.#warm = null
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#waitingBytes -= next.bytes
      this.#begin(next.frame)
      if (this.#hasTurn) return
    }
    if (this.#job.deps.isClosing()) this.#job.ws.close(GOING_AWAY)
  }

  /** Asked anew each time: beginning one changes it. */
  get #hasTurn(): boolean {
    return this.#turn !== null
  }

  #serve(frame: ClientFrame | AppError) {
    const { deps, raw, headers, path, client, clientIp } = this.#job
    const fields = frame instanceof AppError ? frame : frame.fields
    return serveTurn(deps, {
      port: this,
      connection: raw,
      headers: fields instanceof AppError ? headers.later : turnHeaders(headers, fields, this.#isFirst),
      path,
      client,
      clientIp,
      socket: this,
      body: async () => turnBody(fields, this.#warm),
      cut: () => this.cut(),
    })
  }

  /** Nothing is sent to an upstream, so nothing is charged: the first turn brings what was said here. */
  #prewarm({ fields, model }: ClientFrame): void {
    const id = `resp_${randomUUID().replaceAll('-', '')}`
    this.#warm = prewarmed(id, fields)
    this.#idleSince = this.#job.deps.now()
    for (const frame of prewarmFrames(id, model, this.#job.deps.clock())) this.send(frame)
  }

  /** Why its key does not open any more; null where it does. */
  #refusal(): AppError | null {
    const { deps, headers, raw, clientIp } = this.#job
    const asking: Asking = { headers: headers.later, request: { socket: raw }, clientIp, at: deps.clock() }
    try {
      identify(deps.directory, asking, () => undefined)
      return null
    } catch (error) {
      return AppError.from(error)
    }
  }
}

function flush(socket: ClientSocket): void {
  socket.flush()
}
