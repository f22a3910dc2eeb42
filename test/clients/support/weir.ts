/** The built program, started as the README says, with a relay in front of its gateway and the operator's calls. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Route, RouteInput, RouteOutput, RpcResult } from '../../../src/shared/contract.ts'
import { headlessEntry } from './paths.ts'
import { startRelay, type Relay } from './relay.ts'

export interface Weir {
  /** Through the relay; ends in `/v1`. */
  readonly baseUrl: string
  /** Of the demo Pool on the simulator. */
  readonly apiKey: string
  readonly relay: Relay
  /** An operator's call; throws what the call answers as an error. */
  rpc<R extends Route>(route: R, input: RouteInput<R>): Promise<RouteOutput<R>>
  close(): Promise<void>
}

interface Announcement {
  baseUrl: string
  apiKey: string
  adminUrl: string
}

const startTimeoutMs = 20_000

const running = new Set<ChildProcess>()
// A run that breaks off leaves no Weir behind.
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')))

async function readAnnouncement(child: ChildProcess, log: () => string): Promise<Announcement> {
  const lines = createInterface({ input: child.stdout! })
  const { promise, resolve, reject } = Promise.withResolvers<Announcement>()
  lines.once('line', (line) => resolve(JSON.parse(line) as Announcement))
  child.once('exit', (code) => reject(new Error(`Weir ended with ${code} before it was ready:\n${log()}`)))
  const late = (): void => reject(new Error(`Weir was not ready after ${startTimeoutMs} ms:\n${log()}`))
  const timer = setTimeout(late, startTimeoutMs)
  return promise.finally(() => clearTimeout(timer))
}

async function signIn(adminUrl: string): Promise<string> {
  const answer = await fetch(adminUrl, { redirect: 'manual' })
  const cookie = answer.headers.getSetCookie().find((each) => each.startsWith('weir_session='))
  if (!cookie) throw new Error(`The sign-in link answered ${answer.status} without a session: ${await answer.text()}`)
  return cookie.split(';')[0]!
}

async function call<R extends Route>(origin: string, cookie: string, route: R, input: RouteInput<R>) {
  const answer = await fetch(`${origin}/rpc`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie, origin },
    body: JSON.stringify({ route, input }),
  })
  const result = (await answer.json()) as RpcResult<RouteOutput<R>>
  if (!result.ok) throw new Error(`${route}: ${result.error.code}: ${result.error.message}`)
  return result.value
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await gone
  clearTimeout(timer)
}

export async function startWeir(): Promise<Weir> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-clients-'))
  const args = ['--data-dir', join(dir, 'data'), '--port', '0', '--admin-port', '0', '--demo', '--json']
  // A bare environment: no keychain of the person who runs the tests, no WEIR_* of theirs.
  const env = { PATH: process.env['PATH'] ?? '', HOME: dir, WEIR_PASSPHRASE: 'for these tests only' }
  const child = spawn(process.execPath, [headlessEntry, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  child.once('exit', () => running.delete(child))
  let log = ''
  createInterface({ input: child.stderr }).on('line', (line) => {
    log += `${line}\n`
    // What Weir complains of belongs beside the test that made it complain.
    if (/ (?:warn|error) /.test(line)) console.error(line)
  })

  const { baseUrl, apiKey, adminUrl } = await readAnnouncement(child, () => log).catch(async (error: unknown) => {
    await stop(child)
    throw error
  })
  const cookie = await signIn(adminUrl)
  const { origin } = new URL(adminUrl)
  const relay = await startRelay(Number(new URL(baseUrl).port))
  return {
    baseUrl: `http://127.0.0.1:${relay.port}/v1`,
    apiKey,
    relay,
    rpc: (route, input) => call(origin, cookie, route, input),
    async close() {
      await relay.close()
      await stop(child)
      await rm(dir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
