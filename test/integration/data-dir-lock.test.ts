/** One process owns a data directory: real processes ask for it at once, and one of them is killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { acquireLock } from '../../src/main/db/lock.ts'
import { makeTempDir } from '../support/temp-dir.ts'

const children: ChildProcess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
})

/** A process that takes the lock of `dataDir`, prints what came of it, and keeps it while it lives. */
async function lockInOtherProcess(dataDir: string): Promise<{ child: ChildProcess; said: string }> {
  const lock = pathToFileURL(join(import.meta.dirname, '../../src/main/db/lock.ts')).href
  const script = `
    const { acquireLock } = await import(${JSON.stringify(lock)})
    try { acquireLock(process.argv[1]); console.log('held') } catch (error) { console.log(error.code) }
    process.stdin.resume()`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, dataDir], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  children.push(child)
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, said: said.toString().trim() }
}

describe('the lock of a data directory', () => {
  it('lets one process at a time own a data directory', async () => {
    const dataDir = join(makeTempDir('lock'), 'data')
    const first = await lockInOtherProcess(dataDir)
    expect(first.said).toBe('held')
    expect(() => acquireLock(dataDir)).toThrow(expect.objectContaining({ code: 'instance_running' }))
    expect(() => acquireLock(dataDir)).toThrow(dataDir)
    const second = await lockInOtherProcess(dataDir)
    expect(second.said).toBe('instance_running')
  })

  it('frees the directory when its owner is killed', async () => {
    const dataDir = join(makeTempDir('lock'), 'data')
    const { child, said } = await lockInOtherProcess(dataDir)
    expect(said).toBe('held')
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    acquireLock(dataDir).release()
  })

  it('lets exactly one of several simultaneous starts win', async () => {
    const dataDir = join(makeTempDir('lock'), 'data')
    const all = await Promise.all([1, 2, 3].map(() => lockInOtherProcess(dataDir)))
    expect(all.map((each) => each.said).sort()).toEqual(['held', 'instance_running', 'instance_running'])
  })
})
