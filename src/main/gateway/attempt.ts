/**
 * One dispatch to one upstream: undici's handler, its life cycle and its time limits. It decides nothing about other
 * upstreams; it reports how far it came, and until the client has been sent a byte it reports a failure as something
 * that can be tried elsewhere. What the bytes mean is for the answer to read.
 */
import { AppError } from '../../shared/errors.ts'
import { providerError } from '../providers/provider-error.ts'
import { answerKind } from './answer-kind.ts'
import { openBody } from './body-answer.ts'
import { CollectedAnswer } from './collected-answer.ts'
import { EventAnswer } from './event-answer.ts'
import { RefusedAnswer } from './refused-answer.ts'
import { TURN_STATE_HEADER } from './request-headers.ts'
import { clientHeaders } from './response-headers.ts'
import { badResponse, THE_UPSTREAM } from './upstream-fault.ts'
import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import type { TokenUsage } from '../../shared/models/request.ts'
import type { Answer, AnswerSink, AttemptJob } from './answer.ts'
import type { AttemptResult } from './attempt-result.ts'
import type { Watched } from './watchdog.ts'

/** How long trailing bytes may follow a terminal event. */
const TRAILER_MS = 30

/** Real owned state with a hot path: a class keeps it in one shape. */
export class Attempt implements Dispatcher.DispatchHandler, Watched, AnswerSink {
  place = -1
  readonly startedAt: number
  firstByteAt: number | null = null
  /** Of a stream: when the first part of the answer itself came. */
  firstTokenAt: number | null = null
  status: number | null = null
  /** There was a connection for it, so the upstream may have the request. */
  isSent = false
  readonly #job: AttemptJob
  readonly #done: (result: AttemptResult) => void
  #isOver = false
  #controller: Dispatcher.DispatchController | null = null
  #upstreamHeaders: IncomingHttpHeaders = {}
  #lastByteAt: number
  #answer: Answer | null = null
  /** Made while the upstream thinks; nobody waits for it then. */
  #events: EventAnswer | null = null
  #isHeadNoted = false
  #trailer: NodeJS.Timeout | null = null
  #hasEnded = false

  constructor(job: AttemptJob, done: (result: AttemptResult) => void) {
    this.#job = job
    this.#done = done
    this.startedAt = job.now()
    this.#lastByteAt = this.startedAt
    job.client.onDrain(() => {
      // The upstream was not listened to meanwhile: its silence begins now.
      this.#lastByteAt = job.now()
      this.#controller?.resume()
    })
  }

  /** Once it is on its way: a stream was asked for. */
  expectEvents(): void {
    this.#events ??= new EventAnswer(this, this.#job)
  }

  /** What a later request may go on from. */
  get responseId(): string | null {
    return this.#answer?.responseId ?? null
  }

  /** What the upstream wants to be told again in the same turn. */
  get turnState(): string | null {
    const value = this.#upstreamHeaders[TURN_STATE_HEADER]
    return typeof value === 'string' ? value : null
  }

  // The upstream's side

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#isOver) controller.abort(new Error('the request is over'))
    else this.isSent = true
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200 || this.#isOver) return
    this.status = status
    this.#upstreamHeaders = headers
    this.firstByteAt = this.#job.now()
    this.#lastByteAt = this.firstByteAt
    if (status >= 300) {
      this.#noteHead()
      this.#answer = new RefusedAnswer(this)
      return
    }
    const kind = answerKind(headers, this.#job.plain ?? null)
    if (kind === 'events' && this.#job.collects === true) {
      this.#answer = new CollectedAnswer(this, this.#job)
    } else if (kind === 'events') {
      const answer = this.#events ?? new EventAnswer(this, this.#job)
      answer.startedAt = this.firstByteAt
      this.#answer = answer
    } else if (kind === 'json' || kind === 'bytes') {
      openBody(this, this.#job, { kind, headers, adopt: (answer) => (this.#answer = answer) })
    } else {
      this.fail(kind)
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#lastByteAt = this.#job.now()
    if (!this.#isOver) this.#answer?.push(chunk)
    // After the client has its first bytes, which wait for nothing.
    if (!this.#isHeadNoted) this.#noteHead()
  }

  onResponseEnd(): void {
    this.#hasEnded = true
    if (!this.#isOver) this.#answer?.end()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#isOver) return
    if (this.#answer?.canEndBroken === true) this.#answer.end()
    else this.broken(providerError(error, THE_UPSTREAM))
  }

  /** The client has gone, or the gateway is closing: let the upstream go at once. */
  abort(): void {
    if (this.#isOver) return
    const result = { kind: 'aborted', usage: this.#usage(), seenOutput: this.#seenOutput() } as const
    this.#over()
    this.#controller?.abort(new Error('the client has gone'))
    this.#done(result)
  }

  beat(now: number): void {
    const { settings, client } = this.#job
    if (this.#isOver) return
    if (client.stalledSince !== null && now - client.stalledSince > settings['gateway.clientStallMs']) {
      client.reset()
      this.abort()
    } else if (this.firstByteAt === null) {
      const limit = settings['gateway.firstByteTimeoutMs']
      if (now - this.startedAt > limit) this.#timeOut(`sent nothing for ${limit} ms`)
    } else if (client.stalledSince === null && now - this.#lastByteAt > settings['gateway.idleTimeoutMs']) {
      if (this.#answer?.canEndSilent === true) this.#answer.end()
      else this.#timeOut(`fell silent for ${settings['gateway.idleTimeoutMs']} ms`)
    } else this.#answer?.beat(now)
  }

  // The answer's side

  outputCame(): void {
    this.firstTokenAt ??= this.#job.now()
  }

  begin(keepLength: boolean): void {
    if (this.#controller?.aborted !== false) return
    this.#job.client.begin(this.status ?? 200, this.#headers(keepLength))
  }

  write(chunk: Buffer): void {
    if (!this.#job.client.write(chunk)) this.#controller?.pause()
  }

  writeWhole(body: Buffer): void {
    this.#job.client.answer(this.status ?? 200, this.#headers(true), body)
  }

  writeJson(status: number, body: Buffer): void {
    this.status = status
    const headers = this.#headers(false)
    const at = headers.findIndex((name, index) => index % 2 === 0 && name === 'content-type')
    headers.splice(at, 2, 'content-type', 'application/json', 'content-length', String(body.length))
    this.#job.client.answer(status, headers, body)
  }

  endSoon(): void {
    this.#trailer ??= setTimeout(() => {
      if (!this.#isOver) this.#answer?.end()
    }, TRAILER_MS)
  }

  deliver(error: AppError | null): void {
    this.#delivered(error, false)
  }

  deliverCapped(): void {
    this.#delivered(null, true)
  }

  broken(error: AppError): void {
    if (!this.#job.client.isCommitted) {
      this.fail(error)
      return
    }
    this.#job.client.reset(error)
    this.deliver(error)
  }

  fail(error: AppError): void {
    const usage = this.#usage()
    this.#over()
    this.#controller?.abort(new Error('the attempt has failed'))
    this.#done({ kind: 'failed', error, answer: null, usage })
  }

  refuse(body: Buffer, isWhole: boolean): void {
    const answer = { status: this.status ?? 0, headers: this.#upstreamHeaders, body }
    this.#over()
    this.#done({ kind: 'failed', error: badResponse(`answered with status ${answer.status}`), answer })
    if (!isWhole) this.#controller?.abort(new Error('the refusal is longer than any we read'))
  }

  #delivered(error: AppError | null, capped: boolean): void {
    const usage = this.#usage()
    const seenOutput = this.#seenOutput()
    this.#over()
    // After a terminal event the upstream may still hold the connection open; it has nothing more to say.
    if (!this.#hasEnded) this.#controller?.abort(new Error('the answer is complete'))
    this.#done({ kind: 'delivered', status: this.status ?? 200, error, usage, seenOutput, capped })
  }

  #noteHead(): void {
    this.#isHeadNoted = true
    this.#job.quota.note(this.#upstreamHeaders)
  }

  #headers(keepLength: boolean): string[] {
    const { isModelChanged, requestId, limitHeaders, quotaHeaders = null, passesDown = null } = this.#job
    const limits = limitHeaders?.() ?? null
    const headers = clientHeaders(this.#upstreamHeaders, { requestId, isModelChanged, keepLength, limits, passesDown })
    if (quotaHeaders === null) return headers
    // What this answer says counts already.
    if (!this.#isHeadNoted) this.#noteHead()
    headers.push(...quotaHeaders())
    return headers
  }

  #usage(): TokenUsage | null {
    return this.#answer === null ? null : this.#answer.usage
  }

  #seenOutput(): number {
    return this.#answer === null ? 0 : this.#answer.seenOutput
  }

  #timeOut(what: string): void {
    const controller = this.#controller
    this.broken(new AppError('upstream_timeout', `${THE_UPSTREAM} ${what}.`, { details: { cause: what } }))
    controller?.abort(new Error(what))
  }

  #over(): void {
    this.#isOver = true
    if (this.#trailer !== null) clearTimeout(this.#trailer)
  }
}
