/**
 * The core's events on their way to its pages. A busy gateway settles thousands of requests a second and a page only
 * wants to know that something changed, so one subject is told of at most four times a second, its last news always.
 */
import type { CoreEvent } from '../../shared/contract.ts'

const QUIET_MS = 250

export type EventListener = (event: CoreEvent) => void

export interface EventHub {
  emit(event: CoreEvent): void
  /** Returns what ends the subscription. */
  subscribe(listener: EventListener): () => void
}

/** Settled requests are told of per key: each has an id of its own, and coalescing by that would stop nothing. */
function subjectOf(event: CoreEvent): string {
  if (event.type === 'request.settled') return `${event.type} ${event.keyId}`
  return 'id' in event ? `${event.type} ${event.id}` : event.type
}

export function createEventHub(onListenerError: (error: unknown) => void = () => undefined): EventHub {
  const listeners = new Set<EventListener>()
  /** Subjects told of within the last quarter second; the value is the news that waits. */
  const quiet = new Map<string, CoreEvent | null>()

  function tell(event: CoreEvent): void {
    for (const listener of listeners) {
      try {
        listener(event)
      } catch (error) {
        // One broken page must not keep the news from the others, nor fail the change it is about.
        onListenerError(error)
      }
    }
  }

  function rest(subject: string): void {
    setTimeout(() => {
      const waiting = quiet.get(subject) ?? null
      if (waiting === null || listeners.size === 0) {
        quiet.delete(subject)
        return
      }
      quiet.set(subject, null)
      rest(subject)
      tell(waiting)
    }, QUIET_MS).unref()
  }

  return {
    emit(event) {
      if (listeners.size === 0) return
      const subject = subjectOf(event)
      if (quiet.has(subject)) {
        quiet.set(subject, event)
        return
      }
      quiet.set(subject, null)
      rest(subject)
      tell(event)
    },
    subscribe(listener) {
      // Wrapped, so that the same function subscribed twice is told twice and each ends on its own.
      const own: EventListener = (event) => listener(event)
      listeners.add(own)
      return () => listeners.delete(own)
    },
  }
}
