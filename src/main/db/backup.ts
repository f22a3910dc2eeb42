/**
 * A verified copy of the database, taken before a migration. It carries its final name only once it was opened, checked
 * and compared with the original, so a copy in the folder is one that can be restored.
 */
import Database from 'better-sqlite3'
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { AppError } from '../../shared/errors.ts'
import { databaseError, ensureDir } from './connection.ts'

const COPIES_KEPT = 5
const COPY = /^weir-.+-(\d{8}T\d{9}Z)\.db$/

/** `version` is the newest migration of the database being copied. Returns the path of the copy. */
export function takeVerifiedCopy(source: Database.Database, version: string, nowMs: number): string {
  const dir = join(dirname(source.name), 'backups')
  const stamp = new Date(nowMs).toISOString().replaceAll(/[-:.]/g, '')
  const copy = join(dir, `weir-${version}-${stamp}.db`)
  const partial = `${copy}.partial`
  ensureDir(dir)
  try {
    // SQLite would create it readable for all; it accepts a file that exists and is empty.
    closeSync(openSync(partial, 'w', 0o600))
    source.prepare('VACUUM INTO ?').run(partial)
    verify(source, partial)
    flush(partial)
    renameSync(partial, copy)
  } catch (error) {
    rmSync(partial, { force: true })
    throw databaseError(error, partial)
  }
  removeOldCopies(dir)
  return copy
}

function verify(source: Database.Database, file: string): void {
  const copy = new Database(file, { readonly: true, fileMustExist: true })
  try {
    const finding = copy.pragma('integrity_check', { simple: true })
    const same = JSON.stringify(rowCounts(copy)) === JSON.stringify(rowCounts(source))
    if (finding === 'ok' && same) return
    throw new AppError(
      'database_migration_failed',
      `The copy of ${source.name} could not be verified (${finding === 'ok' ? 'row counts differ' : String(finding)}), so nothing was changed. Check the disk, then start again.`,
      { details: { file: source.name, copy: file } },
    )
  } finally {
    copy.close()
  }
}

/** Rows of every table, by name. */
export function rowCounts(client: Database.Database): Record<string, number> {
  const names = client
    .prepare<[], string>(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`,
    )
    .pluck()
    .all()
  const count = (name: string) =>
    client
      .prepare<[], number>(`SELECT count(*) FROM ${quoted(name)}`)
      .pluck()
      .get() ?? 0
  return Object.fromEntries(names.map((name) => [name, count(name)]))
}

export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}

function flush(file: string): void {
  const descriptor = openSync(file, 'r+')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Keeps the newest few, and removes what a copy that was cut short left. */
function removeOldCopies(dir: string): void {
  const names = readdirSync(dir)
  const stampOf = (name: string) => COPY.exec(name)?.[1] ?? ''
  const copies = names.filter((name) => COPY.test(name)).sort((a, b) => stampOf(b).localeCompare(stampOf(a)))
  const partials = names.filter((name) => name.endsWith('.partial') && COPY.test(name.slice(0, -'.partial'.length)))
  for (const name of [...copies.slice(COPIES_KEPT), ...partials]) rmSync(join(dir, name), { force: true })
}
