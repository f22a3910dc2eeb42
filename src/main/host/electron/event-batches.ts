/**
 * The core's events on their way into the window: gathered, the newest of each kind and subject, and sent as one message
 * at most four times a second. A single event after a quiet moment goes at once.
 */
import type { CoreEvent } from '../../../shared/contract.ts'
import type { Subscribe } from '../headless/core.ts'

const PAUSE_MS = 250
/** A page fetches what it shows, so the oldest of too many settled requests are no loss. */
const MAX_SETTLED = 200

export interface EventBatchDeps {
  readonly subscribe: Subscribe
  readonly send: (events: readonly CoreEvent[]) => void
}

/** Returns what ends it. */
export function createEventBatches({ subscribe, send }: EventBatchDeps): () => void {
  const waiting = new Map<string, CoreEvent>()
  let settled = 0
  let timer: NodeJS.Timeout | null = null

  function flush(): void {
    if (waiting.size === 0) {
      timer = null
      return
    }
    timer = setTimeout(flush, PAUSE_MS)
    timer.unref()
    const events = [...waiting.values()]
    waiting.clear()
    settled = 0
    send(events)
  }

  function dropOldestSettled(): void {
    for (const [subject, { type }] of waiting) {
      if (type !== 'request.settled') continue
      waiting.delete(subject)
      settled -= 1
      return
    }
  }

  const unsubscribe = subscribe((event) => {
    const subject = `${event.type} ${'id' in event ? event.id : ''}`
    // Of what happened to one subject the last stands, at its own place in the order.
    if (!waiting.delete(subject) && event.type === 'request.settled') settled += 1
    waiting.set(subject, event)
    if (settled > MAX_SETTLED) dropOldestSettled()
    timer ??= setTimeout(flush, 0)
  })

  return () => {
    unsubscribe()
    if (timer !== null) clearTimeout(timer)
  }
}
