/** Starts the built host and the `weir` command as processes of their own. Whatever a test leaves running is killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
/** The built headless host. */
export const HOST = join(root, 'out', 'main', 'headless.js')
const COMMAND = join(root, 'bin', 'weir.mjs')

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly pid: number
  /** Resolves with everything written so far, once `done` holds of it; rejects when the process ends before. */
  until(done: (seen: { stdout: string; stderr: string }) => boolean): Promise<{ stdout: string; stderr: string }>
  signal(name: NodeJS.Signals): void
  readonly ended: Promise<Finished>
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
}

/** No WEIR_* variable of the machine reaches the process. */
export function run(file: string, args: readonly string[], options: RunOptions = {}): Running {
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith('WEIR_'))
  const child = spawn(file, args, {
    cwd: root,
    env: { ...Object.fromEntries(clean), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  running.add(child)
  const seen = { stdout: '', stderr: '' }
  const waiting = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      seen[name] += text
      for (const look of waiting) look()
    })
  }
  child.stdin.on('error', () => {})
  child.stdin.end(options.stdin ?? '')
  const ended = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      running.delete(child)
      resolve({ code, ...seen })
      for (const look of waiting) look()
    })
  })
  return {
    pid: child.pid ?? 0,
    signal: (name) => child.kill(name),
    ended,
    until: (done) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (done(seen)) resolve({ ...seen })
          else if (running.has(child)) return
          else reject(new Error(`ended too soon: ${JSON.stringify(seen)}`))
          waiting.delete(look)
        }
        waiting.add(look)
        look()
      }),
  }
}

export interface Host extends Running {
  readonly baseUrl: string
  /** Empty without the demo. */
  readonly apiKey: string
  readonly adminUrl: string
}

export interface HostOptions extends RunOptions {
  /** False starts without `--demo`, so that no key is rotated. */
  readonly demo?: boolean
}

/** A host on ports of the system's choice, ready, with its demo key. */
export async function startHost(
  dataDir: string,
  args: readonly string[] = [],
  options: HostOptions = {},
): Promise<Host> {
  const host = launchHost(dataDir, args, options)
  const { stdout } = await host.until((seen) => seen.stdout.includes('\n'))
  const ready = JSON.parse(stdout) as { baseUrl: string; apiKey: string | null; adminUrl: string }
  return { ...host, ...ready, apiKey: ready.apiKey ?? '' }
}

/** The same process, handed out before it is ready. */
export function launchHost(dataDir: string, args: readonly string[] = [], options: HostOptions = {}): Running {
  const demo = options.demo === false ? [] : ['--demo']
  const all = ['--data-dir', dataDir, '--port', '0', '--admin-port', '0', ...demo, '--json', ...args]
  return run(process.execPath, [HOST, ...all], options)
}

export function runHost(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return run(process.execPath, [HOST, ...args], options).ended
}

/** One `weir` command on a data directory. */
export function weir(dataDir: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return run(process.execPath, [COMMAND, ...args, '--data-dir', dataDir], options).ended
}
