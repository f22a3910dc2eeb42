/**
 * Builds `out/` when a source is newer than it, quietly, and shows the builder's words only when it fails. Two starts at
 * once build one after the other: the second finds everything fresh.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const SOURCES = ['src', 'migrations', 'package.json', 'package-lock.json', 'electron.vite.config.ts', 'tsconfig.json']
/** The entry that every build makes. */
const BUILT = join('out', 'main', 'headless.js')
const LOCK = join('node_modules', '.weir-build')
const PATIENCE_MS = 300_000
const ELECTRON_MAJOR = '45'

/** Returns whether a build was needed. `say` gets one line before a build starts. */
export async function buildIfStale(root: string, say: (line: string) => void = () => {}): Promise<boolean> {
  if (!isStale(root)) return false
  const release = await takeLock(root)
  try {
    if (!isStale(root)) return false
    say('Building Weir; this takes a few seconds, once.')
    build(root)
    return true
  } finally {
    release()
  }
}

export function isStale(root: string): boolean {
  const built = statSync(join(root, BUILT), { throwIfNoEntry: false })?.mtimeMs
  return built === undefined || SOURCES.some((source) => newestUnder(join(root, source)) > built)
}

/** A folder counts with its own time, which moves when a file in it is added or removed. */
function newestUnder(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined || /\.test\.tsx?$/.test(path)) return 0
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestUnder(join(path, name))))
}

function build(root: string): void {
  const packages = join(root, 'node_modules')
  const env: NodeJS.ProcessEnv = { ...process.env, NODE_ENV: 'production' }
  // The builder wants to know which Electron it builds for, and reads it from a package that need not be installed.
  if (!existsSync(join(packages, 'electron', 'package.json'))) env['ELECTRON_MAJOR_VER'] ??= ELECTRON_MAJOR
  const builder = join(packages, 'electron-vite', 'bin', 'electron-vite.js')
  const run = spawnSync(process.execPath, [builder, 'build', '--logLevel', 'warn'], {
    cwd: root,
    encoding: 'utf8',
    env,
  })
  if (run.status === 0 && !run.error) return
  // A half-written build must not pass for a fresh one.
  rmSync(join(root, BUILT), { force: true })
  const words = [run.error?.message, run.stdout, run.stderr].filter(Boolean).join('\n')
  throw new Error(`Weir could not be built. Run \`npm ci\`, then try again.\n${words}`)
}

async function takeLock(root: string): Promise<() => void> {
  const lock = join(root, LOCK)
  const holder = join(lock, 'pid')
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    try {
      mkdirSync(lock)
      writeFileSync(holder, String(process.pid))
      return () => rmSync(lock, { recursive: true, force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    if (Date.now() > deadline || isDead(holder)) rmSync(lock, { recursive: true, force: true })
    else await wait(200)
  }
}

/** The process that took the lock ended without giving it back. */
function isDead(holder: string): boolean {
  try {
    process.kill(Number(readFileSync(holder, 'utf8')), 0)
    return false
  } catch (error) {
    // ENOENT: taken just now, its number not written yet. EPERM: alive, of another account.
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

if (import.meta.main) {
  const didBuild = await buildIfStale(join(import.meta.dirname, '..'))
  process.stdout.write(didBuild ? 'Built out/.\n' : 'out/ is up to date.\n')
}
