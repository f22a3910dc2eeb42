/**
 * Sends an answer, and breaks it off the way the behaviour asks. Every wait ends when `signal` does: the client has
 * gone, or the simulator closes. A broken connection is always preceded by what was written before it.
 */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { SimulatorBehaviour } from '../../../shared/models/upstream.ts'
import type { Rendering, StreamEvent } from './rendering.ts'

export interface Delivery {
  readonly res: ServerResponse
  readonly signal: AbortSignal
  readonly behaviour: SimulatorBehaviour
  /** The fault of this request, `none` when it is not this one's turn. */
  readonly fault: SimulatorBehaviour['fault']
  readonly headers: Readonly<Record<string, string>>
}

export const page = '<!doctype html><html><head><title>Weir simulator</title></head><body>Not an API.</body></html>\n'

export async function deliverPage({ res, headers }: Delivery): Promise<void> {
  res.writeHead(200, { ...headers, 'content-type': 'text/html; charset=utf-8', 'content-length': page.length })
  res.end(page)
}

export async function deliverJson(delivery: Delivery, rendering: Pick<Rendering, 'body' | 'errorBody'>): Promise<void> {
  const { res, fault, headers } = delivery
  const value = fault === 'error_event' ? rendering.errorBody() : rendering.body()
  const whole = Buffer.from(JSON.stringify(value))
  const half = whole.subarray(0, Math.ceil(whole.length / 2))
  const isCut = fault === 'truncated_json' || fault === 'malformed_event'
  const body = isCut ? half : whole
  res.writeHead(200, { ...headers, 'content-type': 'application/json', 'content-length': body.length })
  if (fault === 'hang_mid_stream' || fault === 'drop_mid_stream' || fault === 'end_early') {
    await write(delivery, half)
    await breakOff(delivery)
    return
  }
  res.end(body)
}

export async function deliverStream(delivery: Delivery, rendering: Rendering): Promise<void> {
  const { res, fault, headers, behaviour, signal } = delivery
  const events = rendering.events()
  const faultAt = faultIndex(events, fault, behaviour.faultAfterChunks)
  let isFirst = true
  res.writeHead(200, { ...headers, 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
  res.flushHeaders()
  for (const [index, event] of events.entries()) {
    if (index === faultAt) {
      if (fault === 'malformed_event') await write(delivery, rendering.malformedEvent)
      else return await failStream(delivery, rendering, event.text, index)
    }
    if (event.phase === 'delta') {
      if (!isFirst && behaviour.chunkDelayMs > 0) await delay(behaviour.chunkDelayMs, undefined, { signal })
      isFirst = false
    }
    await write(delivery, event.text)
  }
  res.end()
}

async function failStream(delivery: Delivery, rendering: Rendering, next: string, index: number): Promise<void> {
  if (delivery.fault === 'error_event') delivery.res.end(rendering.errorEvents(index))
  else if (delivery.fault === 'truncated_json') delivery.res.end(next.slice(0, Math.ceil(next.length / 2)))
  else if (delivery.fault === 'end_early') delivery.res.end()
  else await breakOff(delivery)
}

/** Before which event the fault strikes; -1 for never. With no chunks asked for, before any output. */
export function faultIndex(events: readonly StreamEvent[], fault: Delivery['fault'], afterChunks: number): number {
  if (fault === 'none') return -1
  if (fault === 'truncated_json') return events.findLastIndex((event) => event.text.endsWith('}\n\n'))
  if (afterChunks === 0) return events.findIndex((event) => event.phase !== 'start')
  const deltas = events.flatMap((event, index) => (event.phase === 'delta' ? [index] : []))
  return (
    (deltas[Math.min(afterChunks, deltas.length) - 1] ?? events.findIndex((event) => event.phase === 'end') - 1) + 1
  )
}

async function breakOff({ res, signal, fault }: Delivery): Promise<void> {
  const { socket } = res
  if (fault === 'hang_mid_stream') await hang(signal)
  else if (fault === 'drop_mid_stream' && socket !== null) socket.resetAndDestroy()
  else res.destroy()
}

/** Resolves when the client goes or the simulator closes. */
export async function hang(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}

/** Waits for the operating system to have it where the connection breaks next, for the buffer to drain elsewhere. */
async function write({ res, signal, fault }: Delivery, data: string | Buffer): Promise<void> {
  signal.throwIfAborted()
  if (fault === 'none') {
    if (!res.write(data)) await once(res, 'drain', { signal })
    return
  }
  // Node forgets the callback of a write when its socket dies, so the signal ends the wait as well.
  const written = Promise.withResolvers<void>()
  const stop = () => written.reject(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  res.write(data, (error) => (error ? written.reject(error) : written.resolve()))
  await written.promise.finally(() => signal.removeEventListener('abort', stop))
}
