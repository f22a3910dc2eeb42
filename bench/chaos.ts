/**
 * `node bench/chaos.ts [--seconds 300] [--clients 200]`: four upstreams of which three fail every second request, each
 * time in another way, under streams that are asked for without pause, over HTTP and over WebSockets. Prints what was
 * seen; exits with 3 when a line does not hold.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { askOverHttp, createSocketClient, type Ended, type Target } from './chaos/clients.ts'
import { linesOf, unexplained, type UpstreamWord } from './chaos/verdict.ts'
import { programs } from './programs.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string' }, clients: { type: 'string' } } })
const seconds = Number(values.seconds ?? 300)
const clients = Number(values.clients ?? 200)
const UPSTREAMS = 4
/** Every fourth client keeps a socket; of the others every tenth wants one JSON answer. */
const isSocket = (index: number): boolean => index % 4 === 3
const isWhole = (index: number): boolean => index % 10 === 0
/** The heap is looked at first when everything has been loaded, compiled and met once. */
const EARLY_SHARE = 0.2
const RESTORE_MS = 250

interface Message {
  readonly kind: string
}

function next<T extends Message>(child: ChildProcess, kind: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: T): void => {
      if (message.kind !== kind) return
      child.off('message', onMessage)
      resolve(message)
    }
    child.on('message', onMessage)
    child.once('exit', (code) => reject(new Error(`a part of the run ended with ${code}`)))
  })
}

const dataDir = mkdtempSync(join(tmpdir(), 'weir-chaos-'))
const upstreams = fork(programs.chaosUpstreams, [String(UPSTREAMS)])
const asked = new Map<string, UpstreamWord[]>()
const answered = new Map<string, number>()
upstreams.on('message', (message: Message & UpstreamWord) => {
  const { kind, mark } = message
  if (kind === 'asked') asked.set(mark, [...(asked.get(mark) ?? []), message])
  else if (kind === 'answered') answered.set(mark, (answered.get(mark) ?? 0) + 1)
})
const { ports } = await next<Message & { ports: number[] }>(upstreams, 'ready')
const core = fork(programs.chaosCore, [dataDir, ...ports.map(String)], {
  execArgv: ['--expose-gc'],
  env: { ...process.env, WEIR_PASSPHRASE: 'chaos run passphrase' },
})
const target = await next<Message & Target>(core, 'ready')

const ended: Ended[] = []
const until = performance.now() + seconds * 1_000
let number = 0

async function client(index: number): Promise<void> {
  const socket = isSocket(index) ? createSocketClient(target) : null
  while (performance.now() < until) {
    const mark = `q${number++}`
    ended.push(await (socket?.ask(mark) ?? askOverHttp(target, mark, !isWhole(index))))
  }
  socket?.close()
}

async function heapNow(): Promise<number> {
  core.send('heap')
  return (await next<Message & { bytes: number }>(core, 'heap')).bytes
}

const restoring = setInterval(() => core.send('restore'), RESTORE_MS)
const running = Array.from({ length: clients }, (_, index) => client(index))
await pause(seconds * 1_000 * EARLY_SHARE)
const early = await heapNow()
await pause(seconds * 1_000 * (0.98 - EARLY_SHARE))
const late = await heapNow()
await Promise.all(running)
clearInterval(restoring)
const closed = new Promise((resolve) => core.once('exit', resolve))
core.send('close')
await closed
upstreams.disconnect()

const facts = { ended, asked, answered, heap: { early, late }, databaseFile: join(dataDir, 'weir.db') }
const lines = linesOf(facts)
process.stdout.write(`${seconds} s, ${clients} clients, ${UPSTREAMS} upstreams of which ${UPSTREAMS - 1} fail\n\n`)
process.stdout.write('| what | figure | holds |\n|---|---|---|\n')
for (const { what, figure, holds } of lines) process.stdout.write(`| ${what} | ${figure} | ${holds ? 'yes' : 'NO'} |\n`)
const odd = [...ended.filter(({ outcome }) => outcome === 'wrong'), ...unexplained(facts)].slice(0, 20)
for (const { mark, what } of odd) {
  const met = (asked.get(mark) ?? []).map(({ upstream, fault }) => `${upstream}:${fault ?? 'good'}`).join(' ')
  process.stdout.write(`${mark} met ${met === '' ? 'nobody' : met}: ${what}\n`)
}
rmSync(dataDir, { recursive: true, force: true })
process.exitCode = lines.every(({ holds }) => holds) ? 0 : 3
