/**
 * What the desktop window's page finds on `window.weir`, and the news that only a window has. Calls and events are those
 * of the contract; a page in a browser reaches the same over HTTP.
 */
import type { CoreEvent, RpcResult } from './contract.ts'

/** The application menu asks the page to show one of its own paths, such as `/settings`. */
export interface HostEvent {
  type: 'host.navigate'
  path: string
}

/** Exactly these two functions; the preload adds nothing. */
export interface WeirBridge {
  /** Never rejects while the window lives: refusals are results too. */
  invoke(route: string, input: unknown): Promise<RpcResult<unknown>>
  /** Returns what ends the listening. Batches arrive at most four times a second. */
  on(listener: (events: (CoreEvent | HostEvent)[]) => void): () => void
}
