/**
 * How a connection to the database is made, and what its failures are called. Every connection gets the same pragmas
 * here, and every foreign error of SQLite or the file system becomes an AppError here and nowhere else.
 */
import Database from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { AppError, type ErrorCode } from '../../shared/errors.ts'
import { schema, type Db } from './database.ts'

/** Only a foreign program can make us wait: Weir writes from one connection, and in WAL readers block nobody. */
const BUSY_TIMEOUT_MS = 2_000

/**
 * Pages of the write-ahead log after which a commit copies them into the database, on the thread that serves clients.
 * The stall grows with the pages: measured over 1,000,000 logged requests, 4 ms at 250, 10 ms at SQLite's default of
 * 1,000, 45 ms at 8,000. The small step costs some 5 µs more per request at full load. A thread of its own is no
 * remedy: under load it never catches up with the writer, so the log grows until a commit stalls for 50 ms and more.
 */
const CHECKPOINT_PAGES = 250

/** After a burst (a migration, a long read) the log's file shrinks to this again. */
const WAL_BYTES_KEPT = 16 * 1024 * 1024

export function connect(file: string): Db {
  const client = new Database(file, { timeout: BUSY_TIMEOUT_MS })
  try {
    // A new file's unused pages can be given back while requests run. Any other file would be written to by this.
    if (client.pragma('page_count', { simple: true }) === 0) client.pragma('auto_vacuum = INCREMENTAL')
    client.pragma('journal_mode = WAL')
    // In WAL mode a crash of the process loses nothing; a power cut may lose the last commits but damages nothing.
    client.pragma('synchronous = NORMAL')
    client.pragma('foreign_keys = ON')
    client.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
    client.pragma(`journal_size_limit = ${WAL_BYTES_KEPT}`)
    return drizzle({ client, schema, casing: 'snake_case' })
  } catch (error) {
    client.close()
    throw error
  }
}

/** Cannot write, and so cannot checkpoint either: opening and closing it leaves the file as it is, byte for byte. */
export function connectReadOnly(file: string): Db {
  const client = new Database(file, { timeout: BUSY_TIMEOUT_MS, readonly: true, fileMustExist: true })
  return drizzle({ client, schema, casing: 'snake_case' })
}

/** Creates the data directory, or one in it, for its owner alone, when it is missing. */
export function ensureDir(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw databaseError(error, dir)
  }
}

const codeOf: readonly (readonly [RegExp, ErrorCode])[] = [
  // SHMSIZE: the log's index could not grow, which SQLite reports as an I/O error where the cause is a full disk.
  [/^(SQLITE_FULL|SQLITE_IOERR_SHMSIZE|ENOSPC|EDQUOT)$/, 'disk_full'],
  [/^SQLITE_(CORRUPT|NOTADB|FORMAT)/, 'database_corrupt'],
  [/^SQLITE_(READONLY|CANTOPEN|PERM|AUTH|IOERR|NOLFS)/, 'data_dir_unwritable'],
  // ENOENT: what Node says of a directory that a read-only disk refuses.
  [/^(EACCES|EPERM|EROFS|ENOENT|ENOTDIR|EISDIR|EEXIST|ELOOP|ENAMETOOLONG|EIO)$/, 'data_dir_unwritable'],
  [/^SQLITE_(BUSY|LOCKED|PROTOCOL)/, 'instance_running'],
]

/** Names a failure of SQLite or the file system: what happened to which file, and what to do. Others are `internal`. */
export function databaseError(error: unknown, file: string): AppError {
  if (error instanceof AppError) return error
  const reason = systemCode(error)
  const code = reason === null ? undefined : codeOf.find(([pattern]) => pattern.test(reason))?.[1]
  if (reason === null) return AppError.from(error)
  if (code === undefined) {
    const message = `Weir could not work with ${file} (${reason}); its log has the details.`
    return new AppError('internal', message, { details: { file, reason }, cause: error })
  }
  return new AppError(code, sentence(code, file, reason), { details: { file, reason }, cause: error })
}

function sentence(code: ErrorCode, file: string, reason: string): string {
  if (code === 'disk_full') {
    return `The disk is full: ${file} cannot be written (${reason}). Free space on the disk that holds it.`
  }
  if (code === 'database_corrupt') return corrupt(file, reason).message
  if (code === 'instance_running') {
    return `${file} is locked by another program (${reason}). Close that program, then try again.`
  }
  return `${file} cannot be created, opened or written (${reason}). Correct its permissions, look after the disk, or start with another --data-dir.`
}

/** `finding` says what is wrong with the file. */
export function corrupt(file: string, finding: string): AppError {
  const backups = join(dirname(file), 'backups')
  return new AppError(
    'database_corrupt',
    `${file} is damaged or no database of Weir: ${finding}. It was left as it is. Move it away and restore a copy from ${backups}, or start with another --data-dir.`,
    { details: { file, backups, finding } },
  )
}

/** The code of the error or of its cause: the query builder wraps what SQLite throws. */
function systemCode(error: unknown): string | null {
  let current = error
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    if ('code' in current && typeof current.code === 'string') return current.code
    current = current.cause
  }
  return null
}
