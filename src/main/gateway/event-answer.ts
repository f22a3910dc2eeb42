/**
 * An answer as an event stream. Held back until it shows a part of the answer itself, so that a stream that starts with
 * a fault can be tried elsewhere; from then on each chunk passes as it comes.
 */
import { joined, type Answer, type AnswerSink, type AttemptJob } from './answer.ts'
import { createSseRelay, keepAliveFor, relayOptions, type SseRelay } from './sse-relay.ts'
import { badResponse, endedEarly, faultOf } from './upstream-fault.ts'
import type { TokenUsage } from '../../shared/models/request.ts'

/** Real owned state with a hot path: a class keeps it in one shape. */
export class EventAnswer implements Answer {
  readonly #sink: AnswerSink
  readonly #job: AttemptJob
  /** When the upstream began, monotonic ms. */
  startedAt = 0
  readonly #relay: SseRelay
  readonly #held: Buffer[] = []
  #heldBytes = 0

  constructor(sink: AnswerSink, job: AttemptJob) {
    this.#sink = sink
    this.#job = job
    this.#relay = createSseRelay(job.dialect, job.hideUsage, relayOptions(job))
  }

  push(chunk: Buffer): void {
    const relay = this.#relay
    const out = relay.push(chunk)
    if (relay.hasOutput) this.#sink.outputCame()
    if (this.#job.client.isCommitted) {
      if (out !== null) this.#sink.write(out)
    } else {
      if (relay.isMendable) {
        this.#sink.fail(faultOf(relay))
        return
      }
      if (out !== null) {
        this.#held.push(out)
        this.#heldBytes += out.length
      }
      if (
        relay.hasOutput ||
        relay.isCapped ||
        relay.error !== null ||
        this.#heldBytes > this.#job.settings['gateway.holdBytes']
      )
        this.#release()
    }
    if (relay.isCapped) this.#endCapped()
    // Some providers leave the connection open after the last event; clients wait for the end.
    else if (relay.isOver) this.#sink.endSoon()
  }

  end(): void {
    const relay = this.#relay
    const last = relay.finish()
    const { client } = this.#job
    if (!client.isCommitted) {
      if (relay.isMendable) this.#sink.fail(faultOf(relay))
      else if (relay.isComplete || relay.error !== null) this.#release()
      else this.#sink.fail(badResponse('ended the event stream before any answer'))
      if (!client.isCommitted) return
    }
    if (last !== null) client.write(last)
    if (relay.isCapped) {
      this.#endCapped()
    } else if (relay.isComplete || relay.error !== null) {
      client.end()
      this.#sink.deliver(relay.error === null && !relay.isGarbled ? null : faultOf(relay))
    } else {
      this.#sink.broken(endedEarly())
    }
  }

  beat(now: number): void {
    const { settings, client, dialect, isCodex } = this.#job
    if (!client.isCommitted) {
      if (now - this.startedAt > settings['gateway.holdEventsMs'] && this.#heldBytes > 0) this.#release()
    } else if (this.#relay.isAtBorder && now - client.lastSentAt > settings['gateway.keepAliveMs']) {
      client.write(keepAliveFor(dialect, isCodex))
    }
  }

  get canEndBroken(): boolean {
    return this.#relay.isComplete && this.#job.client.isCommitted
  }

  get canEndSilent(): boolean {
    return this.#relay.isComplete
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

  /** The relay has written the end. */
  #endCapped(): void {
    this.#job.client.end()
    this.#sink.deliverCapped()
  }

  #release(): void {
    this.#sink.begin(false)
    const body = joined(this.#held)
    this.#held.length = 0
    this.#heldBytes = 0
    if (body.length > 0) this.#sink.write(body)
  }
}
