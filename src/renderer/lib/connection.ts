/**
 * Whether the core can be reached. A lost core is asked again with growing patience until it answers; then the events
 * channel is opened anew and everything shown is fetched again, because events were missed meanwhile.
 */
import type { PageEvent, Transport } from './transport.ts'

/** `signed_out`: the core is there, the session is not. Only a new sign-in link helps. */
export type ConnectionState = 'connecting' | 'connected' | 'lost' | 'signed_out'

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 8_000

export interface Connection {
  readonly state: ConnectionState
  subscribe(listener: () => void): () => void
  /** A call did not get through. */
  reportLost(): void
  reportSignedOut(): void
  /** Asks at once instead of at the end of the wait. */
  retryNow(): void
  close(): void
}

export interface ConnectionDeps {
  readonly transport: Transport
  readonly onEvents: (events: readonly PageEvent[]) => void
  /** After a loss, not after the first connect. */
  readonly onHealed: () => void
}

export function createConnection({ transport, onEvents, onHealed }: ConnectionDeps): Connection {
  const listeners = new Set<() => void>()
  let state: ConnectionState = 'connecting'
  let wasConnected = false
  let closed = false
  let waitMs = FIRST_WAIT_MS
  let timer: ReturnType<typeof setTimeout> | undefined
  let stop: (() => void) | undefined

  function become(next: ConnectionState): void {
    if (state === next) return
    state = next
    for (const listener of listeners) listener()
  }

  function open(): void {
    stop?.()
    stop = transport.listen({
      onOpen() {
        waitMs = FIRST_WAIT_MS
        become('connected')
        if (wasConnected) onHealed()
        wasConnected = true
      },
      onEvents,
      onLost: lose,
    })
  }

  function lose(): void {
    if (closed || state === 'signed_out') return
    stop?.()
    stop = undefined
    become('lost')
    if (timer !== undefined) return
    timer = setTimeout(() => void probe(), waitMs)
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)
  }

  async function probe(): Promise<void> {
    timer = undefined
    const answer = await transport.invoke('system.status', {}).catch(() => null)
    if (closed) return
    if (answer === null) lose()
    else if (!answer.ok && answer.error.code === 'unauthorized') connection.reportSignedOut()
    else open()
  }

  const connection: Connection = {
    get state() {
      return state
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    reportLost: () => {
      if (state !== 'lost') lose()
    },
    reportSignedOut() {
      stop?.()
      clearTimeout(timer)
      become('signed_out')
    },
    retryNow() {
      clearTimeout(timer)
      waitMs = FIRST_WAIT_MS
      if (state === 'lost') void probe()
    },
    close() {
      closed = true
      clearTimeout(timer)
      stop?.()
    },
  }
  open()
  return connection
}
