/** Runs a client as a user would: its own process, its own home, a bound on its time. */
import { spawn } from 'node:child_process'

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd: string
  /** The whole environment, PATH aside: nothing of the machine's own set-up reaches a client. */
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs?: number
}

export async function runClient(command: string, args: readonly string[], options: RunOptions): Promise<Finished> {
  const { cwd, env, timeoutMs = 60_000 } = options
  // A group of its own: a client is a launcher with the real program below it, and both must go when it hangs.
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const { promise, resolve, reject } = Promise.withResolvers<Finished>()
  const timer = setTimeout(() => {
    if (child.pid) process.kill(-child.pid, 'SIGKILL')
    reject(new Error(`${command} ${args.join(' ')} was still running after ${timeoutMs} ms\n${stdout}\n${stderr}`))
  }, timeoutMs)
  child.on('error', reject)
  child.on('close', (code) => resolve({ code, stdout, stderr }))
  return promise.finally(() => clearTimeout(timer))
}

/** Passes the turn on, or fails with everything the client printed. */
export function succeeded<T extends { readonly code: number | null; readonly screen: string }>(turn: T): T {
  if (turn.code === 0) return turn
  throw new Error(`The client ended with exit code ${turn.code} and printed:\n${turn.screen}`)
}
