/**
 * A JSON answer that the gateway reads before the client does, and may leave something out of: held until it is whole,
 * whatever its length, within a bound.
 */
import { parseJsonObject } from '../dialects/json.ts'
import { joined, type Answer, type AnswerSink, type AnswerReader } from './answer.ts'
import { badResponse, errorInBody } from './upstream-fault.ts'

/** A list of some ten thousand files. */
const MAX_BYTES = 16_777_216

export class ReadAnswer implements Answer {
  readonly #sink: AnswerSink
  readonly #reader: AnswerReader
  readonly #held: Buffer[] = []
  #bytes = 0

  constructor(sink: AnswerSink, reader: AnswerReader) {
    this.#sink = sink
    this.#reader = reader
  }

  push(chunk: Buffer): void {
    this.#held.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes > MAX_BYTES) this.#sink.fail(badResponse('sent an answer that is too long to be read'))
  }

  end(): void {
    const body = joined(this.#held)
    const object = parseJsonObject(body.toString('utf8'))
    if (object === null) {
      this.#sink.fail(badResponse('answered with JSON that is cut off or broken'))
      return
    }
    const error = errorInBody(object)
    if (error !== null) {
      this.#sink.fail(error)
      return
    }
    const other = this.#reader(object)
    if (other === null) this.#sink.writeWhole(body)
    else this.#sink.writeJson(200, Buffer.from(JSON.stringify(other)))
    this.#sink.deliver(null)
  }

  beat(): void {}

  get canEndBroken(): boolean {
    return false
  }

  get canEndSilent(): boolean {
    return false
  }

  get usage(): null {
    return null
  }

  get seenOutput(): number {
    return 0
  }
}
