/** How each subject is installed, started and addressed. A start is over when a question through it was answered. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { JSON_MODEL, PATHS, requestBody } from './answers.ts'
import { localFile, type Program, spawnNode, stopProcess } from './machine.ts'
import type { SubjectName } from './options.ts'
import { programs } from './programs.ts'
import type { Target } from './protocol.ts'
import { note, pause, type Rig, type Running } from './rig.ts'
import { prepareWeir, weirArgs, WEIR_ENV } from './weir.ts'

const START_DEADLINE_MS = 60_000
const PORTKEY = './node_modules/@portkey-ai/gateway/build/start-server.js'

/** Ready to be started any number of times, one instance at a time. */
export interface Launcher {
  readonly name: string
  start(): Promise<Running>
}

type Spawn = (port: number) => Program

export async function launcherOf(rig: Rig, name: SubjectName): Promise<Launcher> {
  const cores = rig.cores?.subject
  const upstream = `http://127.0.0.1:${rig.upstreamPort}`
  switch (name) {
    case 'direct':
      return { name, start: () => Promise.resolve(directOf(rig)) }
    case 'bare': {
      const args = (port: number) => [programs.bareProxy, String(rig.upstreamPort), String(port)]
      return launcher(rig, name, (port) => spawnNode(args(port), { cores }), { authorization: 'Bearer client-key' })
    }
    case 'portkey': {
      installPeers()
      const args = (port: number) => [
        '--import',
        programs.portkeyShim,
        localFile(PORTKEY),
        `--port=${port}`,
        '--headless',
      ]
      return launcher(rig, name, (port) => spawnNode(args(port), { cores }), {
        authorization: 'Bearer client-key',
        'x-portkey-provider': 'openai',
        'x-portkey-custom-host': `${upstream}/v1`,
      })
    }
    case 'weir':
    case 'weir-policy':
      return weirLauncher(rig, name, `${rig.workDir}/${name}`)
  }
}

/** Weir on a data directory of its own, with one upstream, one Pool and one key in it. */
export async function weirLauncher(rig: Rig, name: string, dataDir: string): Promise<Launcher> {
  const secret = await prepareWeir(rig, dataDir, name === 'weir-policy')
  const start = (port: number) => spawnNode(weirArgs(dataDir, port), { cores: rig.cores?.subject, env: WEIR_ENV })
  return launcher(rig, name, start, { authorization: `Bearer ${secret}` })
}

/** The upstream itself, as a subject. */
export function directOf(rig: Rig): Running {
  return {
    name: 'direct',
    target: { port: rig.upstreamPort, headers: { authorization: 'Bearer client-key' } },
    child: rig.upstream,
    coldStartMs: Number.NaN,
    stop: () => Promise.resolve(),
  }
}

function launcher(rig: Rig, name: string, spawnOn: Spawn, headers: Readonly<Record<string, string>>): Launcher {
  return {
    name,
    async start() {
      const port = await freePort()
      const target: Target = { port, headers }
      const startedAt = performance.now()
      const child = spawnOn(port)
      rig.children.add(child)
      child.once('exit', () => rig.children.delete(child))
      await firstAnswer(name, child, target)
      const coldStartMs = performance.now() - startedAt
      return { name, target, child, coldStartMs, stop: () => stopProcess(child) }
    },
  }
}

/** The system chooses; the subject gets the number, because not every subject can say which one it was given. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('the system gave no port')
  return address.port
}

async function firstAnswer(name: string, child: Program, target: Target): Promise<void> {
  const deadline = performance.now() + START_DEADLINE_MS
  let last = 'nothing'
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`${name} did not start (exit ${child.exitCode}): ${child.said()}`)
    last = await ask(target)
    if (last === '200') return
    await pause(3)
  }
  throw new Error(`${name} gave no answer within ${START_DEADLINE_MS / 1_000} s; the last was: ${last}`)
}

/** The status, or why there was none. */
function ask(target: Target): Promise<string> {
  const body = requestBody('chat', JSON_MODEL)
  return new Promise((resolve) => {
    const call = request(
      {
        host: '127.0.0.1',
        port: target.port,
        method: 'POST',
        path: PATHS.chat,
        agent: false,
        headers: { ...target.headers, 'content-type': 'application/json', 'content-length': body.length },
      },
      (response) => {
        response.resume()
        response.once('end', () => resolve(String(response.statusCode)))
        response.once('error', (error) => resolve(error.message))
      },
    )
    call.once('error', (error) => resolve(error.message))
    call.end(body)
  })
}

function installPeers(): void {
  if (existsSync(localFile(PORTKEY))) return
  note('Installing the peers (npm ci in bench/) ...')
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: localFile('.'),
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
}
