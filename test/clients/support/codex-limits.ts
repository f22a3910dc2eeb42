/** The quota figures as Codex itself reads them: asked of its app server, which is what its `/status` shows. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { codexEntry } from './paths.ts'

interface CodexWindow {
  readonly usedPercent: number
  readonly windowDurationMins: number
  /** Epoch seconds. */
  readonly resetsAt: number
}

export interface CodexLimits {
  readonly primary: CodexWindow | null
  readonly secondary: CodexWindow | null
  readonly planType: string | null
}

interface Reply {
  readonly id?: number
  readonly result?: { readonly rateLimits: CodexLimits }
  readonly error?: { readonly message: string }
}

const timeoutMs = 20_000

/** `env` has its home. Fails with what it answers as an error, or with all it printed when it takes too long. */
export async function readLimits(cwd: string, env: Readonly<Record<string, string>>): Promise<CodexLimits> {
  // A group of its own: it is a launcher with the real program below it.
  const child = spawn(process.execPath, [codexEntry, 'app-server'], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const { promise, resolve, reject } = Promise.withResolvers<CodexLimits>()
  const say = (message: object): boolean => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  let printed = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed += text))
  child.stdin.on('error', reject)
  child.on('error', reject)
  createInterface({ input: child.stdout }).on('line', (line) => {
    printed += `${line}\n`
    const { id, result, error } = JSON.parse(line) as Reply
    if (id === undefined) return
    if (error !== undefined || result === undefined) reject(new Error(error?.message ?? line))
    else if (id === 2) resolve(result.rateLimits)
    else {
      say({ method: 'initialized' })
      say({ id: 2, method: 'account/rateLimits/read' })
    }
  })
  const timer = setTimeout(() => reject(new Error(`Codex said no limits in ${timeoutMs} ms:\n${printed}`)), timeoutMs)
  const gone = new Promise((done) => child.once('close', done))
  child.once('close', (code) => reject(new Error(`Codex's app server ended with ${code}:\n${printed}`)))
  say({ id: 1, method: 'initialize', params: { clientInfo: { name: 'weir_tests', title: 'Weir', version: '1.0.0' } } })
  return promise.finally(async () => {
    clearTimeout(timer)
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    await gone
  })
}
