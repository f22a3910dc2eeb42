/**
 * One process per data directory. The lock is an exclusive SQLite transaction held on an empty file of its own: an
 * operating-system lock that ends with the process, however it ends, so nothing stale is ever left and no process id
 * has to be guessed. The file itself stays; deleting it would let two processes lock two files of one name.
 * Nothing in this process may open `weir.lock` by other means: POSIX drops a lock when any descriptor of it is closed.
 */
import Database from 'better-sqlite3'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../shared/errors.ts'
import { databaseError, ensureDir } from './connection.ts'

/** Two starts at the same moment may each see the other's first, shared step; a short wait lets exactly one win. */
const WAIT_MS = 300

/** A connection nobody refers to is closed by the garbage collector, and the lock with it. */
const held = new Set<Database.Database>()

export function acquireLock(dataDir: string): { release(): void } {
  ensureDir(dataDir)
  const file = join(dataDir, 'weir.lock')
  let lock: Database.Database | undefined
  try {
    createOwnerOnly(file)
    lock = new Database(file, { timeout: WAIT_MS })
    // Nothing is ever written, so nothing has to be journalled in a second file.
    lock.pragma('journal_mode = MEMORY')
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock?.close()
    throw lockError(databaseError(error, file), dataDir)
  }
  const taken = lock
  held.add(taken)
  return {
    release() {
      held.delete(taken)
      taken.close()
    },
  }
}

/** SQLite would create it readable for all, and who can read it can lock it. `wx` never opens a file that exists. */
function createOwnerOnly(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

function lockError(error: AppError, dataDir: string): AppError {
  if (error.code !== 'instance_running') return error
  return new AppError(
    'instance_running',
    `Another Weir is running on ${dataDir}. Use that one, stop it first, or start with another --data-dir.`,
    { details: { file: dataDir }, cause: error },
  )
}
