import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeTempDir } from '../../../test/support/temp-dir.ts'
import { acquireLock } from './lock.ts'

describe('lock', () => {
  it('is held once, and free again when released', () => {
    const dir = join(makeTempDir('lock'), 'data')
    const lock = acquireLock(dir)
    expect(() => acquireLock(dir)).toThrow(expect.objectContaining({ code: 'instance_running' }))
    expect(() => acquireLock(dir)).toThrow(dir)
    lock.release()
    acquireLock(dir).release()
  })

  it('leaves one empty file', () => {
    const dir = makeTempDir('lock')
    const lock = acquireLock(dir)
    const file = statSync(join(dir, 'weir.lock'))
    expect(file.size).toBe(0)
    expect(readdirSync(dir)).toEqual(['weir.lock'])
    lock.release()
  })

  it.skipIf(process.platform === 'win32')('lets nobody else read, and so lock, the file', () => {
    const dir = makeTempDir('lock')
    acquireLock(dir).release()
    expect(statSync(join(dir, 'weir.lock')).mode & 0o777).toBe(0o600)
  })

  it('is no concern of another directory', () => {
    const first = acquireLock(makeTempDir('lock'))
    const dir = makeTempDir('lock')
    const second = acquireLock(dir)
    first.release()
    expect(() => acquireLock(dir)).toThrow(expect.objectContaining({ code: 'instance_running' }))
    second.release()
  })

  it('names a directory that cannot be made', () => {
    const file = join(makeTempDir('lock'), 'file')
    writeFileSync(file, '')
    const below = join(file, 'data')
    expect(() => acquireLock(below)).toThrow(expect.objectContaining({ code: 'data_dir_unwritable' }))
    expect(() => acquireLock(below)).toThrow(below)
  })
})
