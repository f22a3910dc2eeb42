/** Backups: made while requests run, checked, and put back at the next start with the present database kept. */
import { closeSync, fsyncSync, openSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { AppError } from '../../shared/errors.ts'
import type { Actor } from '../../shared/models/audit.ts'
import type { Backup, BackupCheck } from '../../shared/models/data-care.ts'
import type { JobOf } from '../../shared/models/job.ts'
import { beginBackup, findBackup, listBackups, removeBackup } from '../db/backup-folder.ts'
import type { BackupFindings } from '../db/backup-task.ts'
import { runCare } from '../db/care.ts'
import type { Db } from '../db/database.ts'
import { readNextStart, writeNextStart } from '../db/next-start.ts'
import type { Changes, Intent } from './change.ts'
import type { EventHub } from './events.ts'
import type { JobControl, JobService } from './jobs.ts'
import { invalidField } from './record-id.ts'

export interface BackupService {
  list(): Backup[]
  create(actor: Actor): JobOf<'backup.create'>
  check(which: { readonly id: string } | { readonly path: string }): JobOf<'backup.check'>
  /** Leaves it for the next start. */
  restore(actor: Actor, id: string): JobOf<'backup.restore'>
  delete(actor: Actor, id: string): Backup[]
}

export interface BackupDeps {
  readonly db: Db
  readonly dataDir: string
  readonly jobs: JobService
  readonly changes: Changes
  readonly events: EventHub
  readonly flushJournal: () => void
  readonly now: () => number
}

function intentOf(actor: Actor, action: string, id: string | null): Intent {
  return { actor, action, target: { kind: 'backup', id: null, name: id } }
}

function found(dataDir: string, id: string): Backup {
  const backup = findBackup(dataDir, id)
  if (backup !== null) return backup
  throw new AppError('not_found', 'There is no backup with this id. List the backups and use an id from there.')
}

function checkOf(id: string | null, path: string, findings: BackupFindings): BackupCheck {
  const { ok, finding, version, bytes, rows, newestRequestAt } = findings
  const count = (table: string) => rows?.[table] ?? 0
  return {
    id,
    path,
    ok,
    finding,
    version,
    bytes,
    rows: rows && {
      requests: count('request'),
      pools: count('pool'),
      upstreams: count('upstream'),
      keys: count('api_key'),
      auditEntries: count('audit'),
    },
    newestRequestAt,
  }
}

async function inspect(id: string | null, path: string, control: JobControl): Promise<BackupCheck> {
  return checkOf(id, path, await runCare({ task: 'inspect', input: { file: path } }, control))
}

export function createBackupService(deps: BackupDeps): BackupService {
  const { dataDir, jobs, changes, events } = deps

  function restore(actor: Actor, id: string): JobOf<'backup.restore'> {
    const intent = intentOf(actor, 'backup.restore', id)
    const backup = changes.run({ ...intent, target: { ...intent.target, name: null } }, () => found(dataDir, id))
    return jobs.start('backup.restore', 'steps', async (control) =>
      changes.runAsync(intent, async (commit) => {
        const check = await inspect(id, backup.path, control)
        if (!check.ok) throw new AppError('state_conflict', `This backup cannot be restored. ${check.finding ?? ''}`)
        writeNextStart(dataDir, { ...readNextStart(dataDir), restore: { id, stagedAt: deps.now() } })
        commit(() => ({ value: null, target: intent.target, after: { createdAt: backup.createdAt } }))
        events.emit({ type: 'system.changed' })
        return { id, check }
      }),
    )
  }

  return {
    list: () => listBackups(dataDir),
    create: (actor) => jobs.start('backup.create', 'pages', async (control) => create(deps, actor, control)),
    check(which) {
      const path = 'id' in which ? found(dataDir, which.id).path : which.path
      if (!isAbsolute(path)) throw invalidField('path', 'must begin at the root of the file system')
      const id = 'id' in which ? which.id : null
      return jobs.start('backup.check', 'steps', async (control) => inspect(id, path, control))
    },
    restore,
    delete(actor, id) {
      const intent = intentOf(actor, 'backup.delete', null)
      changes.run(intent, (commit) => {
        const backup = found(dataDir, id)
        if (readNextStart(dataDir).restore?.id === id) {
          throw new AppError(
            'state_conflict',
            'The next start restores this backup. Take that back before deleting it.',
          )
        }
        removeBackup(backup.path)
        const { kind, bytes, createdAt } = backup
        commit(() => ({ value: null, target: { ...intent.target, name: id }, before: { kind, bytes, createdAt } }))
      })
      return listBackups(dataDir)
    },
  }
}

async function create(deps: BackupDeps, actor: Actor, control: JobControl) {
  const { db, dataDir, changes } = deps
  return changes.runAsync(intentOf(actor, 'backup.create', null), async (commit) => {
    deps.flushJournal()
    const begun = beginBackup(dataDir, 'backup', deps.now())
    try {
      const input = { source: db.$client.name, target: begun.partial }
      const findings = await runCare({ task: 'copy', input }, control)
      if (!findings.ok) throw new AppError('internal', `The copy could not be verified. ${findings.finding ?? ''}`)
      flushToDisk(begun.partial)
      const backup = begun.keep()
      const target = { kind: 'backup', id: null, name: backup.id } as const
      commit(() => ({ value: null, target, after: { bytes: backup.bytes } }))
      return { backup, check: checkOf(backup.id, backup.path, findings) }
    } catch (error) {
      begun.discard()
      throw error
    }
  })
}

/** The thread has written it; this only waits for what the system still holds of it. */
function flushToDisk(file: string): void {
  const descriptor = openSync(file, 'r+')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
