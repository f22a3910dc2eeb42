/**
 * One dispatch to one upstream: undici's handler. It decides nothing about other upstreams; it reports how far it came,
 * and until the client has been sent a byte it reports a failure as something that can be tried elsewhere.
 */
import { AppError } from '../../shared/errors.ts'
import { isWholeObject } from '../dialects/json-fields.ts'
import { parseJsonObject } from '../dialects/json.ts'
import { findUsage } from '../dialects/usage.ts'
import { providerError } from '../providers/provider-error.ts'
import { createSseRelay, keepAliveFor, type SseRelay } from './sse-relay.ts'
import { clientHeaders } from './response-headers.ts'
import {
  badResponse,
  endedEarly,
  errorInBody,
  faultOf,
  headerText,
  mayHoldError,
  THE_UPSTREAM,
} from './upstream-fault.ts'
import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import type { Dialect } from '../dialects/dialect.ts'
import type { Settings } from '../../shared/settings.ts'
import type { TokenUsage } from '../../shared/models/request.ts'
import type { ClientStream } from './client-stream.ts'
import type { Watched } from './watchdog.ts'

/** What the upstream answered instead of a result. `body` is bounded. */
export interface UpstreamAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface Delivery {
  /** The client has the upstream's whole answer, or what there was of it. */
  readonly kind: 'delivered'
  readonly status: number
  /** Why the answer broke off after its beginning had been passed on. */
  readonly error: AppError | null
  readonly usage: TokenUsage | null
  /** Tokens counted from what passed, for an upstream that reports none. */
  readonly seenOutput: number
}

export type AttemptResult =
  | Delivery
  | { readonly kind: 'failed'; readonly error: AppError; readonly answer: UpstreamAnswer | null }
  | { readonly kind: 'aborted'; readonly usage: TokenUsage | null; readonly seenOutput: number }

export interface AttemptJob {
  readonly dialect: Dialect
  readonly isCodex: boolean
  readonly hideUsage: boolean
  readonly isModelChanged: boolean
  readonly requestId: string
  readonly settings: Settings
  readonly client: ClientStream
  readonly now: () => number
}

const MAX_ERROR_BYTES = 65_536
/** The usage figures stand at the end of an answer; what follows them is short. */
const TAIL_BYTES = 16_384
/** How long trailing bytes may follow a terminal event. */
const TRAILER_MS = 30

type Mode = 'waiting' | 'refusal' | 'json' | 'json_open' | 'events' | 'over'

/** Real owned state with a hot path: a class keeps it in one shape. */
export class Attempt implements Dispatcher.DispatchHandler, Watched {
  place = -1
  readonly startedAt: number
  firstByteAt: number | null = null
  status: number | null = null
  readonly #job: AttemptJob
  readonly #done: (result: AttemptResult) => void
  #mode: Mode = 'waiting'
  #controller: Dispatcher.DispatchController | null = null
  #upstreamHeaders: IncomingHttpHeaders = {}
  #lastByteAt: number
  #held: Buffer[] = []
  #heldBytes = 0
  #tail: Buffer = Buffer.alloc(0)
  #relay: SseRelay | null = null
  #trailer: NodeJS.Timeout | null = null
  #seenBytes = 0
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

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#mode === 'over') controller.abort(new Error('the request is over'))
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200 || this.#mode === 'over') return
    this.status = status
    this.#upstreamHeaders = headers
    this.firstByteAt = this.#job.now()
    this.#lastByteAt = this.firstByteAt
    if (status >= 300) {
      this.#mode = 'refusal'
      return
    }
    const type = headerText(headers['content-type']).toLowerCase()
    const encoding = headerText(headers['content-encoding']).toLowerCase()
    if (encoding !== '' && encoding !== 'identity') {
      this.#fail(badResponse('answered in a content encoding, although none was asked for'))
      return
    }
    if (type.startsWith('text/event-stream')) {
      this.#mode = 'events'
      this.#relay = createSseRelay(this.#job.dialect, this.#job.hideUsage)
      return
    }
    if (!/^application\/(?:[a-z.+-]*\+)?json/.test(type)) {
      const shown = /^[\w.+-]+\/[\w.+-]+/.exec(type)?.[0] ?? 'no content type'
      this.#fail(badResponse(`answered with ${shown} instead of JSON or an event stream`))
      return
    }
    this.#mode = Number(headers['content-length'] ?? 0) > this.#job.settings['gateway.holdBytes'] ? 'json_open' : 'json'
    if (this.#mode === 'json_open') this.#begin(controller)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#lastByteAt = this.#job.now()
    if (this.#mode === 'events') this.#onEvents(controller, chunk)
    else if (this.#mode === 'json') this.#onJson(controller, chunk)
    else if (this.#mode === 'json_open') this.#pass(controller, chunk)
    else if (this.#mode === 'refusal') {
      this.#hold(chunk)
      if (this.#heldBytes > MAX_ERROR_BYTES) this.#refused(controller)
    }
  }

  onResponseEnd(): void {
    this.#hasEnded = true
    if (this.#mode === 'refusal') this.#refused(null)
    else if (this.#mode === 'json') this.#endJson()
    else if (this.#mode === 'json_open') this.#endOpenJson()
    else if (this.#mode === 'events') this.#endEvents()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#mode === 'over') return
    // The status says what the upstream thinks, however its explanation ended.
    if (this.#mode === 'refusal') this.#refused(null)
    else if (this.#relay?.isComplete === true && this.#job.client.isCommitted) this.#endEvents()
    else this.#broken(providerError(error, THE_UPSTREAM))
  }

  /** The client has gone, or the gateway is closing: let the upstream go at once. */
  abort(): void {
    if (this.#mode === 'over') return
    const result = { kind: 'aborted', usage: this.#usage(), seenOutput: this.#seenOutput() } as const
    this.#over()
    this.#controller?.abort(new Error('the client has gone'))
    this.#done(result)
  }

  beat(now: number): void {
    const { settings, client } = this.#job
    if (this.#mode === 'over') return
    if (client.stalledSince !== null && now - client.stalledSince > settings['gateway.clientStallMs']) {
      client.reset()
      this.abort()
    } else if (this.firstByteAt === null) {
      const limit = settings['gateway.firstByteTimeoutMs']
      if (now - this.startedAt > limit) this.#timeOut(`sent nothing for ${limit} ms`)
    } else if (client.stalledSince === null && now - this.#lastByteAt > settings['gateway.idleTimeoutMs']) {
      if (this.#relay?.isComplete === true) this.#endEvents()
      else this.#timeOut(`fell silent for ${settings['gateway.idleTimeoutMs']} ms`)
    } else if (this.#relay !== null) this.#beatEvents(now, this.#relay)
  }

  #beatEvents(now: number, relay: SseRelay): void {
    const { settings, client, dialect, isCodex } = this.#job
    if (!client.isCommitted) {
      if (now - (this.firstByteAt ?? now) > settings['gateway.holdEventsMs'] && this.#heldBytes > 0) this.#release()
    } else if (relay.isAtBorder && now - client.lastSentAt > settings['gateway.keepAliveMs']) {
      client.write(keepAliveFor(dialect, isCodex))
    }
  }

  // Events

  #onEvents(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const relay = this.#relay
    if (relay === null) return
    const out = relay.push(chunk)
    if (this.#job.client.isCommitted) {
      if (out !== null && !this.#job.client.write(out)) controller.pause()
    } else {
      if (relay.isMendable) {
        this.#fail(faultOf(relay))
        return
      }
      if (out !== null) this.#hold(out)
      if (relay.hasOutput || relay.error !== null || this.#heldBytes > this.#job.settings['gateway.holdBytes'])
        this.#release()
    }
    // Some providers leave the connection open after the last event; clients wait for the end.
    if (relay.isOver) this.#trailer ??= setTimeout(() => this.#endEvents(), TRAILER_MS)
  }

  #release(): void {
    if (this.#controller === null) return
    this.#begin(this.#controller)
    const body = this.#heldBody()
    this.#held = []
    this.#heldBytes = 0
    if (body.length > 0 && !this.#job.client.write(body)) this.#controller.pause()
  }

  #endEvents(): void {
    const relay = this.#relay
    if (relay === null || this.#mode === 'over') return
    const last = relay.finish()
    const { client } = this.#job
    if (!client.isCommitted) {
      if (relay.isMendable) this.#fail(faultOf(relay))
      else if (relay.isComplete || relay.error !== null) this.#release()
      else this.#fail(badResponse('ended the event stream before any answer'))
      if (!client.isCommitted) return
    }
    if (last !== null) client.write(last)
    if (relay.isComplete || relay.error !== null) {
      client.end()
      this.#deliver(relay.error === null && !relay.isGarbled ? null : faultOf(relay))
    } else {
      this.#broken(endedEarly())
    }
  }

  // JSON

  #onJson(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#hold(chunk)
    if (this.#heldBytes <= this.#job.settings['gateway.holdBytes']) return
    this.#mode = 'json_open'
    const held = this.#held
    this.#held = []
    this.#begin(controller)
    for (const part of held) this.#pass(controller, part)
  }

  #endJson(): void {
    const body = this.#heldBody()
    const usage = findUsage(body)
    // The usual answer has figures and no error: that its brackets close is enough to know. Any other is read whole.
    const isUsual = usage !== null && !mayHoldError(body)
    const object = isUsual ? null : parseJsonObject(body.toString('utf8'))
    if (isUsual ? !isWholeObject(body) : object === null) {
      this.#fail(badResponse('answered with JSON that is cut off or broken'))
      return
    }
    // Some providers answer a failure with status 200; a client would retry that without end.
    const error = object === null ? null : errorInBody(object)
    if (error !== null) {
      this.#fail(error)
      return
    }
    this.#seenBytes = body.length
    this.#job.client.answer(this.status ?? 200, this.#headers(true), body)
    this.#deliver(null, usage)
  }

  #endOpenJson(): void {
    const end = this.#tail.toString('latin1').trimEnd().at(-1)
    if (end !== '}') {
      this.#broken(badResponse('answered with JSON that is cut off or broken'))
      return
    }
    this.#job.client.end()
    this.#deliver(null)
  }

  #pass(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#seenBytes += chunk.length
    const kept = this.#tail.subarray(-Math.max(1, TAIL_BYTES - chunk.length))
    this.#tail = chunk.length >= TAIL_BYTES ? chunk.subarray(-TAIL_BYTES) : Buffer.concat([kept, chunk])
    if (!this.#job.client.write(chunk)) controller.pause()
  }

  // Ends

  #begin(controller: Dispatcher.DispatchController): void {
    if (controller.aborted) return
    this.#job.client.begin(this.status ?? 200, this.#headers(this.#relay === null))
  }

  #headers(keepLength: boolean): string[] {
    const { isModelChanged, requestId } = this.#job
    return clientHeaders(this.#upstreamHeaders, { requestId, isModelChanged, keepLength })
  }

  #hold(chunk: Buffer): void {
    this.#held.push(chunk)
    this.#heldBytes += chunk.length
  }

  #heldBody(): Buffer {
    const [only] = this.#held
    return this.#held.length === 1 && only !== undefined ? only : Buffer.concat(this.#held)
  }

  #usage(): TokenUsage | null {
    if (this.#relay !== null) return this.#relay.usage
    return this.#mode === 'json_open' ? findUsage(this.#tail) : null
  }

  #seenOutput(): number {
    return this.#relay === null ? Math.ceil(this.#seenBytes / 4) : this.#relay.outputEvents
  }

  #deliver(error: AppError | null, usage: TokenUsage | null = this.#usage()): void {
    const seenOutput = this.#seenOutput()
    this.#over()
    // After a terminal event the upstream may still hold the connection open; it has nothing more to say.
    if (!this.#hasEnded) this.#controller?.abort(new Error('the answer is complete'))
    this.#done({ kind: 'delivered', status: this.status ?? 200, error, usage, seenOutput })
  }

  #broken(error: AppError): void {
    if (!this.#job.client.isCommitted) {
      this.#fail(error)
      return
    }
    this.#job.client.reset()
    this.#deliver(error)
  }

  #timeOut(what: string): void {
    const controller = this.#controller
    this.#broken(new AppError('upstream_timeout', `${THE_UPSTREAM} ${what}.`, { details: { cause: what } }))
    controller?.abort(new Error(what))
  }

  /** An answer that is no result. `controller` where more of it would come, which nobody wants. */
  #refused(controller: Dispatcher.DispatchController | null): void {
    const answer = { status: this.status ?? 0, headers: this.#upstreamHeaders, body: this.#heldBody() }
    this.#fail(badResponse(`answered with status ${answer.status}`), answer)
    controller?.abort(new Error('the refusal is longer than any we read'))
  }

  #fail(error: AppError, answer: UpstreamAnswer | null = null): void {
    this.#over()
    if (answer === null) this.#controller?.abort(new Error('the attempt has failed'))
    this.#done({ kind: 'failed', error, answer })
  }

  #over(): void {
    this.#mode = 'over'
    if (this.#trailer !== null) clearTimeout(this.#trailer)
  }
}

/** How long the upstream asks to be left alone, in ms; null when it does not say. */
export function retryAfterMs(headers: IncomingHttpHeaders, nowEpochMs: number): number | null {
  const precise = Number(headers['retry-after-ms'] ?? Number.NaN)
  if (Number.isFinite(precise) && precise >= 0) return precise
  const value = headers['retry-after']
  if (value === undefined || value === '') return null
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1_000 : null
  const date = Date.parse(value)
  return Number.isNaN(date) ? null : Math.max(0, date - nowEpochMs)
}
