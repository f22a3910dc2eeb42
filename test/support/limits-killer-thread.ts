/** The thread of `limits-killer.ts`: it sees a request arrive while the test's own thread is busy, and kills at once. */
import { parentPort } from 'node:worker_threads'
import { startLimitsUpstream } from './limits-upstream.ts'

/** Kill `pid` when so many requests have arrived in all. Null only asks how many have. */
export interface KillOrder {
  readonly kill: { readonly pid: number; readonly at: number } | null
}
export type KillerNews = { readonly url: string } | { readonly killed: number } | { readonly arrived: number }

const upstream = await startLimitsUpstream()
const tell = (news: KillerNews) => parentPort?.postMessage(news)

parentPort?.on('message', ({ kill }: KillOrder) => {
  if (kill === null) return tell({ arrived: upstream.bodies.length })
  void upstream.arrived(kill.at).then(() => {
    process.kill(kill.pid, 'SIGKILL')
    tell({ killed: upstream.bodies.length })
  })
})
tell({ url: upstream.url })
