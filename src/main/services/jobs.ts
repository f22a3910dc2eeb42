/**
 * Long work that an operator starts, watches and stops. A job answers at once with its row; whoever wants the end waits
 * for it or listens to `job.changed`. One of a kind runs at a time. Rows live in memory: after a start there are none.
 */
import { AppError } from '../../shared/errors.ts'
import type { Job, JobKind, JobOf, JobProgress, JobResult } from '../../shared/models/job.ts'
import { randomBase62 } from '../gateway/pool-key.ts'
import type { Log } from '../gateway/ports.ts'
import type { EventHub } from './events.ts'

/** Ended jobs that are remembered. */
const KEPT = 50

/** What the work of a job gets. */
export interface JobControl {
  readonly signal: AbortSignal
  /** `total` may change; null while it is not known. */
  progress(done: number, total: number | null): void
}

export type JobWork<K extends JobKind> = (control: JobControl) => Promise<JobResult<K>>

export interface JobService {
  /** @throws AppError `state_conflict` when one of this kind runs already. */
  start<K extends JobKind>(kind: K, unit: JobProgress['unit'], work: JobWork<K>): JobOf<K>
  list(): Job[]
  get(id: string): Job
  /** Does nothing to a job that has ended. */
  cancel(id: string): Job
  wait(input: { readonly id: string; readonly timeoutMs: number }): Promise<Job>
  /** Stops all that runs and waits for its end. Nothing starts afterwards. */
  close(): Promise<void>
}

interface Entry {
  row: Job
  readonly abort: AbortController
  ended: Promise<void>
}

export function createJobs(deps: {
  readonly now: () => number
  readonly events: Pick<EventHub, 'emit'>
  readonly log: Pick<Log, 'error'>
}): JobService {
  const { now, events, log } = deps
  /** Oldest first. */
  const entries = new Map<string, Entry>()
  let isClosed = false

  function entryOf(id: string): Entry {
    const entry = entries.get(id)
    if (entry !== undefined) return entry
    throw new AppError('not_found', 'There is no job with this id. Jobs are forgotten after a while and by a restart.')
  }

  function put(entry: Entry, change: Partial<Job>): void {
    entry.row = { ...entry.row, ...change } as Job
    events.emit({ type: 'job.changed', id: entry.row.id })
  }

  async function run<K extends JobKind>(entry: Entry, work: JobWork<K>): Promise<void> {
    const { signal } = entry.abort
    try {
      const result = await work({
        signal,
        progress: (done, total) => {
          if (entry.row.state === 'running') put(entry, { progress: { ...entry.row.progress, done, total } })
        },
      })
      put(entry, { state: 'done', endedAt: now(), result } as Partial<Job>)
    } catch (thrown) {
      const { code, message, cause } = AppError.from(thrown)
      // Whatever an interrupted step threw, it was stopped because somebody asked for it.
      if (signal.aborted) put(entry, { state: 'cancelled', endedAt: now() })
      else {
        if (code === 'internal') log.error('a job failed', { kind: entry.row.kind, cause })
        put(entry, { state: 'failed', endedAt: now(), error: { code, message } })
      }
    }
    forgetOld()
  }

  function forgetOld(): void {
    const ended = [...entries.values()].filter(({ row }) => row.state !== 'running')
    for (const { row } of ended.slice(0, Math.max(0, ended.length - KEPT))) entries.delete(row.id)
  }

  return {
    start(kind, unit, work) {
      if (isClosed) throw new AppError('shutting_down', 'Weir is shutting down.')
      const twin = [...entries.values()].find(({ row }) => row.kind === kind && row.state === 'running')
      if (twin !== undefined) {
        throw new AppError('state_conflict', 'This is running already. Wait for its end or cancel it.', {
          details: { job: twin.row.id },
        })
      }
      const id = `job_${randomBase62(16)}`
      const progress = { done: 0, total: null, unit }
      const row = { id, kind, state: 'running', startedAt: now(), endedAt: null, progress, error: null, result: null }
      const entry: Entry = { row: row as Job, abort: new AbortController(), ended: Promise.resolve() }
      entries.set(id, entry)
      events.emit({ type: 'job.changed', id })
      entry.ended = run(entry, work)
      return entry.row as JobOf<typeof kind>
    },
    list: () => [...entries.values()].map(({ row }) => row).toReversed(),
    get: (id) => entryOf(id).row,
    cancel(id) {
      const entry = entryOf(id)
      if (entry.row.state === 'running') entry.abort.abort()
      return entry.row
    },
    async wait({ id, timeoutMs }) {
      const entry = entryOf(id)
      await Promise.race([entry.ended, patience(timeoutMs)])
      return entry.row
    },
    async close() {
      isClosed = true
      for (const { abort } of entries.values()) abort.abort()
      await Promise.all([...entries.values()].map(({ ended }) => ended))
    },
  }
}

function patience(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}
