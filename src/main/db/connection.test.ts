import Database from 'better-sqlite3'
import { DrizzleError } from 'drizzle-orm'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeTempDir } from '../../../test/support/temp-dir.ts'
import { AppError } from '../../shared/errors.ts'
import { connect, connectReadOnly, databaseError, ensureDir } from './connection.ts'

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: words of the system`), { code })
}

function thrownBy(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('connection', () => {
  it.each([
    ['SQLITE_FULL', 'disk_full'],
    ['ENOSPC', 'disk_full'],
    ['SQLITE_IOERR_SHMSIZE', 'disk_full'],
    ['SQLITE_READONLY', 'data_dir_unwritable'],
    ['SQLITE_READONLY_DIRECTORY', 'data_dir_unwritable'],
    ['SQLITE_CANTOPEN', 'data_dir_unwritable'],
    ['SQLITE_IOERR_WRITE', 'data_dir_unwritable'],
    ['EACCES', 'data_dir_unwritable'],
    ['EPERM', 'data_dir_unwritable'],
    ['EROFS', 'data_dir_unwritable'],
    ['ENOENT', 'data_dir_unwritable'],
    ['ENOTDIR', 'data_dir_unwritable'],
    ['SQLITE_CORRUPT', 'database_corrupt'],
    ['SQLITE_CORRUPT_INDEX', 'database_corrupt'],
    ['SQLITE_NOTADB', 'database_corrupt'],
    ['SQLITE_BUSY', 'instance_running'],
  ])('calls %s %s and names the file', (code, expected) => {
    const cause = systemError(code)
    const error = databaseError(cause, '/data/weir.db')
    expect(error).toMatchObject({ code: expected, details: { file: '/data/weir.db' }, cause })
    expect(error.message).toContain('/data/weir.db')
    expect(error.message).not.toContain('words of the system')
  })

  it('finds the code below the wrapping of the query builder', () => {
    const wrapped = new DrizzleError({ message: 'Failed to run the query', cause: systemError('SQLITE_FULL') })
    expect(databaseError(wrapped, 'f').code).toBe('disk_full')
  })

  it('leaves an AppError as it is and calls everything else internal', () => {
    const known = new AppError('not_found', 'No such Pool.')
    expect(databaseError(known, 'f')).toBe(known)
    expect(databaseError(systemError('SQLITE_CONSTRAINT_UNIQUE'), 'f').code).toBe('internal')
    expect(databaseError('text', 'f').code).toBe('internal')
  })

  it('sets the pragmas of the writing connection', () => {
    const file = join(makeTempDir('connection'), 'weir.db')
    const { $client: client } = connect(file)
    const pragma = (name: string): unknown => client.pragma(name, { simple: true })
    expect(pragma('journal_mode')).toBe('wal')
    expect(pragma('synchronous')).toBe(1)
    expect(pragma('foreign_keys')).toBe(1)
    expect(pragma('busy_timeout')).toBe(2_000)
    expect(pragma('wal_autocheckpoint')).toBe(250)
    client.close()
  })

  it('opens read-only without changing the file, even with commits waiting in the log beside it', () => {
    const file = join(makeTempDir('connection'), 'weir.db')
    const writer = connect(file).$client
    writer.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)')
    const copy = `${file}.copy`
    for (const suffix of ['', '-wal']) writeFileSync(copy + suffix, readFileSync(file + suffix))
    writer.close()
    const before = readFileSync(copy)
    const { $client: reader } = connectReadOnly(copy)
    expect(reader.prepare('SELECT x FROM t').pluck().all()).toEqual([1])
    expect(() => reader.exec('DELETE FROM t')).toThrow(/readonly/)
    reader.close()
    expect(readFileSync(copy).equals(before)).toBe(true)
  })

  it('refuses to create a database through a read-only connection', () => {
    const file = join(makeTempDir('connection'), 'absent.db')
    expect(
      databaseError(
        thrownBy(() => connectReadOnly(file)),
        file,
      ).code,
    ).toBe('data_dir_unwritable')
    expect(existsSync(file)).toBe(false)
  })

  it('recognises a real file that is no database', () => {
    const file = join(makeTempDir('connection'), 'weir.db')
    writeFileSync(file, 'no database, '.repeat(1_000))
    const read = () => new Database(file).pragma('schema_version')
    expect(databaseError(thrownBy(read), file).code).toBe('database_corrupt')
  })

  it.skipIf(process.platform === 'win32')('makes the data directory for its owner alone', () => {
    const dir = join(makeTempDir('connection'), 'deep', 'data')
    ensureDir(dir)
    expect(statSync(dir).mode & 0o777).toBe(0o700)
    ensureDir(dir)
  })
})
