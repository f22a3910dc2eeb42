/**
 * The client's side of a turn of its WebSocket. It takes the same bytes that a client over HTTP would get, and sends
 * what each event carries as one text frame; the lines around it, comments and the closing `[DONE]` have no frame.
 */
import type { AppError } from '../../../shared/errors.ts'
import type { ClientKind } from '../../../shared/models/request.ts'
import { parseJsonObject } from '../../dialects/json.ts'
import { responsesEventType } from '../../dialects/responses.ts'
import { createSseSplitter, dataStart, DONE, eventData, MAX_EVENT_BYTES, startsWith } from '../../dialects/sse.ts'
import { joined } from '../answer.ts'
import type { ClientStream } from '../client-stream.ts'
import { limitsFrame } from '../codex-usage.ts'
import { TURN_STATE_HEADER } from '../request-headers.ts'
import { badResponse } from '../upstream-fault.ts'
import { errorFrame, errorFrameOf, errorFrameOfEvent } from './error-frame.ts'
import { responseIdIn } from './socket-frames.ts'
import { framesOfWhole } from './whole-answer.ts'

/** What a turn may do with its socket. */
export interface FramePort {
  send(frame: Buffer | string): void
  /** More is waiting to be sent than should. */
  readonly isFull: boolean
  onceDrained(listener: () => void): void
  /** At once, without a word: the client does not read. */
  terminate(): void
}

export interface TurnStreamJob {
  readonly port: FramePort
  readonly client: ClientKind
  readonly requestId: string
  /** Monotonic ms. */
  readonly now: () => number
  /** Nothing more is sent for this turn. Called once. */
  readonly over: () => void
}

const RESPONSE_EVENT = Buffer.from('event: response.')
const CREATED_EVENT = Buffer.from('event: response.created')
const LF = 0x0a
const CR = 0x0d

/** Real owned state on the hot path: a class keeps it in one shape. */
export class TurnStream implements ClientStream {
  isCommitted = false
  isGone = false
  lastSentAt: number
  stalledSince: number | null = null
  /** The client wants no more of it, and stays. */
  isCancelled = false
  /** Of the answer, once it is known. */
  responseId: string | null = null
  /** The answer came to its end. */
  isWhole = false
  #isOver = false
  readonly #job: TurnStreamJob
  readonly #splitter = createSseSplitter()
  /** Of an answer that is no stream: what came of it. */
  #parts: Buffer[] | null = null
  #partBytes = 0
  #drained: (() => void) | null = null
  #gone: (() => void) | null = null

  constructor(job: TurnStreamJob) {
    this.#job = job
    this.lastSentAt = job.now()
  }

  begin(_status: number, headers: string[]): void {
    this.isCommitted = true
    if (!(valueOf(headers, 'content-type') ?? '').startsWith('text/event-stream')) this.#parts = []
    if (this.#job.client !== 'codex') return
    // Over HTTP Codex reads both in the head of the answer.
    const turnState = valueOf(headers, TURN_STATE_HEADER)
    if (turnState !== null)
      this.#job.port.send(JSON.stringify({ type: 'response.metadata', headers: { [TURN_STATE_HEADER]: turnState } }))
    const limits = limitsFrame(headers)
    if (limits !== null) this.#job.port.send(limits)
  }

  write(chunk: Buffer): boolean {
    const { port, now } = this.#job
    this.lastSentAt = now()
    if (this.#parts !== null) {
      this.#partBytes += chunk.length
      if (this.#partBytes <= MAX_EVENT_BYTES) this.#parts.push(chunk)
      return true
    }
    for (const event of this.#splitter.push(chunk)) this.#pass(event)
    if (!port.isFull) return true
    if (this.stalledSince === null) {
      this.stalledSince = this.lastSentAt
      port.onceDrained(() => {
        this.stalledSince = null
        this.#drained?.()
      })
    }
    return false
  }

  end(): void {
    if (this.#parts !== null) {
      this.#whole(joined(this.#parts))
      return
    }
    const rest = this.#splitter.rest()
    if (rest.length > 0) this.#pass(rest)
    this.isWhole = true
    this.#over()
  }

  answer(status: number, headers: string[], body: Buffer): void {
    this.isCommitted = true
    if (status < 300) {
      this.#whole(body)
      return
    }
    this.#job.port.send(errorFrame(status, headers, body))
    this.#over()
  }

  reset(error?: AppError): void {
    this.isCommitted = true
    this.#gone = null
    const { port, client, requestId } = this.#job
    if (error === undefined) port.terminate()
    else port.send(errorFrameOf(error, client, requestId))
    this.#over()
  }

  onDrain(listener: () => void): void {
    this.#drained = listener
  }

  onGone(listener: () => void): void {
    this.#gone = listener
    if (this.isGone) listener()
  }

  /** The socket is no more. */
  leave(): void {
    if (this.#isOver) return
    this.isGone = true
    this.#gone?.()
    this.#over()
  }

  /** As if the client had gone, but that it is told how its turn ended. */
  cancel(): void {
    if (this.#isOver) return
    this.isCancelled = true
    const response = { id: this.responseId ?? `resp_${this.#job.requestId}`, object: 'response', status: 'incomplete' }
    const details = { incomplete_details: { reason: 'interrupted' }, output: [], usage: null }
    this.#job.port.send(JSON.stringify({ type: 'response.incomplete', response: { ...response, ...details } }))
    this.leave()
  }

  #pass(event: Buffer): void {
    const at = dataStart(event)
    if (at < 0 || startsWith(event, DONE, at)) return
    const data = payload(event, at)
    if (!startsWith(event, RESPONSE_EVENT, 0) || this.responseId === null) {
      const type = startsWith(event, CREATED_EVENT, 0) ? 'response.created' : responsesEventType(event, at)
      if (type === 'response.created') this.responseId ??= responseIdIn(data)
      else if (type === 'error') {
        this.#job.port.send(errorFrameOfEvent(parseJsonObject(data.toString('utf8')) ?? {}))
        return
      }
    }
    this.#job.port.send(data)
  }

  #whole(body: Buffer): void {
    const { port, client, requestId } = this.#job
    const frames = this.#partBytes > MAX_EVENT_BYTES ? null : framesOfWhole(body)
    if (frames === null) {
      port.send(errorFrameOf(badResponse('sent an answer that is no response'), client, requestId))
    } else {
      for (const frame of frames) port.send(frame)
      this.responseId = responseIdIn(Buffer.from(frames[0] ?? ''))
      this.isWhole = true
    }
    this.#over()
  }

  #over(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#job.over()
  }
}

/** Of a flat list, by its name in lower case. */
function valueOf(headers: readonly string[], name: string): string | null {
  for (let i = 0; i < headers.length; i += 2) if (headers[i]?.toLowerCase() === name) return headers[i + 1] ?? null
  return null
}

/** What the event carries. Nearly every one has a single line of it, which is passed on as the bytes that it is. */
function payload(event: Buffer, at: number): Buffer {
  let end = event.indexOf(LF, at)
  if (end < 0) return event.subarray(at)
  for (let i = end + 1; i < event.length; i++) {
    if (event[i] !== LF && event[i] !== CR) return Buffer.from(eventData(event))
  }
  if (event[end - 1] === CR) end--
  return event.subarray(at, end)
}
