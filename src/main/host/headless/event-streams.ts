/**
 * Server-sent events to the operator's pages. Events hold ids only. A page that reads too slowly is cut and connects
 * again; it then fetches what it shows, so nothing is lost.
 */
import type { ServerResponse } from 'node:http'
import type { Subscribe } from './core.ts'

const MAX_STREAMS = 64
const MAX_UNREAD_BYTES = 1_048_576

export interface EventStreams {
  /** False when there are too many already. `owner` is whose session it is. */
  open(response: ServerResponse, owner: string): boolean
  /** Ends the streams of owners that are gone. */
  prune(isAlive: (owner: string) => boolean): void
  close(): void
}

export function createEventStreams(deps: {
  subscribe: Subscribe
  keepAliveMs: number
  onKeepAlive: () => void
}): EventStreams {
  const streams = new Map<ServerResponse, string>()

  function write(text: string): void {
    for (const response of streams.keys()) {
      if (response.writableLength > MAX_UNREAD_BYTES) response.destroy()
      else response.write(text)
    }
  }

  const unsubscribe = deps.subscribe((event) => write(`data: ${JSON.stringify(event)}\n\n`))
  const timer = setInterval(() => {
    deps.onKeepAlive()
    write(': keep-alive\n\n')
  }, deps.keepAliveMs)
  timer.unref()

  return {
    open(response, owner) {
      if (streams.size >= MAX_STREAMS) return false
      streams.set(response, owner)
      response.on('close', () => streams.delete(response))
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
      response.write('retry: 1000\n\n')
      return true
    },
    prune(isAlive) {
      for (const [response, owner] of streams) if (!isAlive(owner)) response.end()
    },
    close() {
      clearInterval(timer)
      unsubscribe()
      for (const response of streams.keys()) response.end()
    },
  }
}
