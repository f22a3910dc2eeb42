/**
 * `node bench/sockets.ts`: what a client's WebSocket costs. CPU per frame that passes, against a bare relay made with the
 * same library, and memory per socket that is open and idle. The subject is a process of its own; upstream and clients
 * are in this one. Prints Markdown. Exits with 3 when a frame costs over 1.5 × the bare relay's or an idle socket over
 * 60 KB, and with 1 when an answer was not what the upstream sent. `--quick` for fewer rounds.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { WebSocket, WebSocketServer } from 'ws'
import {
  chooseCores,
  cpuBetween,
  describeMachine,
  type Program,
  repin,
  spawnNode,
  stopProcess,
  usageOf,
} from './machine.ts'
import { programs } from './programs.ts'
import { quantile } from './quantile.ts'

const MAX_RATIO = 1.5
const MAX_IDLE_BYTES = 60 * 1_024
const FRAMES = 400
const STREAMS = 20
const IDLE = 1_000
/** Frames of one stream per ms-tick of the upstream: one by one as a model talks, and as fast as they go. */
const PACES = { 'one at a time, 5 ms apart': 5, 'as fast as they go': 0 } as const
type Pace = keyof typeof PACES

const { quick } = parseArgs({ options: { quick: { type: 'boolean', default: false } } }).values
const rounds = quick ? 2 : 5
const turnsPerStream: Readonly<Record<Pace, number>> = { 'one at a time, 5 ms apart': 1, 'as fast as they go': 8 }

const text = (value: object): string => JSON.stringify(value)
const created = text({ type: 'response.created', response: { id: 'resp_1', status: 'in_progress' } })
const place = { item_id: 'msg_1', output_index: 0, content_index: 0 }
const delta = text({ type: 'response.output_text.delta', ...place, delta: ' water', logprobs: [], sequence_number: 5 })
const usage = { input_tokens: 10, output_tokens: FRAMES, total_tokens: 10 + FRAMES }
const completed = text({
  type: 'response.completed',
  response: { id: 'resp_1', status: 'completed', output: [], usage },
})
const question = (paceMs: number): string =>
  text({
    type: 'response.create',
    model: 'm',
    input: [{ role: 'user', content: 'x' }],
    metadata: { paceMs },
    stream: true,
  })

async function answer(ws: WebSocket, paceMs: number): Promise<void> {
  ws.send(created)
  for (let frame = 0; frame < FRAMES; frame += 1) {
    if (paceMs > 0) await delay(paceMs)
    ws.send(delta)
  }
  ws.send(completed)
}

async function startUpstream(): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  server.on('connection', (ws) => {
    ws.on('error', () => {})
    ws.on('message', (data: Buffer) => {
      const { metadata } = JSON.parse(data.toString('utf8')) as { metadata: { paceMs: number } }
      void answer(ws, metadata.paceMs)
    })
  })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

interface Subject {
  readonly child: Program
  readonly port: number
  readonly key: string
}

const cores = chooseCores(true)
if (cores !== null) repin(process.pid, cores.load)

async function start(program: string, upstreamPort: number): Promise<Subject> {
  const child = spawnNode([program, String(upstreamPort)], { cores: cores?.subject })
  process.once('exit', () => child.kill('SIGKILL'))
  const line = await child.firstLine
  if (line === '') throw new Error(`${program} ended before it was ready: ${child.said()}`)
  return { child, ...(JSON.parse(line) as { port: number; key: string }) }
}

async function open({ port, key }: Subject): Promise<WebSocket> {
  const headers = { authorization: `Bearer ${key}` }
  const ws = new WebSocket(`ws://127.0.0.1:${port}/v1/responses`, { headers, perMessageDeflate: false })
  await once(ws, 'open')
  return ws
}

/** Sends a turn and checks its answer. */
function turn(ws: WebSocket, paceMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let seen = 0
  function onMessage(data: Buffer): void {
    const frame = data.toString('latin1')
    if (frame === delta) seen += 1
    else if (frame === completed) {
      ws.off('message', onMessage)
      if (seen === FRAMES) resolve()
      else reject(new Error(`${seen} of ${FRAMES} frames came`))
    } else if (frame !== created) reject(new Error(`a frame was not what the upstream sent: ${frame.slice(0, 200)}`))
  }
  ws.on('message', onMessage)
  ws.send(question(paceMs))
  return promise
}

/** CPU of the subject per frame, µs. */
async function frameCost(subject: Subject, pace: Pace): Promise<number> {
  const sockets = await Promise.all(Array.from({ length: STREAMS }, () => open(subject)))
  await Promise.all(sockets.map((ws) => turn(ws, 0)))
  await delay(300)
  const before = await usageOf(subject.child)
  const turns = turnsPerStream[pace]
  await Promise.all(
    sockets.map(async (ws) => {
      for (let run = 0; run < turns; run += 1) await turn(ws, PACES[pace])
    }),
  )
  const micros = cpuBetween(before, await usageOf(subject.child))
  for (const ws of sockets) ws.terminate()
  await delay(200)
  return micros / (STREAMS * turns * (FRAMES + 2))
}

/** Until nothing of it is still being compiled, whose time is nobody's frame. */
async function heat(subject: Subject): Promise<void> {
  for (let run = 0; run < 5; run += 1) await frameCost(subject, 'as fast as they go')
}

async function openMany(subject: Subject, count: number): Promise<WebSocket[]> {
  const sockets: WebSocket[] = []
  for (let at = 0; at < count; at += 50) {
    sockets.push(...(await Promise.all(Array.from({ length: 50 }, () => open(subject)))))
  }
  return sockets
}

/** Resident bytes per idle socket, of a process that has served some already. */
async function idleCost(subject: Subject, withTurn: boolean): Promise<number> {
  const settle = async (): Promise<number> => {
    await delay(2_000)
    return (await usageOf(subject.child)).rssBytes
  }
  const warm = await openMany(subject, 50)
  for (const ws of warm) if (withTurn) await turn(ws, 0)
  for (const ws of warm) ws.terminate()
  const before = await settle()
  const sockets = await openMany(subject, IDLE)
  for (const ws of sockets) if (withTurn) await turn(ws, 0)
  const after = await settle()
  for (const ws of sockets) ws.terminate()
  return (after - before) / IDLE
}

const median = (values: readonly number[]): number => quantile(values, 0.5)
const spread = (values: readonly number[], digits: number): string =>
  `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)})`

async function main(): Promise<void> {
  const upstreamPort = await startUpstream()
  const subjects = {
    bare: await start(programs.socketRelay, upstreamPort),
    weir: await start(programs.socketWeir, upstreamPort),
  }
  const { cpu, cores: count, memoryGiB, system, node } = describeMachine()
  console.log(`On ${count} cores of ${cpu}, ${memoryGiB} GiB, ${system}, Node ${node}, ${rounds} rounds.\n`)
  console.log('| frames | bare, µs of CPU each | Weir, µs of CPU each | × bare |\n|---|--:|--:|--:|')
  let isOver = false
  for (const subject of ['bare', 'weir'] as const) await heat(subjects[subject])
  for (const pace of Object.keys(PACES) as Pace[]) {
    const costs = { bare: [] as number[], weir: [] as number[] }
    for (const subject of ['bare', 'weir'] as const) await frameCost(subjects[subject], pace)
    for (let round = 0; round < rounds; round += 1) {
      for (const subject of ['bare', 'weir'] as const) costs[subject].push(await frameCost(subjects[subject], pace))
    }
    const ratios = costs.weir.map((cost, round) => cost / (costs.bare[round] ?? Number.NaN))
    isOver ||= median(ratios) > MAX_RATIO
    console.log(`| ${pace} | ${spread(costs.bare, 1)} | ${spread(costs.weir, 1)} | ${spread(ratios, 2)} |`)
  }
  for (const subject of Object.values(subjects)) await stopProcess(subject.child)
  console.log('\n| 1,000 idle sockets | KB each, bare | KB each, Weir |\n|---|--:|--:|')
  for (const withTurn of [false, true]) {
    const bytes: Record<'bare' | 'weir', number> = { bare: 0, weir: 0 }
    for (const [name, program] of [
      ['bare', programs.socketRelay],
      ['weir', programs.socketWeir],
    ] as const) {
      const fresh = await start(program, upstreamPort)
      bytes[name] = await idleCost(fresh, withTurn)
      await stopProcess(fresh.child)
    }
    if (!withTurn) isOver ||= bytes.weir > MAX_IDLE_BYTES
    const what = withTurn ? 'after a turn each, with their sockets to the upstream' : 'just opened'
    console.log(`| ${what} | ${(bytes.bare / 1_024).toFixed(0)} | ${(bytes.weir / 1_024).toFixed(0)} |`)
  }
  process.exit(isOver ? 3 : 0)
}

await main()
