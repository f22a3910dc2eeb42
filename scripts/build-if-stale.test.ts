import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buildIfStale, isStale } from './build-if-stale.ts'
import { desktopEntry } from './desktop.ts'

const OLD = new Date(1_000_000_000_000)
const BUILT = new Date(1_100_000_000_000)
const NEW = new Date(1_200_000_000_000)

let root = ''

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'weir-build-'))
  put('src/main/headless.ts', OLD)
  put('src/main/headless.test.ts', OLD)
  put('package.json', OLD)
  for (const folder of ['src/main', 'src']) utimesSync(join(root, folder), OLD, OLD)
  put('out/main/headless.js', BUILT)
  put('src/renderer/main.tsx', OLD)
  utimesSync(join(root, 'src/renderer'), OLD, OLD)
  put('out/renderer/index.html', BUILT)
})

afterEach(() => rmSync(root, { recursive: true }))

function put(path: string, at: Date): void {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, '')
  utimesSync(file, at, at)
}

describe('isStale', () => {
  it('is false when the build is newer than every source', () => {
    expect(isStale(root)).toBe(false)
  })

  it('is true without a build', () => {
    rmSync(join(root, 'out'), { recursive: true })
    expect(isStale(root)).toBe(true)
  })

  it.each([
    'src/main/headless.ts',
    'package.json',
    'package-lock.json',
    'migrations/0001.sql',
    'src/renderer/main.tsx',
  ])('is true when %s is newer', (path) => {
    put(path, NEW)
    expect(isStale(root)).toBe(true)
  })

  it('is true without the page', () => {
    rmSync(join(root, 'out/renderer'), { recursive: true })
    expect(isStale(root)).toBe(true)
  })

  it('is true when a source was removed', () => {
    rmSync(join(root, 'src/main/headless.ts'))
    expect(isStale(root)).toBe(true)
  })

  it('does not look at tests', () => {
    put('src/main/headless.test.ts', NEW)
    utimesSync(join(root, 'src/main'), OLD, OLD)
    expect(isStale(root)).toBe(false)
  })
})

describe('buildIfStale', () => {
  it('does nothing when all is fresh', async () => {
    expect(await buildIfStale(root)).toBe(false)
  })

  it('says what failed, and leaves nothing that passes for a build', async () => {
    put('src/main/headless.ts', NEW)
    mkdirSync(join(root, 'node_modules'))
    await expect(buildIfStale(root)).rejects.toThrow('npm ci')
    expect(isStale(root)).toBe(true)
    await expect(buildIfStale(root)).rejects.toThrow('npm ci')
  })
})

describe('desktopEntry', () => {
  it('needs both the built entry and the binary', () => {
    expect(desktopEntry(root)).toBeNull()
    put('node_modules/electron/dist/electron', OLD)
    writeFileSync(join(root, 'node_modules/electron/path.txt'), 'electron')
    expect(desktopEntry(root)).toBeNull()
    put('out/main/index.js', OLD)
    expect(desktopEntry(root)).toBe(join(root, 'out/main/index.js'))
    rmSync(join(root, 'node_modules/electron/dist'), { recursive: true })
    expect(desktopEntry(root)).toBeNull()
  })
})
