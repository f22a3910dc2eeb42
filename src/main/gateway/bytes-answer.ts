/** An answer of which nothing is read: a file, subtitles, a text. It passes as it comes. */
import type { Answer, AnswerSink, AttemptJob } from './answer.ts'

export class BytesAnswer implements Answer {
  readonly #sink: AnswerSink
  readonly #job: AttemptJob

  constructor(sink: AnswerSink, job: AttemptJob) {
    this.#sink = sink
    this.#job = job
  }

  push(chunk: Buffer): void {
    this.#open()
    this.#sink.write(chunk)
  }

  end(): void {
    this.#open()
    this.#job.client.end()
    this.#sink.deliver(null)
  }

  #open(): void {
    if (this.#job.client.isCommitted) return
    this.#sink.outputCame()
    this.#sink.begin(true)
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
