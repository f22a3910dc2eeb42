/**
 * Electron's single-instance lock: one process per user-data folder. A start that finds the lock taken leaves its command
 * line for the owner, who watches the folder.
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

export interface SecondStart {
  readonly argv: string[]
  readonly cwd: string
}

const LETTER = /^second-\d+\.json$/

export function takeInstanceLock(userData: string, onSecond: (start: SecondStart) => void): boolean {
  const folder = join(userData, 'seat-instance')
  mkdirSync(folder, { recursive: true })
  const lock = join(folder, 'lock')
  if (!create(lock)) {
    const draft = join(folder, `draft-${process.pid}`)
    writeFileSync(draft, JSON.stringify({ argv: process.argv, cwd: process.cwd() }))
    renameSync(draft, join(folder, `second-${process.pid}.json`))
    return false
  }
  const watcher = watch(folder, () => {
    for (const name of readdirSync(folder).filter((entry) => LETTER.test(entry))) {
      const start = JSON.parse(readFileSync(join(folder, name), 'utf8')) as SecondStart
      rmSync(join(folder, name), { force: true })
      onSecond(start)
    }
  })
  watcher.unref()
  process.once('exit', () => rmSync(lock, { force: true }))
  return true
}

function create(lock: string): boolean {
  try {
    closeSync(openSync(lock, 'wx'))
  } catch {
    if (isAlive(Number(readFileSync(lock, 'utf8')))) return false
  }
  writeFileSync(lock, String(process.pid))
  return true
}

/** Signal 0 asks only. A lock whose owner was killed is free. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
