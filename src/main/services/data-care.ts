/** The data directory: what it holds, and giving unused space back. */
import { statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Actor } from '../../shared/models/audit.ts'
import type { DataStatus, UsageCheck } from '../../shared/models/data-care.ts'
import type { JobOf } from '../../shared/models/job.ts'
import { listBackups } from '../db/backup-folder.ts'
import { cancelled } from '../db/care.ts'
import type { Db } from '../db/database.ts'
import { readNextStart, writeNextStart } from '../db/next-start.ts'
import type { Reader } from '../db/reader.ts'
import { createCompactionSlices, databaseBytes, settleFile, type CompactionSlices } from '../db/retention-store.ts'
import type { Changes, Intent } from './change.ts'
import type { EventHub } from './events.ts'
import type { JobControl, JobService } from './jobs.ts'
import type { RetentionService } from './retention.ts'
import { breathe } from './turn.ts'

export interface DataCareService {
  status(): Promise<DataStatus>
  /** The job is null when it has to wait for the next start. */
  compact(actor: Actor): { readonly job: JobOf<'data.compact'> | null }
  cancelNextStart(actor: Actor): Promise<DataStatus>
  /** Compares what limits and budgets count with the log. Walks all of it, on the reader's thread. */
  checkUsage(): Promise<UsageCheck>
}

export interface DataCareDeps {
  readonly db: Db
  readonly dataDir: string
  readonly reader: Pick<Reader, 'dataFacts' | 'usageCheck'>
  readonly jobs: JobService
  readonly changes: Changes
  readonly events: EventHub
  readonly retention: Pick<RetentionService, 'status'>
  readonly flushJournal: () => void
  readonly now: () => number
}

function bytesOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

async function diskOf(dataDir: string): Promise<DataStatus['disk']> {
  try {
    const { bavail, blocks, bsize } = await statfs(dataDir)
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
  } catch {
    // Some network file systems do not say; the rest of the page is still of use.
    return null
  }
}

function intentOf(actor: Actor, action: string): Intent {
  return { actor, action, target: { kind: 'data', id: null, name: null } }
}

export function createDataCareService(deps: DataCareDeps): DataCareService {
  const { db, dataDir, reader, jobs, changes, events, retention } = deps
  const file = db.$client.name

  async function status(): Promise<DataStatus> {
    const [facts, disk] = await Promise.all([reader.dataFacts(), diskOf(dataDir)])
    const backups = listBackups(dataDir)
    return {
      dataDir,
      database: {
        path: file,
        bytes: bytesOf(file),
        walBytes: bytesOf(`${file}-wal`),
        journalBytes: bytesOf(join(dataDir, 'weir.journal')),
        reusableBytes: facts.reusableBytes,
        compaction: facts.isIncremental ? 'live' : 'next-start',
      },
      disk,
      backupBytes: backups.reduce((sum, backup) => sum + backup.bytes, 0),
      rows: { ...facts.rows },
      oldestRequestAt: facts.oldestRequestAt,
      newestRequestAt: facts.newestRequestAt,
      lastBackup: backups.find((backup) => backup.kind === 'manual') ?? null,
      retention: retention.status,
      nextStart: readNextStart(dataDir),
    }
  }

  async function shrink(actor: Actor, slices: CompactionSlices, control: JobControl) {
    const intent = intentOf(actor, 'data.compact')
    return changes.runAsync(intent, async (commit) => {
      const before = databaseBytes(db.$client)
      for (let done = 0, moved = slices.next(); moved > 0; moved = slices.next()) {
        done += moved
        control.progress(done, Math.max(done, slices.totalPages))
        if (control.signal.aborted) throw cancelled()
        await breathe()
      }
      const bytes = databaseBytes(db.$client)
      commit(() => ({ value: null, target: intent.target, before: { bytes: before }, after: { bytes } }))
      settleFile(db.$client)
      return { freedBytes: Math.max(0, before - bytes), databaseBytes: bytes }
    })
  }

  return {
    status: async () => {
      deps.flushJournal()
      return status()
    },
    compact(actor) {
      const slices = createCompactionSlices(db.$client)
      if (slices !== null) {
        return { job: jobs.start('data.compact', 'pages', async (control) => shrink(actor, slices, control)) }
      }
      const intent = intentOf(actor, 'data.compact')
      changes.run(intent, (commit) => {
        writeNextStart(dataDir, { ...readNextStart(dataDir), compact: true })
        commit(() => ({ value: null, target: intent.target, after: { atNextStart: true } }))
      })
      events.emit({ type: 'system.changed' })
      return { job: null }
    },
    checkUsage() {
      deps.flushJournal()
      return reader.usageCheck(deps.now())
    },
    async cancelNextStart(actor) {
      const planned = readNextStart(dataDir)
      const intent = intentOf(actor, 'data.cancelNextStart')
      if (planned.restore !== null || planned.compact) {
        changes.run(intent, (commit) => {
          writeNextStart(dataDir, { restore: null, compact: false })
          const before = { restore: planned.restore?.id ?? null, compact: planned.compact }
          commit(() => ({ value: null, target: intent.target, before }))
        })
        events.emit({ type: 'system.changed' })
      }
      return status()
    },
  }
}
