import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeTempDir } from '../../../test/support/temp-dir.ts'
import { connect } from './connection.ts'
import {
  appliedMigrations,
  applyMigrations,
  findMigrations,
  pendingMigrations,
  readMigrations,
  type Migration,
} from './migrate.ts'

function migration(when: number, ...statements: string[]): Migration {
  return { tag: `${String(when).padStart(4, '0')}_step`, when, hash: `hash ${when}`, statements }
}

function database() {
  return connect(join(makeTempDir('migrate'), 'weir.db')).$client
}

const nothing = () => undefined

/** A parent with a child that goes with it. */
const start = migration(
  1,
  'CREATE TABLE parent (id text PRIMARY KEY)',
  'CREATE TABLE child (id text, parent_id text REFERENCES parent(id) ON DELETE CASCADE)',
)

describe('migrate', () => {
  it('finds the migrations folder upward, from source and from the bundle', () => {
    const root = makeTempDir('migrate')
    mkdirSync(join(root, 'migrations', 'meta'), { recursive: true })
    writeFileSync(join(root, 'migrations', 'meta', '_journal.json'), '{}')
    for (const place of ['src/main/db', 'out/main', 'out/main/chunks']) {
      mkdirSync(join(root, place), { recursive: true })
      expect(findMigrations(join(root, place))).toBe(join(root, 'migrations'))
    }
  })

  it('says that the installation is incomplete when there is none', () => {
    expect(() => findMigrations(makeTempDir('migrate'))).toThrow(/Install Weir again/)
  })

  it('reads the journal of this program in order of time', () => {
    const migrations = readMigrations(findMigrations(import.meta.dirname))
    expect(migrations.map((each) => each.when)).toEqual(migrations.map((each) => each.when).sort((a, b) => a - b))
    expect(migrations[0]?.tag).toBe('0000_start')
    expect(migrations[0]?.statements.length).toBeGreaterThan(10)
  })

  it('plans what is missing', () => {
    const known = [migration(1), migration(2), migration(3)]
    expect(pendingMigrations([], known, 'f')).toEqual(known)
    expect(pendingMigrations([1, 2], known, 'f')).toEqual(known.slice(2))
    expect(pendingMigrations([1, 2, 3], known, 'f')).toEqual([])
  })

  it('refuses a database with a migration this program does not know', () => {
    const plan = () => pendingMigrations([1, 2, 9], [migration(1), migration(2)], '/data/weir.db')
    expect(plan).toThrow(expect.objectContaining({ code: 'database_newer' }))
    expect(plan).toThrow('/data/weir.db')
  })

  it('refuses to skip a migration dated before the newest applied one', () => {
    const plan = () => pendingMigrations([1, 3], [migration(1), migration(2), migration(3)], 'f')
    expect(plan).toThrow(expect.objectContaining({ code: 'database_migration_failed' }))
    expect(plan).toThrow('0002_step')
  })

  it('applies and records each migration once', () => {
    const client = database()
    const steps: string[] = []
    applyMigrations(client, [start], (each) => steps.push(each.tag))
    expect(appliedMigrations(client)).toEqual([1])
    expect(steps).toEqual(['0001_step'])
    client.close()
  })

  it('refuses tables that are not of Weir', () => {
    const client = database()
    client.exec('CREATE TABLE foreign_thing (x)')
    expect(() => appliedMigrations(client)).toThrow(expect.objectContaining({ code: 'database_corrupt' }))
    client.close()
  })

  it('keeps the children of a table that is rebuilt', () => {
    const client = database()
    applyMigrations(client, [start], nothing)
    client.exec(`INSERT INTO parent VALUES ('p'); INSERT INTO child VALUES ('c', 'p')`)
    const rebuild = migration(
      2,
      'PRAGMA foreign_keys=OFF;',
      'CREATE TABLE __new_parent (id text PRIMARY KEY, name text)',
      'INSERT INTO __new_parent(id) SELECT id FROM parent',
      'DROP TABLE parent',
      'ALTER TABLE __new_parent RENAME TO parent',
      'PRAGMA foreign_keys=ON;',
    )
    applyMigrations(client, [rebuild], nothing)
    expect(client.prepare('SELECT id FROM child').pluck().all()).toEqual(['c'])
    expect(client.pragma('foreign_keys', { simple: true })).toBe(1)
    client.exec(`DELETE FROM parent`)
    expect(client.prepare('SELECT id FROM child').pluck().all()).toEqual([])
    client.close()
  })

  it.each([
    ['fails in SQL', [migration(2, 'CREATE TABLE extra (x)'), migration(3, 'no sql')], /syntax error/],
    ['would leave orphans', [migration(2, 'CREATE TABLE extra (x)', 'DELETE FROM parent')], /child/],
  ])('takes everything back when a migration %s', (_case, pending, message) => {
    const client = database()
    applyMigrations(client, [start], nothing)
    client.exec(`INSERT INTO parent VALUES ('p'); INSERT INTO child VALUES ('c', 'p')`)
    const before = client.serialize()
    expect(() => applyMigrations(client, pending, nothing)).toThrow(message)
    expect(client.serialize().equals(before)).toBe(true)
    expect(client.pragma('foreign_keys', { simple: true })).toBe(1)
    client.close()
  })

  it('refuses a migration that ends the transaction it runs in', () => {
    const client = database()
    expect(() => applyMigrations(client, [migration(1, 'COMMIT')], nothing)).toThrow(/ended the transaction/)
    client.close()
  })
})
