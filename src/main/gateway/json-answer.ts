/**
 * A JSON answer. Held back until it is whole, so that a bad one can be tried elsewhere; one too long to hold is opened:
 * it passes as it comes, and only its end is kept, where the usage figures stand.
 */
import { surveyObject } from '../dialects/json-survey.ts'
import { parseJsonObject } from '../dialects/json.ts'
import { responseIdOf } from '../dialects/responses.ts'
import { findUsage, parseUsage } from '../dialects/usage.ts'
import { joined, type Answer, type AnswerSink, type AttemptJob } from './answer.ts'
import { badResponse, errorInBody } from './upstream-fault.ts'
import type { TokenUsage } from '../../shared/models/request.ts'

/** The usage figures stand at the end of an answer; what follows them is short. */
const TAIL_BYTES = 16_384
const NOTHING = Buffer.alloc(0)

/** Real owned state with a hot path: a class keeps it in one shape. */
export class JsonAnswer implements Answer {
  readonly #sink: AnswerSink
  readonly #job: AttemptJob
  readonly #held: Buffer[] = []
  #heldBytes = 0
  #isOpen = false
  #tail: Buffer = NOTHING
  /** The first that came. */
  #head: Buffer = NOTHING
  #seenBytes = 0
  /** Of an answer held to its end; an open one is searched when asked. */
  #usage: TokenUsage | null = null

  constructor(sink: AnswerSink, job: AttemptJob) {
    this.#sink = sink
    this.#job = job
  }

  /** What was held, and all that comes, passes at once. */
  open(): void {
    this.#isOpen = true
    this.#sink.begin(true)
    for (const part of this.#held) this.#pass(part)
    this.#held.length = 0
  }

  push(chunk: Buffer): void {
    if (this.#head.length === 0) this.#head = chunk
    if (this.#isOpen) {
      this.#pass(chunk)
      return
    }
    this.#held.push(chunk)
    this.#heldBytes += chunk.length
    if (this.#heldBytes > this.#job.settings['gateway.holdBytes']) this.open()
  }

  end(): void {
    if (this.#isOpen) this.#endOpen()
    else this.#endHeld()
  }

  beat(): void {}

  get canEndBroken(): boolean {
    return false
  }

  get canEndSilent(): boolean {
    return false
  }

  get usage(): TokenUsage | null {
    return this.#isOpen ? findUsage(this.#tail) : this.#usage
  }

  get responseId(): string | null {
    return this.#job.dialect === 'responses' ? responseIdOf(this.#head) : null
  }

  get seenOutput(): number {
    return Math.ceil(this.#seenBytes / 4)
  }

  #endHeld(): void {
    const body = joined(this.#held)
    const survey = surveyObject(body)
    const found = survey === null ? null : survey.usage
    const usage = found === null ? null : (parseUsage(found) ?? findUsage(body))
    // The usual answer has figures and no error: that its brackets close is enough to know. Any other is read whole.
    const isUsual = usage !== null && survey?.mayHoldError === false
    const object = isUsual ? null : parseJsonObject(body.toString('utf8'))
    if (!isUsual && object === null) {
      this.#sink.fail(badResponse('answered with JSON that is cut off or broken'))
      return
    }
    // Some providers answer a failure with status 200; a client would retry that without end.
    const error = object === null ? null : errorInBody(object)
    this.#usage = usage
    if (error !== null) {
      this.#sink.fail(error)
      return
    }
    this.#seenBytes = body.length
    this.#sink.writeWhole(body)
    this.#sink.deliver(null)
  }

  #endOpen(): void {
    const end = this.#tail.toString('latin1').trimEnd().at(-1)
    if (end !== '}') {
      this.#sink.broken(badResponse('answered with JSON that is cut off or broken'))
      return
    }
    this.#job.client.end()
    this.#sink.deliver(null)
  }

  #pass(chunk: Buffer): void {
    this.#seenBytes += chunk.length
    const kept = this.#tail.subarray(-Math.max(1, TAIL_BYTES - chunk.length))
    this.#tail = chunk.length >= TAIL_BYTES ? chunk.subarray(-TAIL_BYTES) : Buffer.concat([kept, chunk])
    this.#sink.write(chunk)
  }
}
