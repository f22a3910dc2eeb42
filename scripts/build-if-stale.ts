/**
 * Builds `out/` when a source is newer than it, quietly, and shows the builder's words only when it fails. Two starts at
 * once build one after the other: the second finds everything fresh.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

interface Part {
  /** What `WEIR_BUILD` calls it. */
  readonly name: 'core' | 'page'
  readonly sources: readonly string[]
  /** A file that every build of it makes. */
  readonly built: string
}

const everywhere = ['src/shared', 'package.json', 'package-lock.json', 'electron.vite.config.ts', 'tsconfig.json']
const parts: readonly Part[] = [
  {
    name: 'core',
    sources: ['src/main', 'src/preload', 'migrations', ...everywhere],
    built: join('out', 'main', 'headless.js'),
  },
  { name: 'page', sources: ['src/renderer', ...everywhere], built: join('out', 'renderer', 'index.html') },
]
const LOCK = join('node_modules', '.weir-build')
const PATIENCE_MS = 300_000
const ELECTRON_MAJOR = '45'

/** Returns whether a build was needed. `say` gets one line before a build starts. `only` leaves the other part as it is. */
export async function buildIfStale(
  root: string,
  say: (line: string) => void = () => {},
  only?: Part['name'],
): Promise<boolean> {
  if (staleParts(root, only).length === 0) return false
  const release = await takeLock(root)
  try {
    const stale = staleParts(root, only)
    if (stale.length === 0) return false
    say('Building Weir; this takes a few seconds, once.')
    build(root, stale)
    return true
  } finally {
    release()
  }
}

export function isStale(root: string): boolean {
  return staleParts(root).length > 0
}

function staleParts(root: string, only?: Part['name']): readonly Part[] {
  return parts.filter(({ name, sources, built }) => {
    if (only !== undefined && name !== only) return false
    const at = statSync(join(root, built), { throwIfNoEntry: false })?.mtimeMs
    return at === undefined || sources.some((source) => newestUnder(join(root, source)) > at)
  })
}

/** A folder counts with its own time, which moves when a file in it is added or removed. */
function newestUnder(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined || /\.test\.tsx?$/.test(path)) return 0
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestUnder(join(path, name))))
}

function build(root: string, stale: readonly Part[]): void {
  const packages = join(root, 'node_modules')
  const env: NodeJS.ProcessEnv = { ...process.env, NODE_ENV: 'production' }
  if (stale.length === 1 && stale[0] !== undefined) env['WEIR_BUILD'] = stale[0].name
  // The builder wants to know which Electron it builds for, and reads it from a package that need not be installed.
  if (!existsSync(join(packages, 'electron', 'package.json'))) env['ELECTRON_MAJOR_VER'] ??= ELECTRON_MAJOR
  const builder = join(packages, 'electron-vite', 'bin', 'electron-vite.js')
  const startedAt = new Date()
  const run = spawnSync(process.execPath, [builder, 'build', '--logLevel', 'warn'], {
    cwd: root,
    encoding: 'utf8',
    env,
  })
  if (run.status === 0 && !run.error) {
    // A source that was changed while the builder ran may have been read before.
    for (const { built } of stale) utimesSync(join(root, built), startedAt, startedAt)
    return
  }
  // A half-written build must not pass for a fresh one.
  for (const { built } of stale) rmSync(join(root, built), { force: true })
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
