/** An upstream in a thread of its own that ends the gateway's process in the instant in which a certain request arrives. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { KillerNews, KillOrder } from './limits-killer-thread.ts'

export interface KillerUpstream {
  /** Ends in `/v1`. */
  readonly url: string
  /** Of all requests so far, by what arrived here. */
  arrived(): Promise<number>
  /** Kills when so many requests have arrived in all; resolves with how many have, then. */
  killAt(pid: number, at: number): Promise<number>
  close(): Promise<unknown>
}

export async function startKillerUpstream(): Promise<KillerUpstream> {
  const worker = new Worker(new URL('limits-killer-thread.ts', import.meta.url), { execArgv: [] })
  const next = async () => (await once(worker, 'message'))[0] as KillerNews
  const order = (kill: KillOrder['kill']) => worker.postMessage({ kill } satisfies KillOrder)
  const first = await next()
  if (!('url' in first)) throw new Error('the upstream did not start')
  return {
    url: first.url,
    async arrived() {
      order(null)
      const news = await next()
      return 'arrived' in news ? news.arrived : NaN
    },
    async killAt(pid, at) {
      order({ pid, at })
      const news = await next()
      return 'killed' in news ? news.killed : NaN
    },
    close: () => worker.terminate(),
  }
}
