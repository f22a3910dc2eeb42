/** The two heavy tasks on database files. Both run in the care thread and may take as long as they take. */
import Database from 'better-sqlite3'
import { existsSync, rmSync, statSync } from 'node:fs'
import { rowCounts } from './backup.ts'
import { connectReadOnly } from './connection.ts'
import { appliedMigrations, findMigrations, readMigrations } from './migrate.ts'

export interface BackupFindings {
  readonly ok: boolean
  readonly finding: string | null
  readonly version: 'same' | 'older' | 'newer' | 'unknown'
  readonly bytes: number
  /** Null where the file could not be read so far. */
  readonly rows: Readonly<Record<string, number>> | null
  readonly newestRequestAt: number | null
}

type Progress = (done: number, total: number) => void

/** Pages copied between two looks at whether to stop: some milliseconds. */
const PAGES_PER_STEP = 512
const OWN_TABLES = ['api_key', 'audit', 'pool', 'request', 'setting', 'upstream']

/**
 * Copies page by page. The open read transaction holds one moment of the database for the whole copy: without it every
 * write in between would make SQLite begin anew. Writers are not held up by it.
 */
export async function copyDatabase(
  { source, target }: { readonly source: string; readonly target: string },
  progress: Progress,
): Promise<void> {
  const { $client: from } = connectReadOnly(source)
  try {
    from.exec('BEGIN')
    const expected = JSON.stringify(rowCounts(from))
    await from.backup(target, {
      progress({ totalPages, remainingPages }) {
        progress(totalPages - remainingPages, totalPages)
        return PAGES_PER_STEP
      },
    })
    from.exec('COMMIT')
    seal(target)
    const { $client: copy } = connectReadOnly(target)
    try {
      if (JSON.stringify(rowCounts(copy)) !== expected) throw new Error('the copy has other rows than its source')
    } finally {
      copy.close()
    }
  } finally {
    from.close()
  }
}

/** One file without a log beside it, so that it can be moved and read anywhere. */
function seal(file: string): void {
  const copy = new Database(file, { fileMustExist: true })
  try {
    copy.pragma('journal_mode = DELETE')
  } finally {
    copy.close()
  }
}

const nothing = { version: 'unknown', rows: null, newestRequestAt: null } as const

/** What is in a file and whether it can be restored. Finds fault, and never throws for what is in the file. */
export function inspectBackup(file: string, progress: Progress): BackupFindings {
  const bytes = statSync(file).size
  const before = ['-wal', '-shm'].map((end) => file + end).filter((path) => !existsSync(path))
  let client: Database.Database | undefined
  try {
    client = connectReadOnly(file).$client
    return { bytes, ...look(client, progress) }
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    return { ok: false, finding: `It is no readable database (${why}).`, bytes, ...nothing }
  } finally {
    client?.close()
    // Reading a file that keeps a log leaves an empty one behind.
    for (const path of before) rmSync(path, { force: true })
  }
}

function look(client: Database.Database, progress: Progress): Omit<BackupFindings, 'bytes'> {
  const bad = (finding: string) => ({ ok: false, finding, ...nothing })
  const rows = rowCounts(client)
  if (!OWN_TABLES.every((table) => Object.hasOwn(rows, table))) return bad('It is a database, but not one of Weir.')
  progress(0, 2)
  const integrity = String(client.pragma('integrity_check(1)', { simple: true })).replaceAll(/\s+/g, ' ')
  if (integrity !== 'ok') return bad(`It is damaged: ${integrity}.`)
  progress(1, 2)
  if (client.prepare('PRAGMA foreign_key_check').all().length > 0) return bad('Rows in it point at nothing.')
  progress(2, 2)
  const newest = client.prepare<[], number>('SELECT at FROM request ORDER BY id DESC LIMIT 1').pluck().get() ?? null
  const version = versionOf(client)
  const finding = version === 'newer' ? 'It was written by a newer version of Weir. Update Weir to restore it.' : null
  return { ok: finding === null, finding, version, rows, newestRequestAt: newest }
}

function versionOf(client: Database.Database): BackupFindings['version'] {
  const known = readMigrations(findMigrations(import.meta.dirname)).map(({ when }) => when)
  const applied = appliedMigrations(client)
  if (applied.some((when) => !known.includes(when))) return 'newer'
  return applied.length < known.length ? 'older' : 'same'
}
