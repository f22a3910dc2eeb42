/** The `backups` folder: which files in it are backups, what each is called, and where a new one goes. */
import { closeSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Backup, BackupKind } from '../../shared/models/data-care.ts'
import { databaseError, ensureDir } from './connection.ts'

const ID = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,150}$/
const STAMP = /(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z$/

export function backupsDir(dataDir: string): string {
  return join(dataDir, 'backups')
}

/** Null for what is no backup's id: the path is made of it. */
export function backupPath(dataDir: string, id: string): string | null {
  return ID.test(id) && !id.includes('..') ? join(backupsDir(dataDir), `${id}.db`) : null
}

function stampOf(at: number): string {
  return new Date(at).toISOString().replaceAll(/[-:.]/g, '')
}

export function newBackupId(kind: 'backup' | 'replaced', at: number): string {
  return `${kind}-${stampOf(at)}`
}

function kindOf(id: string): BackupKind {
  if (/^backup-\d{8}T/.test(id)) return 'manual'
  if (/^replaced-\d{8}T/.test(id)) return 'replaced'
  return /^weir-.+-\d{8}T\d{9}Z$/.test(id) ? 'migration' : 'other'
}

function timeOf(id: string, fallback: number): number {
  const [, ...parts] = STAMP.exec(id) ?? []
  const [year, month, day, hour, minute, second, ms] = parts.map(Number)
  const at = year === undefined ? Number.NaN : Date.UTC(year, (month ?? 1) - 1, day, hour, minute, second, ms)
  return Number.isNaN(at) ? Math.floor(fallback) : at
}

export function findBackup(dataDir: string, id: string): Backup | null {
  const path = backupPath(dataDir, id)
  const file = path === null ? undefined : statSync(path, { throwIfNoEntry: false })
  if (path === null || file === undefined || !file.isFile()) return null
  return { id, path, kind: kindOf(id), createdAt: timeOf(id, file.mtimeMs), bytes: file.size }
}

/** Newest first. */
export function listBackups(dataDir: string): Backup[] {
  return readNames(backupsDir(dataDir))
    .filter((name) => name.endsWith('.db'))
    .flatMap((name) => findBackup(dataDir, name.slice(0, -'.db'.length)) ?? [])
    .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
}

function readNames(dir: string): string[] {
  try {
    return readdirSync(dir)
  } catch (error) {
    // No backup was ever made.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw databaseError(error, dir)
  }
}

export interface NewBackup {
  readonly id: string
  /** Written here; it gets its name by `keep`. */
  readonly partial: string
  keep(): Backup
  discard(): void
}

/** A file that only its owner can read, under a name that is not listed yet. */
export function beginBackup(dataDir: string, kind: 'backup' | 'replaced', at: number): NewBackup {
  const id = newBackupId(kind, at)
  const path = join(backupsDir(dataDir), `${id}.db`)
  const partial = `${path}.partial`
  ensureDir(backupsDir(dataDir))
  try {
    closeSync(openSync(partial, 'w', 0o600))
  } catch (error) {
    throw databaseError(error, partial)
  }
  return {
    id,
    partial,
    keep() {
      renameSync(partial, path)
      return { id, path, kind: kindOf(id), createdAt: at, bytes: statSync(path).size }
    },
    discard() {
      for (const end of ['', '-journal', '-wal', '-shm']) rmSync(partial + end, { force: true })
    },
  }
}

export function removeBackup(path: string): void {
  try {
    rmSync(path)
  } catch (error) {
    throw databaseError(error, path)
  }
}
