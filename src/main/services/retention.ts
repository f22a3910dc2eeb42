/** Keeps the request log at what the operator wants kept: by age, by number. On a schedule, or when asked. */
import { AppError } from '../../shared/errors.ts'
import type { Actor } from '../../shared/models/audit.ts'
import type { DataStatus, RetentionPreview, RetentionRule } from '../../shared/models/data-care.ts'
import type { JobOf } from '../../shared/models/job.ts'
import type { Settings } from '../../shared/settings.ts'
import { cancelled } from '../db/care.ts'
import type { Db } from '../db/database.ts'
import type { Reader } from '../db/reader.ts'
import { createRetentionSlices } from '../db/retention-store.ts'
import { usageZone } from '../db/usage-day-rows.ts'
import { dropOldDays } from '../db/usage-day-store.ts'
import type { Log } from '../gateway/ports.ts'
import type { Changes } from './change.ts'
import type { JobControl, JobService } from './jobs.ts'
import { breathe } from './turn.ts'

export interface RetentionService {
  rule(): RetentionRule
  preview(rule?: RetentionRule): Promise<RetentionPreview>
  apply(actor: Actor, rule?: RetentionRule): JobOf<'retention.apply'>
  readonly status: DataStatus['retention']
  /** Begins the schedule. */
  start(): void
  close(): void
}

const TICK_MS = 60_000

export interface RetentionDeps {
  readonly db: Db
  readonly reader: Pick<Reader, 'retention'>
  readonly jobs: JobService
  readonly changes: Changes
  readonly settings: () => Settings
  readonly flushJournal: () => void
  readonly log: Log
  readonly now: () => number
  /** Done with each run, whatever is kept of the log. */
  readonly sweeps: readonly (() => Promise<void>)[]
}

export function createRetentionService(deps: RetentionDeps): RetentionService {
  const { reader, jobs, changes, settings, log, now } = deps
  let lastRun: DataStatus['retention']['lastRun'] = null
  let dueAt: number | null = null
  let tick: NodeJS.Timeout | null = null

  const rule = (): RetentionRule => ({ days: settings()['retention.days'], rows: settings()['retention.rows'] })
  const keepsAll = ({ days, rows }: RetentionRule) => !days && !rows

  function apply(actor: Actor, wanted: RetentionRule = rule()): JobOf<'retention.apply'> {
    return jobs.start('retention.apply', 'requests', async (control) => {
      const at = now()
      try {
        const done = await changes.runAsync(intentOf(actor), async (commit) => {
          const { deleted, until } = await remove(deps, wanted, control)
          const after = { deletedRequests: deleted, until, days: wanted.days, rows: wanted.rows }
          // Of a run that found nothing there is nothing to tell.
          if (deleted > 0 || actor !== 'system') commit(() => ({ value: null, target: intentOf(actor).target, after }))
          return { deletedRequests: deleted, until }
        })
        lastRun = { at, deletedRequests: done.deletedRequests, error: null }
        return done
      } catch (thrown) {
        lastRun = { at, deletedRequests: 0, error: AppError.from(thrown).message }
        throw thrown
      }
    })
  }

  /** Looks on the reader's thread first: nearly always there is nothing to do. */
  async function runWhenDue(): Promise<void> {
    const interval = settings()['retention.intervalMs']
    dueAt = Math.min(dueAt ?? Number.POSITIVE_INFINITY, now() + interval)
    if (dueAt > now()) return
    dueAt = now() + interval
    await dropUsageDays(deps)
    for (const sweep of deps.sweeps) await sweep()
    if (keepsAll(rule())) return
    const { preview } = await reader.retention({ rule: rule(), now: now() })
    const isRunning = jobs.list().some((job) => job.kind === 'retention.apply' && job.state === 'running')
    if (preview.requests > 0 && !isRunning) apply('system')
  }

  return {
    rule,
    preview: async (wanted = rule()) => {
      deps.flushJournal()
      return (await reader.retention({ rule: wanted, now: now() })).preview
    },
    apply,
    get status() {
      return { rule: rule(), lastRun, nextRunAt: keepsAll(rule()) ? null : dueAt }
    },
    start() {
      dueAt = now() + Math.min(TICK_MS, settings()['retention.intervalMs'])
      tick ??= setInterval(() => {
        runWhenDue().catch((cause: unknown) => log.warn('the request log could not be brought down', { cause }))
      }, TICK_MS).unref()
    },
    close() {
      if (tick !== null) clearInterval(tick)
      tick = null
    },
  }
}

function intentOf(actor: Actor) {
  return { actor, action: 'retention.apply', target: { kind: 'data', id: null, name: null } } as const
}

/** What limits counted on days that no limit looks back to. */
async function dropUsageDays({ db, now }: RetentionDeps): Promise<void> {
  const moment = { db, zone: usageZone(db), now: now() }
  for (let row: number | null = 0; row !== null;) {
    row = dropOldDays(moment, row)
    await breathe()
  }
}

async function remove({ db, reader, now }: RetentionDeps, rule: RetentionRule, control: JobControl) {
  const { preview, bound } = await reader.retention({ rule, now: now() })
  const slices = createRetentionSlices(db, bound)
  let deleted = 0
  let until: number | null = null
  for (;;) {
    if (control.signal.aborted) throw cancelled()
    const slice = slices.next()
    if (slice.until === null) return { deleted, until }
    deleted += slice.deleted
    until = slice.until
    control.progress(deleted, Math.max(deleted, preview.requests))
    await breathe()
  }
}
