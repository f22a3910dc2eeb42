/**
 * A throw-away OS keychain: a gnome-keyring of its own in a home directory of its own, under a D-Bus session of its own.
 * Each run starts a new session on the same keyring files, so what one run stored the next one reads from disk. On macOS
 * and Windows programs run against the keychain of the machine.
 */
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { tempDir } from './temp-dir.ts'

export interface RunResult {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  /**
   * `unlocked` (default): the keyring is there. `locked`: it is there but its password was not given. `none`: no D-Bus at
   * all. A bus address stands for any other bus.
   */
  readonly keyring?: 'unlocked' | 'locked' | 'none' | { readonly busAddress: string }
}

export interface Keyring {
  /** Runs Node with these arguments to its end. */
  run(args: readonly string[], options?: RunOptions): Promise<RunResult>
  /** The home directory that holds the keyring's files. */
  readonly home: string
  remove(): void
}

const isLinux = process.platform === 'linux'

// The daemons of the session write to the error stream as well; the program's own goes to a pipe of its own.
const ownErrors = 'exec "$@" 2>&3'
const unlock = 'printf test | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1'

export function createKeyring(): Keyring {
  const directory = tempDir('keyring')
  const home = directory.path
  const runtimeDir = join(home, 'run')
  mkdirSync(runtimeDir, { recursive: true })
  // The daemon refuses a runtime directory that others can enter.
  chmodSync(runtimeDir, 0o700)

  function environment(keyring: RunOptions['keyring']): NodeJS.ProcessEnv {
    if (!isLinux) return process.env
    // Nothing of the tester's own session may leak in: not its bus, not its display, not its home.
    const { PATH, LANG, TMPDIR } = process.env
    const bus = typeof keyring === 'object' ? { DBUS_SESSION_BUS_ADDRESS: keyring.busAddress } : {}
    return { PATH, LANG, TMPDIR, HOME: home, XDG_RUNTIME_DIR: runtimeDir, ...bus }
  }

  function command(args: readonly string[], keyring: RunOptions['keyring']): readonly [string, ...string[]] {
    const node = [process.execPath, ...args] as const
    if (!isLinux) return node
    const shell = ['sh', '-c', keyring === 'unlocked' ? `${unlock}; ${ownErrors}` : ownErrors, 'sh'] as const
    if (keyring === 'none' || typeof keyring === 'object') return [...shell, ...node]
    return ['dbus-run-session', '--', ...shell, ...node]
  }

  return {
    home,
    remove: () => directory.remove(),
    async run(args, { stdin = '', env = {}, keyring = 'unlocked' } = {}) {
      const [program, ...rest] = command(args, keyring)
      const child = spawn(program, rest, {
        env: { ...environment(keyring), ...env },
        stdio: ['pipe', 'pipe', isLinux ? 'ignore' : 'pipe', 'pipe'],
      })
      const stdout = collect(child.stdio[1])
      const stderr = collect(child.stdio[isLinux ? 3 : 2])
      child.stdin?.on('error', () => undefined)
      child.stdin?.end(stdin)
      const { promise, resolve, reject } = Promise.withResolvers<number | null>()
      child.on('error', reject)
      child.on('close', resolve)
      return { exitCode: await promise, stdout: stdout(), stderr: stderr() }
    },
  }
}

function collect(stream: unknown): () => string {
  const chunks: Buffer[] = []
  if (stream instanceof Readable) stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString('utf8')
}
