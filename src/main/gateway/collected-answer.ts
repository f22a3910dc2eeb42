/**
 * An event stream for a client that asked for one JSON answer: read to its end, and what it came to is sent as a whole.
 * Until then the client has been sent nothing, so every fault can still be tried elsewhere.
 */
import { parseJsonObject, isObject, type JsonObject } from '../dialects/json.ts'
import { responsesEventType } from '../dialects/responses.ts'
import { createSseSplitter, dataStart, eventData, MAX_EVENT_BYTES } from '../dialects/sse.ts'
import type { Answer, AnswerSink, AttemptJob } from './answer.ts'
import { createSseRelay, relayOptions, type SseRelay } from './sse-relay.ts'
import { badResponse, endedEarly, faultOf } from './upstream-fault.ts'
import type { TokenUsage } from '../../shared/models/request.ts'

const FAILED: ReadonlySet<string> = new Set(['response.failed', 'error'])
const TERMINAL: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete'])

/** Real owned state with a hot path: a class keeps it in one shape. */
export class CollectedAnswer implements Answer {
  readonly #sink: AnswerSink
  readonly #relay: SseRelay
  readonly #splitter = createSseSplitter()
  /** The parts of the answer by their place; the last event does not always repeat them. */
  readonly #items = new Map<number, unknown>()
  #bytes = 0
  #response: JsonObject | null = null
  /** The provider's error object, from whichever event brought one. */
  #error: unknown = null

  constructor(sink: AnswerSink, job: AttemptJob) {
    this.#sink = sink
    this.#relay = createSseRelay(job.dialect, false, relayOptions(job))
  }

  push(chunk: Buffer): void {
    const relay = this.#relay
    this.#read(relay.push(chunk))
    if (this.#bytes > MAX_EVENT_BYTES) this.#sink.fail(badResponse('sent an answer that is too long to be collected'))
    else if (relay.isMendable || relay.error !== null) this.#fault()
    else if (relay.isCapped) this.end()
    else if (relay.isOver) this.#sink.endSoon()
  }

  end(): void {
    const relay = this.#relay
    this.#read(relay.finish())
    if (relay.isMendable || relay.error !== null || relay.isGarbled) {
      this.#fault()
      return
    }
    const response = this.#response
    if (response === null) {
      this.#sink.fail(relay.hasOutput ? endedEarly() : badResponse('ended the event stream before any answer'))
      return
    }
    this.#sink.writeJson(200, Buffer.from(JSON.stringify(response)))
    if (relay.isCapped) this.#sink.deliverCapped()
    else this.#sink.deliver(null)
  }

  beat(): void {}

  get canEndBroken(): boolean {
    return this.#response !== null
  }

  get canEndSilent(): boolean {
    return this.#response !== null
  }

  get usage(): TokenUsage | null {
    return this.#relay.usage
  }

  get responseId(): string | null {
    return this.#relay.responseId
  }

  get seenOutput(): number {
    return this.#relay.seenOutput
  }

  /** What the request itself is to blame for is the client's to see, in the provider's words; no other upstream would help. */
  #fault(): void {
    const error = faultOf(this.#relay)
    if (error.code !== 'upstream_rejected') {
      this.#sink.fail(error)
      return
    }
    this.#sink.writeJson(400, Buffer.from(JSON.stringify({ error: this.#error })))
    this.#sink.deliver(error)
  }

  #read(bytes: Buffer | null): void {
    if (bytes === null) return
    for (const event of this.#splitter.push(bytes)) this.#readEvent(event)
  }

  #readEvent(event: Buffer): void {
    const at = dataStart(event)
    if (at < 0) return
    const type = responsesEventType(event, at)
    const isItem = type === 'response.output_item.done'
    if (!isItem && !TERMINAL.has(type) && !FAILED.has(type)) return
    const data = parseJsonObject(eventData(event))
    if (data === null) return
    if (isItem) {
      this.#bytes += event.length
      const place = data['output_index']
      this.#items.set(typeof place === 'number' ? place : this.#items.size, data['item'])
      return
    }
    const response = data['response']
    if (FAILED.has(type)) this.#error = (isObject(response) ? response['error'] : null) ?? data['error'] ?? data
    else if (isObject(response)) this.#response = this.#complete(response)
  }

  #complete(response: JsonObject): JsonObject {
    const { output } = response
    if ((Array.isArray(output) && output.length > 0) || this.#items.size === 0) return response
    const items = [...this.#items].sort(([a], [b]) => a - b).map(([, item]) => item)
    return { ...response, output: items }
  }
}
