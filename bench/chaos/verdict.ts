/** What the chaos run must show, from what clients saw, what upstreams did, and what stands in the log. */
import Database from 'better-sqlite3'
import { quantile } from '../quantile.ts'
import type { Ended } from './clients.ts'

export interface UpstreamWord {
  readonly mark: string
  readonly upstream: number
  readonly fault: string | null
  readonly isLasting: boolean
}

export interface Facts {
  readonly ended: readonly Ended[]
  /** What each request met, in order. */
  readonly asked: ReadonlyMap<string, readonly UpstreamWord[]>
  /** How many upstreams gave it a whole answer. */
  readonly answered: ReadonlyMap<string, number>
  /** Bytes after a collection: early on, and at the end. */
  readonly heap: { readonly early: number; readonly late: number }
  readonly databaseFile: string
}

export interface Line {
  readonly what: string
  readonly figure: string
  readonly holds: boolean
}

const FAILOVER_BOUND_MS = 50
const HEAP_BOUND = 1.1

interface LogFigures {
  readonly rows: number
  readonly open: number
  readonly completed: number
  readonly failovers: readonly number[]
  readonly isSound: boolean
}

function logFigures(file: string): LogFigures {
  const db = new Database(file, { readonly: true })
  const count = (where: string) =>
    (db.prepare(`select count(*) as n from request where ${where}`).get() as { n: number }).n
  // From the end of an attempt to the beginning of the one after it.
  const gaps = db
    .prepare(
      `select b.at - (a.at + a.duration_ms) as gap from attempt a
       join attempt b on b.request_id = a.request_id and b.number = a.number + 1`,
    )
    .all() as { gap: number }[]
  const figures = {
    rows: count('1'),
    open: count("state = 'open' or state = 'interrupted'"),
    completed: count("state = 'completed'"),
    failovers: gaps.map(({ gap }) => Math.max(0, gap)),
    isSound: db.pragma('integrity_check', { simple: true }) === 'ok',
  }
  db.close()
  return figures
}

/** A failure is the upstream's own only where it began an answer and broke it off. */
export function unexplained({ ended, asked }: Pick<Facts, 'ended' | 'asked'>): Ended[] {
  return ended.filter(
    ({ outcome, mark }) => outcome === 'told' && asked.get(mark)?.some((word) => word.isLasting) !== true,
  )
}

export function linesOf(facts: Facts): Line[] {
  const { ended, answered, heap } = facts
  const log = logFigures(facts.databaseFile)
  const wrong = ended.filter(({ outcome }) => outcome === 'wrong')
  const whole = ended.filter(({ outcome }) => outcome === 'whole').length
  const lost = unexplained(facts)
  const twice = [...answered.values()].filter((times) => times > 1).length
  const failover = quantile(log.failovers, 0.99)
  const growth = heap.late / heap.early
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
  return [
    { what: 'requests', figure: String(ended.length), holds: ended.length > 0 },
    { what: 'whole answers', figure: String(whole), holds: whole > 0 },
    { what: 'rows in the log', figure: String(log.rows), holds: log.rows === ended.length },
    { what: 'rows left open', figure: String(log.open), holds: log.open === 0 },
    { what: 'completed rows', figure: String(log.completed), holds: log.completed >= whole },
    { what: 'database', figure: log.isSound ? 'sound' : 'damaged', holds: log.isSound },
    { what: 'wrong or mixed answers', figure: String(wrong.length), holds: wrong.length === 0 },
    { what: 'answered by two upstreams', figure: String(twice), holds: twice === 0 },
    {
      what: 'failures without a broken-off answer',
      figure: String(lost.length),
      holds: lost.length === 0,
    },
    {
      what: `time to failover, p99 of ${log.failovers.length}`,
      figure: `${failover.toFixed(1)} ms`,
      holds: failover < FAILOVER_BOUND_MS,
    },
    {
      what: 'heap after collection',
      figure: `${mb(heap.early)} early, ${mb(heap.late)} at the end`,
      holds: growth <= HEAP_BOUND,
    },
  ]
}
