/** The database of a data directory through everything that can befall it, on real files. */
import Database from 'better-sqlite3'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findKey } from '../../src/main/db/api-key-store.ts'
import { connect, databaseError } from '../../src/main/db/connection.ts'
import { applyMigrations, readMigrations } from '../../src/main/db/migrate.ts'
import { openDatabase } from '../../src/main/db/open.ts'
import { listPools } from '../../src/main/db/pool-store.ts'
import type { AppError } from '../../src/shared/errors.ts'
import { makeTempDir } from '../support/temp-dir.ts'

const shipped = join(import.meta.dirname, '..', '..', 'migrations')

/** What drizzle-kit writes when a column of a parent table changes: the table is made anew, filled, and swapped. */
const REBUILD_POOL = [
  'PRAGMA foreign_keys=OFF;',
  `CREATE TABLE \`__new_pool\` (
	\`id\` text PRIMARY KEY NOT NULL,
	\`name\` text NOT NULL,
	\`status\` text NOT NULL,
	\`strategy\` text NOT NULL,
	\`notes\` text NOT NULL,
	\`color\` text DEFAULT 'none' NOT NULL,
	\`created_at\` integer NOT NULL,
	\`updated_at\` integer NOT NULL
);
`,
  `INSERT INTO \`__new_pool\`("id", "name", "status", "strategy", "notes", "created_at", "updated_at") SELECT "id", "name", "status", "strategy", "notes", "created_at", "updated_at" FROM \`pool\`;`,
  'DROP TABLE `pool`;',
  'ALTER TABLE `__new_pool` RENAME TO `pool`;',
  'PRAGMA foreign_keys=ON;',
  'CREATE UNIQUE INDEX `pool_name` ON `pool` (lower("name"));',
]

const journalOf = (dir: string) =>
  JSON.parse(readFileSync(join(dir, 'meta', '_journal.json'), 'utf8')) as { entries: { tag: string; when: number }[] }
const newestTag = journalOf(shipped).entries.at(-1)?.tag ?? ''

/** A data directory as the first version left it. */
function leftByFirstVersion(): string {
  const dataDir = makeTempDir('database')
  const { $client: client } = connect(join(dataDir, 'weir.db'))
  applyMigrations(client, readMigrations(shipped).slice(0, 1), () => undefined)
  fill(client, 10)
  client.close()
  return dataDir
}

/** The shipped migrations and one more: the program's next version. */
function nextVersion(statements: readonly string[], tag = '9001_next'): string {
  const dir = join(makeTempDir('migrations'), 'migrations')
  cpSync(shipped, dir, { recursive: true })
  const journalFile = join(dir, 'meta', '_journal.json')
  const journal = journalOf(dir)
  const newest = Math.max(...journal.entries.map((entry) => entry.when))
  const entry = { idx: journal.entries.length, version: '6', when: newest + 1_000, tag, breakpoints: true }
  writeFileSync(journalFile, JSON.stringify({ ...journal, entries: [...journal.entries, entry] }))
  writeFileSync(join(dir, `${tag}.sql`), statements.join('\n--> statement-breakpoint\n'))
  return dir
}

const CHILDREN = { pools: 2, keys: 3, assignments: 2 }

function count(client: Database.Database) {
  const of = (table: string) => client.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get()
  return { pools: of('pool'), keys: of('api_key'), assignments: of('assignment') }
}

/** A data directory of this version with Pools, keys, assignments, and `requests` rows in the log. */
function populated(requests = 10): { dataDir: string; file: string } {
  const dataDir = join(makeTempDir('database'), 'data')
  const { db, file, close } = openDatabase({ dataDir })
  fill(db.$client, requests)
  close()
  return { dataDir, file }
}

/** In columns that every version has. */
function fill(client: Database.Database, requests: number): void {
  client.exec(`
    INSERT INTO pool (id, name, status, strategy, notes, created_at, updated_at)
      VALUES ('p1', 'One', 'active', 'priority', '', 1, 1), ('p2', 'Two', 'active', 'priority', '', 1, 1);
    INSERT INTO upstream (id, name, kind, status, base_url, notes, manual_models, fetched_models, secret_has_api_key,
      secret_header_names, created_at, updated_at) VALUES ('u1', 'Up', 'simulator', 'active', '', '', '[]', '[]', 0, '[]', 1, 1);
    INSERT INTO assignment VALUES ('p1', 'u1', 1, 1, 1), ('p2', 'u1', 1, 1, 1);
    INSERT INTO api_key (id, pool_id, public_id, secret_hash, name, status, notes, metadata, model_policy, enforced,
      ip_allowlist, created_at, updated_at)
      SELECT 'k' || value, 'p1', 'public' || value, x'00', 'Key ' || value, 'active', '', '{}', '{}', '{}', '[]', 1, 1
      FROM json_each('[1, 2, 3]');
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${requests})
      INSERT INTO request (id, at, state, key_id, pool_id, route, stream, reserved_input, reserved_output, input_tokens,
        cached_tokens, output_tokens, reasoning_tokens, usage_source, attempts, client, client_ip)
      SELECT i, i, 'completed', 'k1', 'p1', 'chat', 0, 0, 0, 0, 0, 0, 0, 'none', 1, 'curl', '127.0.0.1' FROM n;
  `)
}

function refused(dataDir: string, migrationsDir: string = shipped): AppError {
  try {
    openDatabase({ dataDir, migrationsDir }).close()
  } catch (error) {
    return databaseError(error, 'not named')
  }
  throw new Error('the database was opened')
}

/** Opening is refused with this code, the message names the file, and the file keeps every byte. */
function expectRefusedUntouched(dataDir: string, code: AppError['code'], migrationsDir?: string): AppError {
  const file = join(dataDir, 'weir.db')
  const before = readFileSync(file)
  const error = refused(dataDir, migrationsDir)
  expect(error).toMatchObject({ code, details: { file } })
  expect(error.message).toContain(file)
  expect(readFileSync(file).equals(before)).toBe(true)
  return error
}

describe('database', () => {
  it('starts fresh: directory, file, schema, no copy', () => {
    const dataDir = join(makeTempDir('database'), 'not', 'there')
    const { db, file, close } = openDatabase({ dataDir })
    expect(file).toBe(join(dataDir, 'weir.db'))
    expect(count(db.$client)).toEqual({ pools: 0, keys: 0, assignments: 0 })
    expect(db.$client.pragma('integrity_check', { simple: true })).toBe('ok')
    close()
    expect(readdirSync(dataDir)).toEqual(['weir.db'])
    openDatabase({ dataDir }).close()
    expect(existsSync(join(dataDir, 'backups'))).toBe(false)
  })

  it.skipIf(process.platform === 'win32')('lets nobody but the owner read the directory and its files', () => {
    const dataDir = join(makeTempDir('database'), 'data')
    const { close, db } = openDatabase({ dataDir })
    db.$client.exec(`INSERT INTO setting VALUES ('a', '1')`)
    expect(statSync(dataDir).mode & 0o777).toBe(0o700)
    const modes = readdirSync(dataDir).map((name) => statSync(join(dataDir, name)).mode & 0o777)
    expect(modes).toEqual([0o600, 0o600, 0o600])
    close()
  })

  it('starts over a file that a first start left empty', () => {
    const dataDir = makeTempDir('database')
    writeFileSync(join(dataDir, 'weir.db'), '')
    const { db, close } = openDatabase({ dataDir })
    expect(count(db.$client).pools).toBe(0)
    close()
  })

  it('migrates a populated database, keeps the children of a rebuilt parent, and takes a verified copy first', () => {
    const { dataDir } = populated()
    const now = () => Date.UTC(2026, 4, 6, 7, 8, 9)
    const { db, close } = openDatabase({ dataDir, migrationsDir: nextVersion(REBUILD_POOL), now })
    expect(count(db.$client)).toEqual(CHILDREN)
    expect(db.$client.prepare('SELECT color FROM pool').pluck().all()).toEqual(['none', 'none'])
    expect(db.$client.pragma('foreign_keys', { simple: true })).toBe(1)
    db.$client.exec(`DELETE FROM pool WHERE id = 'p1'`)
    expect(count(db.$client)).toEqual({ pools: 1, keys: 0, assignments: 1 })
    close()

    const backups = join(dataDir, 'backups')
    expect(readdirSync(backups)).toEqual([`weir-${newestTag}-20260506T070809000Z.db`])
    const copy = new Database(join(backups, `weir-${newestTag}-20260506T070809000Z.db`), { readonly: true })
    expect(count(copy)).toEqual(CHILDREN)
    expect(copy.pragma('integrity_check', { simple: true })).toBe('ok')
    copy.close()
  })

  it('brings what the first version left to this one, with everything in it', () => {
    const dataDir = leftByFirstVersion()
    const { db, close } = openDatabase({ dataDir })
    expect(count(db.$client)).toEqual(CHILDREN)
    expect(db.$client.prepare('SELECT count(*) FROM request').pluck().get()).toBe(10)
    expect(listPools(db)).toMatchObject([{ aliases: [], allowedModels: null }, {}])
    expect(findKey(db, 'k1')).toMatchObject({ name: 'Key 1', owner: null })
    const same = () => db.$client.exec(`UPDATE api_key SET name = 'KEY 1' WHERE id = 'k2'`)
    expect(same).toThrow(/api_key_pool_name/)
    close()
    expect(readdirSync(join(dataDir, 'backups'))).toEqual([expect.stringContaining('weir-0000_start-')])
  })

  it('can go on from the copy', () => {
    const { dataDir } = populated()
    openDatabase({ dataDir, migrationsDir: nextVersion(REBUILD_POOL) }).close()
    const [copy = ''] = readdirSync(join(dataDir, 'backups'))
    const restored = join(makeTempDir('database'), 'data')
    mkdirSync(restored)
    cpSync(join(dataDir, 'backups', copy), join(restored, 'weir.db'))
    const { db, close } = openDatabase({ dataDir: restored })
    expect(count(db.$client)).toEqual(CHILDREN)
    expect(db.$client.pragma('journal_mode', { simple: true })).toBe('wal')
    close()
  })

  it.each([
    ['wrong SQL', [...REBUILD_POOL, 'INSERT INTO nowhere VALUES (1)'], /no such table: nowhere/],
    ['rows that would point at nothing', [`DELETE FROM pool WHERE id = 'p1'`], /4 rows .*(api_key|assignment)/],
  ])('puts the database back as it was after a migration with %s', (_case, statements, message) => {
    const { dataDir, file } = populated()
    const before = readFileSync(file)
    const error = refused(dataDir, nextVersion(statements))
    const [copy = ''] = readdirSync(join(dataDir, 'backups'))
    const details = { file, copy: join(dataDir, 'backups', copy), migration: '9001_next' }
    expect(error).toMatchObject({ code: 'database_migration_failed', details })
    expect(error.message).toMatch(message)
    expect(error.message).toContain(file)
    expect(error.message).toContain(copy)
    expect(readFileSync(file).equals(before)).toBe(true)
    const { db, close } = openDatabase({ dataDir })
    expect(count(db.$client)).toEqual(CHILDREN)
    close()
  })

  it('refuses a database of a newer version', () => {
    const { dataDir } = populated()
    openDatabase({ dataDir, migrationsDir: nextVersion(REBUILD_POOL) }).close()
    expect(expectRefusedUntouched(dataDir, 'database_newer').message).toContain('Update Weir')
  })

  it('refuses a newer database that was left by a crash, without working off its log', () => {
    const { dataDir: source } = populated()
    const crashed = join(makeTempDir('database'), 'data')
    mkdirSync(crashed)
    const open = openDatabase({ dataDir: source, migrationsDir: nextVersion(REBUILD_POOL) })
    open.db.$client.exec(`UPDATE pool SET notes = 'newer'`)
    for (const name of ['weir.db', 'weir.db-wal']) cpSync(join(source, name), join(crashed, name))
    open.close()
    expect(statSync(join(crashed, 'weir.db-wal')).size).toBeGreaterThan(0)
    expectRefusedUntouched(crashed, 'database_newer')
  })

  it('refuses to skip a migration that the other line of development put in between', () => {
    const { dataDir } = populated()
    const ahead = nextVersion(REBUILD_POOL)
    openDatabase({ dataDir, migrationsDir: ahead }).close()
    const journalFile = join(ahead, 'meta', '_journal.json')
    const journal = journalOf(ahead)
    const newest = journal.entries.at(-1)
    const between = { ...newest, when: (newest?.when ?? 0) - 1, tag: '9002_between' }
    writeFileSync(journalFile, JSON.stringify({ ...journal, entries: [...journal.entries, between] }))
    writeFileSync(join(ahead, '9002_between.sql'), 'CREATE TABLE between_them (x);')
    expect(expectRefusedUntouched(dataDir, 'database_migration_failed', ahead).message).toContain('9002_between')
  })

  it.each([
    ['garbage', () => Buffer.from('this was never a database\n'.repeat(500))],
    [
      'one page in the middle overwritten',
      (good: Buffer) => Buffer.from(good).fill(0xa5, good.length / 2, good.length / 2 + 4_096),
    ],
    ['its second half missing', (good: Buffer) => good.subarray(0, good.length / 2)],
    ['its first page overwritten behind the header', (good: Buffer) => Buffer.from(good).fill(0xff, 100, 4_096)],
  ])('refuses a damaged file: %s', (_case, damage) => {
    const { dataDir, file } = populated(2_000)
    writeFileSync(file, damage(readFileSync(file)))
    const error = expectRefusedUntouched(dataDir, 'database_corrupt')
    expect(error.message).toContain(join(dataDir, 'backups'))
    // The same when a migration would follow: a damaged file is neither migrated nor copied over good copies.
    expectRefusedUntouched(dataDir, 'database_corrupt', nextVersion(REBUILD_POOL))
    expect(existsSync(join(dataDir, 'backups'))).toBe(false)
  })

  it('finds a damaged page of the configuration in a file too large to be checked whole', () => {
    const { dataDir, file } = populated()
    const client = new Database(file)
    client.exec(`INSERT INTO attempt VALUES (1, 1, 'u1', 1, 1, NULL, NULL, NULL, hex(zeroblob(17 * 1024 * 1024)))`)
    const page = client.prepare<[], number>(`SELECT max(pageno) FROM dbstat WHERE name = 'api_key'`).pluck().get() ?? 0
    client.close()
    openDatabase({ dataDir }).close()
    writeFileSync(file, readFileSync(file).fill(0xa5, (page - 1) * 4_096, page * 4_096))
    expect(expectRefusedUntouched(dataDir, 'database_corrupt').message).toContain('Move it away')
  })

  it('refuses a database of another program', () => {
    const dataDir = makeTempDir('database')
    const other = new Database(join(dataDir, 'weir.db'))
    other.exec('CREATE TABLE recipes (title); INSERT INTO recipes VALUES (1)')
    other.close()
    expect(expectRefusedUntouched(dataDir, 'database_corrupt').message).toContain('not Weir’s')
  })

  it('says that the disk is full when a migration does not fit, with the database as it was', () => {
    const { dataDir, file } = populated()
    const tooLittle = 'PRAGMA max_page_count = 1;'
    const fill = `CREATE TABLE filler AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
      SELECT randomblob(4000) AS x FROM n;`
    const error = expectRefusedUntouched(dataDir, 'disk_full', nextVersion([tooLittle, fill]))
    expect(error.message).toContain('Free space')
    const { db, close } = openDatabase({ dataDir })
    expect(count(db.$client)).toEqual(CHILDREN)
    close()
    expect(file).toBe(join(dataDir, 'weir.db'))
  })

  it('says that the disk is full while it runs, and goes on once there is room', () => {
    const { dataDir } = populated()
    const { db, file, close } = openDatabase({ dataDir })
    const write = () => db.$client.exec(`INSERT INTO setting VALUES ('filler', hex(randomblob(100000)))`)
    db.$client.pragma('max_page_count = 1')
    let error: unknown
    try {
      write()
    } catch (thrown) {
      error = thrown
    }
    expect(databaseError(error, file)).toMatchObject({ code: 'disk_full', details: { file } })
    db.$client.pragma('max_page_count = 1000000')
    write()
    expect(db.$client.pragma('integrity_check', { simple: true })).toBe('ok')
    close()
  })

  it('names a directory that cannot be made, whoever runs it', () => {
    const file = join(makeTempDir('database'), 'a-file')
    writeFileSync(file, 'not a directory')
    const dataDir = join(file, 'data')
    const error = refused(dataDir)
    expect(error).toMatchObject({ code: 'data_dir_unwritable', details: { file: dataDir } })
    expect(error.message).toContain('--data-dir')
    expect(readFileSync(file, 'utf8')).toBe('not a directory')
  })

  it('names a database file that cannot be opened', () => {
    const dataDir = makeTempDir('database')
    const file = join(dataDir, 'weir.db')
    mkdirSync(file)
    expect(refused(dataDir)).toMatchObject({ code: 'data_dir_unwritable', details: { file } })
  })

  it('migrates nothing when the copy cannot be written', () => {
    const { dataDir, file } = populated()
    const before = readFileSync(file)
    appendFileSync(join(dataDir, 'backups'), 'in the way')
    const error = refused(dataDir, nextVersion(REBUILD_POOL))
    expect(error.code).toBe('data_dir_unwritable')
    expect(error.message).toContain(join(dataDir, 'backups'))
    expect(readFileSync(file).equals(before)).toBe(true)
  })
})
