/**
 * The way to the core: the preload's bridge in the desktop window, HTTP where the headless host serves the page. Chosen
 * once at the start; nothing above this file knows which it is.
 */
import type { CoreEvent, RpcResult } from '../../shared/contract.ts'
import type { HostEvent, WeirBridge } from '../../shared/host-contract.ts'

export interface Transport {
  readonly kind: 'desktop' | 'web'
  /** Rejects only when the core can't be reached at all. */
  invoke(route: string, input: unknown): Promise<RpcResult<unknown>>
  /** Opens the event channel. `onLost` is called once; the channel is closed then. */
  listen(channel: EventChannel): () => void
  /** Ends the operator's session; null where there is none. */
  readonly signOut: (() => Promise<void>) | null
}

export interface EventChannel {
  onOpen(): void
  onEvents(events: readonly PageEvent[]): void
  onLost(): void
}

/** News of the core, and in the desktop window of the window too. */
export type PageEvent = CoreEvent | HostEvent

export function chooseTransport(scope: { weir?: WeirBridge }): Transport {
  return scope.weir === undefined ? createWebTransport() : createDesktopTransport(scope.weir)
}

function createDesktopTransport(bridge: WeirBridge): Transport {
  return {
    kind: 'desktop',
    invoke: (route, input) => bridge.invoke(route, input),
    listen(channel) {
      const stop = bridge.on((events) => channel.onEvents(events))
      channel.onOpen()
      return stop
    },
    signOut: null,
  }
}

function createWebTransport(): Transport {
  return {
    kind: 'web',
    async invoke(route, input) {
      const answer = await fetch('/rpc', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ route, input }),
      })
      return (await answer.json()) as RpcResult<unknown>
    },
    listen(channel) {
      const source = new EventSource('/events')
      source.onopen = () => channel.onOpen()
      source.onmessage = (message: MessageEvent<string>) => channel.onEvents([JSON.parse(message.data) as CoreEvent])
      // A browser that retries by itself gives up for good on an error status, so the retrying is ours.
      source.onerror = () => {
        source.close()
        channel.onLost()
      }
      return () => source.close()
    },
    async signOut() {
      await fetch('/sign-out', { method: 'POST', headers: { accept: 'application/json' } })
    },
  }
}
