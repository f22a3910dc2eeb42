/**
 * What the next start does before anybody is served: put a backup in the database's place, or rebuild the file. Both need
 * the database to themselves. The wish is a small file, so that it survives however this run ends; it is removed only
 * when it is fulfilled or given up, and each step can be taken again after a crash in the middle.
 */
import Database from 'better-sqlite3'
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../shared/errors.ts'
import { nextStart, type NextStart } from '../../shared/models/data-care.ts'
import type { Log } from '../gateway/ports.ts'
import { backupPath, backupsDir, newBackupId } from './backup-folder.ts'
import { databaseError } from './connection.ts'

const nothing: NextStart = { restore: null, compact: false }
const wish = nextStart.extend({ replaced: z.string().nullable().default(null) })
type Wish = z.infer<typeof wish>

/** What was done, for the audit log. */
export interface StartWork {
  readonly restored: { readonly id: string; readonly replaced: string } | null
  /** Why the restore was given up; the database is the one that was there. */
  readonly failed: { readonly id: string; readonly error: AppError } | null
}

function wishPath(dataDir: string): string {
  return join(dataDir, 'next-start.json')
}

function readWish(dataDir: string): Wish {
  try {
    return wish.parse(JSON.parse(readFileSync(wishPath(dataDir), 'utf8')))
  } catch {
    // None, or one that nobody can read any more: nothing is done rather than something unasked.
    return { ...nothing, replaced: null }
  }
}

export function readNextStart(dataDir: string): NextStart {
  const { restore, compact } = readWish(dataDir)
  return { restore, compact }
}

/** Replaces the wish; with nothing to do the file goes. */
export function writeNextStart(dataDir: string, next: NextStart & { readonly replaced?: string | null }): void {
  const path = wishPath(dataDir)
  try {
    if (next.restore === null && !next.compact) return rmSync(path, { force: true })
    const partial = `${path}.partial`
    writeFileSync(partial, JSON.stringify(next), { mode: 0o600 })
    sync(partial)
    renameSync(partial, path)
    sync(dataDir)
  } catch (error) {
    throw databaseError(error, path)
  }
}

/**
 * Call with the lock held, before the database is opened. `settle` brings the present database to rest: it takes over
 * what its journal holds. A restore that fails leaves the present database in place and the start goes on with it.
 */
export function doNextStart(deps: {
  readonly dataDir: string
  readonly log: Log
  readonly now: () => number
  readonly settle: () => void
}): StartWork {
  const { dataDir, log, now, settle } = deps
  const { restore, compact, replaced } = readWish(dataDir)
  const work = { restored: null, failed: null }
  if (restore !== null) {
    const { id } = restore
    try {
      const kept = replaced ?? newBackupId('replaced', now())
      replaceDatabase({ dataDir, id, kept, isSwapped: replaced !== null, settle, log })
      writeNextStart(dataDir, { ...nothing, compact })
      log.info('the database was restored from a backup', { backup: id, replaced: kept })
      return { ...work, restored: { id, replaced: kept } }
    } catch (thrown) {
      const error = databaseError(thrown, join(dataDir, 'weir.db'))
      writeNextStart(dataDir, nothing)
      log.error('the backup could not be restored; the database is as it was', { backup: id, reason: error.message })
      return { ...work, failed: { id, error } }
    }
  }
  if (compact) rebuild(dataDir, log)
  return work
}

interface Replacement {
  readonly dataDir: string
  readonly id: string
  /** Id of the backup that the present database becomes. */
  readonly kept: string
  /** A start before this one came as far as moving it away. */
  readonly isSwapped: boolean
  readonly settle: () => void
  readonly log: Log
}

function replaceDatabase({ dataDir, id, kept, isSwapped, settle, log }: Replacement): void {
  const file = join(dataDir, 'weir.db')
  const incoming = `${file}.restoring`
  const source = backupPath(dataDir, id)
  const away = backupPath(dataDir, kept)
  if (source === null || away === null) throw new AppError('not_found', 'There is no backup with this id.')
  if (!(isSwapped && !existsSync(file) && existsSync(incoming))) {
    closeSync(openSync(incoming, 'w', 0o600))
    copyFileSync(source, incoming)
    sync(incoming)
  }
  if (existsSync(file)) {
    bringToRest(file, settle, log)
    mkdirSync(backupsDir(dataDir), { recursive: true, mode: 0o700 })
    // From here on a start that finds no database finishes this.
    writeNextStart(dataDir, { restore: { id, stagedAt: 0 }, compact: false, replaced: kept })
    for (const end of ['-wal', '-shm']) if (existsSync(file + end)) renameSync(file + end, away + end)
    renameSync(file, away)
  }
  try {
    renameSync(incoming, file)
  } catch (error) {
    renameSync(away, file)
    throw error
  }
  sync(dirname(file))
}

/** A database that is too damaged for it is moved away with its log. */
function bringToRest(file: string, settle: () => void, log: Log): void {
  try {
    settle()
    const client = new Database(file, { fileMustExist: true })
    try {
      client.pragma('journal_mode = DELETE')
    } finally {
      client.close()
    }
  } catch (cause) {
    log.warn('the database that is being replaced could not be brought to rest', { cause })
  }
}

/** Rewrites the file without its unused pages, in the form that can be compacted while it is in use. */
function rebuild(dataDir: string, log: Log): void {
  const file = join(dataDir, 'weir.db')
  writeNextStart(dataDir, nothing)
  if (!existsSync(file)) return
  const client = new Database(file, { fileMustExist: true })
  try {
    client.pragma('auto_vacuum = INCREMENTAL')
    client.exec('VACUUM')
    log.info('the database file was compacted')
  } catch (cause) {
    // Nothing is lost: VACUUM is all or nothing. The operator is told, and may ask again.
    log.error('the database file could not be compacted', { cause })
  } finally {
    client.close()
  }
}

function sync(path: string): void {
  // A directory cannot be opened for this on Windows, nor need it be.
  if (process.platform === 'win32') return
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
