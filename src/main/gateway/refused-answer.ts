/** An answer that is no result: kept, within a bound, for whoever decides what it means. The client sees none of it. */
import { joined, type Answer, type AnswerSink } from './answer.ts'

const MAX_ERROR_BYTES = 65_536

export class RefusedAnswer implements Answer {
  readonly #sink: AnswerSink
  readonly #held: Buffer[] = []
  #heldBytes = 0

  constructor(sink: AnswerSink) {
    this.#sink = sink
  }

  push(chunk: Buffer): void {
    this.#held.push(chunk)
    this.#heldBytes += chunk.length
    if (this.#heldBytes > MAX_ERROR_BYTES) this.#sink.refuse(joined(this.#held), false)
  }

  end(): void {
    this.#sink.refuse(joined(this.#held), true)
  }

  beat(): void {}

  /** The status says what the upstream thinks, however its explanation ended. */
  get canEndBroken(): boolean {
    return true
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
