/**
 * Opens the database of a data directory: looks at it without touching it, takes a verified copy when it must be
 * migrated, migrates, and hands out the one connection that writes. The caller holds the lock (lock.ts). Whatever goes
 * wrong, the file is as it was, and the error names it and the next step.
 */
import type Database from 'better-sqlite3'
import { closeSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../shared/errors.ts'
import type { Log } from '../gateway/ports.ts'
import { chainOldRows } from './audit-store.ts'
import { quoted, takeVerifiedCopy } from './backup.ts'
import { connect, connectReadOnly, corrupt, databaseError, ensureDir } from './connection.ts'
import type { Db } from './database.ts'
import {
  appliedMigrations,
  applyMigrations,
  findMigrations,
  pendingMigrations,
  readMigrations,
  type Migration,
} from './migrate.ts'

/** Checking costs some 2 ms per MiB. A larger file is almost all log; there only the other tables are checked at start. */
const WHOLE_CHECK_BYTES = 32 * 1024 * 1024
const LOG_TABLES = new Set(['request', 'attempt', 'usage_bucket'])

interface OpenOptions {
  readonly dataDir: string
  readonly migrationsDir?: string
  readonly now?: () => number
  readonly log?: Log
}

export interface OpenedDatabase {
  readonly db: Db
  readonly file: string
  close(): void
}

export function openDatabase(options: OpenOptions): OpenedDatabase {
  const file = join(options.dataDir, 'weir.db')
  ensureDir(options.dataDir)
  const migrations = readMigrations(options.migrationsDir ?? findMigrations(import.meta.dirname))
  let db: Db | undefined
  try {
    const pending = inspect(file, migrations)
    db = connect(file)
    if (pending.length > 0) migrate(db.$client, migrations, pending, options)
    chainOldRows(db)
    const opened = db
    return { db, file, close: () => opened.$client.close() }
  } catch (error) {
    db?.$client.close()
    throw databaseError(error, file)
  }
}

/** Looks through a connection that cannot write. Returns the migrations the file needs. */
function inspect(file: string, migrations: readonly Migration[]): readonly Migration[] {
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (bytes === 0) {
    // SQLite would create it readable for all; the log files beside it take over the mode of this one.
    closeSync(openSync(file, 'a', 0o600))
    return migrations
  }
  const { $client: client } = connectReadOnly(file)
  try {
    const pending = pendingMigrations(appliedMigrations(client), migrations, file)
    if (pending.length > 0) check(client, 'integrity_check(1)')
    else if (bytes <= WHOLE_CHECK_BYTES) check(client, 'quick_check(1)')
    else for (const table of smallTables(client)) check(client, `quick_check(${quoted(table)})`)
    return pending
  } finally {
    client.close()
  }
}

function check(client: Database.Database, pragma: string): void {
  const finding = client.pragma(pragma, { simple: true })
  if (finding !== 'ok') throw corrupt(client.name, String(finding).replaceAll(/\s+/g, ' '))
}

function smallTables(client: Database.Database): string[] {
  const tables = client.prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'table'`).pluck().all()
  return tables.filter((name) => !LOG_TABLES.has(name))
}

function migrate(
  client: Database.Database,
  known: readonly Migration[],
  pending: readonly Migration[],
  { now = Date.now, log }: OpenOptions,
): void {
  const from = known[known.length - pending.length - 1]
  const copy = from === undefined ? null : takeVerifiedCopy(client, from.tag, now())
  if (copy !== null) log?.info('database copied before its migration', { file: client.name, copy })
  let current = ''
  try {
    applyMigrations(client, pending, (migration) => {
      current = migration.tag
    })
  } catch (error) {
    throw migrationError(databaseError(error, client.name), { file: client.name, migration: current, copy })
  }
  log?.info('database migrated', { file: client.name, from: from?.tag ?? null, to: current })
}

function migrationError(
  error: AppError,
  facts: { readonly file: string; readonly migration: string; readonly copy: string | null },
): AppError {
  const { file, migration, copy } = facts
  const state = copy === null ? 'It is still empty.' : `It was put back as it was; a verified copy is ${copy}.`
  const cause = error.cause instanceof Error ? error.cause : error
  // A full or read-only disk is what the operator can mend: that code says more than "the migration failed".
  if (error.code === 'disk_full' || error.code === 'data_dir_unwritable') {
    return new AppError(error.code, `${error.message} ${state}`, { details: { ...error.details, ...facts }, cause })
  }
  return new AppError(
    'database_migration_failed',
    `${file} could not be migrated (${migration}: ${cause.message}). ${state} Report this message, or use the earlier version of Weir.`,
    { details: facts, cause },
  )
}
