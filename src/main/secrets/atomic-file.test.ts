import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { replaceFile } from './atomic-file.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weir-atomic-'))
})

afterEach(async () => {
  await rm(directory, { recursive: true, force: true })
})

describe('atomic-file', () => {
  it('makes and replaces a file that only its owner reads, in a directory it makes as well', async () => {
    const path = join(directory, 'new', 'file')
    await replaceFile(path, 'one')
    await replaceFile(path, 'two')
    expect(await readFile(path, 'utf8')).toBe('two')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(directory, 'new'))).mode & 0o777).toBe(0o700)
    expect(await readdir(join(directory, 'new'))).toEqual(['file'])
  })

  it('removes its temporary file when the last step fails', async () => {
    const path = join(directory, 'file')
    await mkdir(join(path, 'in the way'), { recursive: true })
    await expect(replaceFile(path, 'content')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST|EPERM/)
    expect(await readdir(directory)).toEqual(['file'])
  })

  it('does not write through a link that waits under the temporary name', async () => {
    const elsewhere = join(directory, 'elsewhere')
    await writeFile(elsewhere, 'untouched')
    await symlink(elsewhere, join(directory, 'file.tmp'))
    await replaceFile(join(directory, 'file'), 'content')
    expect(await readFile(elsewhere, 'utf8')).toBe('untouched')
    expect(await readFile(join(directory, 'file'), 'utf8')).toBe('content')
  })
})
