/**
 * One turn over an upstream's WebSocket: its frames become the calls that undici makes of an HTTP answer, so an attempt
 * need not know which of both it has. A refusal that comes before anything of the turn becomes an answer with its status.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import type { AppError } from '../../../shared/errors.ts'
import { frameType, isAside, isLastFrame, refusalIn, responseIdIn, toSse, type SocketRefusal } from './socket-frames.ts'

/** An attempt, or whatever else takes an answer. */
export type TurnHandler = Required<
  Pick<
    Dispatcher.DispatchHandler,
    'onRequestStart' | 'onResponseStart' | 'onResponseData' | 'onResponseEnd' | 'onResponseError'
  >
>

/** What a turn asks of its socket. */
export interface TurnSocket {
  /** For the head of the answer. */
  takeHead(): IncomingHttpHeaders
  send(frame: Buffer): void
  pause(): void
  resume(): void
  /** The turn is over; the socket may take another one. */
  release(): void
  /** Nothing more of it is wanted: it is closed at once, which is the only way to stop a turn. */
  drop(): void
  /** It knows this response now: the next turn may go on from it. */
  made(responseId: string): void
}

/** Why a turn has no answer yet and gets none over this socket. */
export type TurnLoss =
  | { readonly kind: 'refused'; readonly refusal: SocketRefusal }
  | { readonly kind: 'lost'; readonly error: AppError; readonly code: number }

/** What an answer is called off with; for one that has no socket. */
class Control implements Dispatcher.DispatchController {
  aborted = false
  paused = false
  reason: Error | null = null

  abort(reason: Error): void {
    this.aborted = true
    this.reason = reason
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }
}

/** Gives the handler a whole answer. */
export function answerWith(handler: TurnHandler, { status, headers, body }: SocketRefusal): void {
  const control = new Control()
  handler.onRequestStart(control, {})
  if (control.aborted) return
  tell(handler, control, { status, headers, body })
}

function tell(handler: TurnHandler, control: Control, refusal: Omit<SocketRefusal, 'code'>): void {
  handler.onResponseStart(control, refusal.status, refusal.headers)
  handler.onResponseData(control, refusal.body)
  handler.onResponseEnd(control, {})
}

/** Gives the handler an error, where there is nothing to call off. */
export function failWith(handler: TurnHandler, error: Error): void {
  handler.onResponseError(new Control(), error)
}

/** Real owned state with a hot path: a class keeps it in one shape. */
export class SocketTurn extends Control {
  readonly #handler: TurnHandler
  /** True where somebody else takes the turn on: it has had nothing of it. */
  readonly #takeOn: (loss: TurnLoss) => boolean
  #socket: TurnSocket | null
  #isSent = false
  #hasBegun = false
  /** Came before the turn itself. */
  #asides: Buffer[] = []

  constructor(handler: TurnHandler, socket: TurnSocket, takeOn: (loss: TurnLoss) => boolean) {
    super()
    this.#handler = handler
    this.#socket = socket
    this.#takeOn = takeOn
  }

  /** True where it was sent; else nobody wants it any more, and the socket is free. */
  start(frame: Buffer): boolean {
    this.#handler.onRequestStart(this, {})
    if (this.#socket === null) return false
    this.#isSent = true
    this.#socket.send(frame)
    return true
  }

  onFrame(frame: Buffer): void {
    const socket = this.#socket
    if (socket === null) return
    const type = frameType(frame)
    if (!this.#hasBegun) {
      if (isAside(type)) {
        this.#asides.push(toSse(type, frame))
        return
      }
      const refusal = type === 'error' ? refusalIn(frame) : null
      if (refusal !== null) {
        this.#refused(socket, refusal)
        return
      }
      this.#begin(socket)
    }
    if (!isLastFrame(type)) {
      this.#handler.onResponseData(this, toSse(type, frame))
      return
    }
    this.#socket = null
    if (type === 'error') socket.drop()
    else {
      const id = type === 'response.failed' ? null : responseIdIn(frame)
      if (id !== null) socket.made(id)
      if (this.paused) socket.resume()
      socket.release()
    }
    this.#handler.onResponseData(this, toSse(type, frame))
    if (!this.aborted) this.#handler.onResponseEnd(this, {})
  }

  /** Its socket is no more. */
  onLost(error: AppError, code: number): void {
    if (this.#socket === null) return
    this.#socket = null
    if (!this.#hasBegun && this.#takeOn({ kind: 'lost', error, code })) return
    this.#handler.onResponseError(this, error)
  }

  override abort(reason: Error): void {
    super.abort(reason)
    const socket = this.#socket
    this.#socket = null
    if (this.#isSent) socket?.drop()
    else socket?.release()
  }

  override pause(): void {
    super.pause()
    this.#socket?.pause()
  }

  override resume(): void {
    super.resume()
    this.#socket?.resume()
  }

  #begin(socket: TurnSocket): void {
    this.#hasBegun = true
    this.#handler.onResponseStart(this, 200, { ...socket.takeHead(), 'content-type': 'text/event-stream' })
    for (const aside of this.#asides) this.#handler.onResponseData(this, aside)
    this.#asides = []
  }

  #refused(socket: TurnSocket, refusal: SocketRefusal): void {
    this.#socket = null
    socket.drop()
    if (!this.#takeOn({ kind: 'refused', refusal })) tell(this.#handler, this, refusal)
  }
}
