/**
 * The load generator, a process of its own. Jobs come over the process channel; the answer carries counts, times and
 * every failure. It is built like the upstream: raw sockets, requests made beforehand.
 */
import { JSON_MODEL, type Shape } from './answers.ts'
import { exchangeOf, type LoadConnection, openConnection } from './load-connection.ts'
import { type Job, LATE_MS, type LoadMessage, spreadOf, type Target } from './protocol.ts'

type Closed = Extract<Job, { kind: 'closed' }>
type Open = Extract<Job, { kind: 'open' }>
type Streams = Extract<Job, { kind: 'streams' }>
type Hold = Extract<Job, { kind: 'hold' }>

/** Servers close idle connections after five seconds or so; a shorter life here keeps that race out of the figures. */
const IDLE_LIMIT_MS = 2_000
const HOLD_DEADLINE_MS = 60_000

let releaseHeld: (() => void) | null = null

process.on('message', (job: Job) => {
  run(job).catch((error: unknown) => send({ type: 'broken', message: String(error) }))
})
// The CPU probe lets go of the channel, and between two jobs nothing else keeps this process alive.
process.channel?.ref()
process.on('disconnect', () => process.exit(0))
send({ type: 'ready' })

function send(message: LoadMessage): void {
  process.send?.(message)
}

async function run(job: Job): Promise<void> {
  switch (job.kind) {
    case 'closed':
      return runClosed(job)
    case 'open':
      return runOpen(job)
    case 'streams':
      return runStreams(job)
    case 'hold':
      return runHold(job)
    case 'release':
      releaseHeld?.()
      releaseHeld = null
  }
}

/** Everything that is counted, and only between the marks; failures always. */
function createTally() {
  let counting = false
  let startedAt = 0
  let count = 0
  let failures = 0
  let firstFailure: string | null = null
  let latencies: number[] = []
  let latenesses: number[] = []
  return {
    latency(ms: number) {
      if (counting) latencies.push(ms)
    },
    lateness(ms: number) {
      if (counting) latenesses.push(ms)
    },
    hit() {
      if (counting) count += 1
    },
    failed(message: string) {
      failures += 1
      firstFailure ??= message
    },
    async window(warmupMs: number, measureMs: number) {
      await pause(warmupMs)
      send({ type: 'mark', at: 'start' })
      counting = true
      startedAt = performance.now()
      await pause(measureMs)
      counting = false
      const elapsedMs = performance.now() - startedAt
      send({ type: 'mark', at: 'end' })
      return elapsedMs
    },
    report(elapsedMs: number) {
      const [latency, lateness] = [spreadOf(latencies), spreadOf(latenesses)]
      const late = latenesses.filter((ms) => ms > LATE_MS).length
      latencies = []
      latenesses = []
      send({ type: 'result', result: { count, elapsedMs, failures, firstFailure, latency, lateness, late } })
    },
  }
}

async function runClosed(job: Closed): Promise<void> {
  const tally = createTally()
  const exchange = exchangeOf(job.target, 'chat', JSON_MODEL)
  let ended = false
  const connections: LoadConnection[] = []
  for (let index = 0; index < job.connections; index += 1) {
    const connection = openConnection(exchange, {
      done(ms) {
        tally.latency(ms)
        tally.hit()
        if (!ended) connection.send()
      },
      failed(message) {
        tally.failed(message)
        if (!ended) setTimeout(() => connection.send(), 50)
      },
    })
    connections.push(connection)
    connection.send()
  }
  const elapsedMs = await tally.window(job.warmupMs, job.measureMs)
  ended = true
  for (const connection of connections) connection.close()
  tally.report(elapsedMs)
}

async function runOpen(job: Open): Promise<void> {
  const tally = createTally()
  const exchange = exchangeOf(job.target, 'chat', JSON_MODEL)
  const idle: { connection: LoadConnection; since: number }[] = []
  const all = new Set<LoadConnection>()

  function openOne(): LoadConnection {
    const connection = openConnection(exchange, {
      done(ms) {
        tally.latency(ms)
        tally.hit()
        idle.push({ connection, since: performance.now() })
      },
      failed(message) {
        tally.failed(message)
        all.delete(connection)
        connection.close()
      },
    })
    all.add(connection)
    return connection
  }

  const startedAt = performance.now()
  let sent = 0
  const timer = setInterval(() => {
    const now = performance.now()
    const due = Math.floor(((now - startedAt) * job.perSecond) / 1_000)
    for (; sent < due; sent += 1) (idle.pop()?.connection ?? openOne()).send()
    while (idle[0] !== undefined && now - idle[0].since > IDLE_LIMIT_MS) {
      const { connection } = idle.shift()!
      all.delete(connection)
      connection.close()
    }
  }, 1)
  const elapsedMs = await tally.window(job.warmupMs, job.measureMs)
  clearInterval(timer)
  for (const connection of all) connection.close()
  tally.report(elapsedMs)
}

async function runStreams(job: Streams): Promise<void> {
  const tally = createTally()
  let ended = false
  // Spread over a second: streams that start together would deliver every chunk in the same instant.
  const starting = Array.from({ length: job.streams }, async (_, index) => {
    await pause((index * 1_000) / job.streams)
    return openStream(job.target, job.shape, job.model, tally, () => ended)
  })
  const elapsedMs = await tally.window(1_000 + job.warmupMs, job.measureMs)
  ended = true
  for (const connection of await Promise.all(starting)) connection.close()
  tally.report(elapsedMs)
}

function openStream(
  target: Target,
  shape: Shape,
  model: string,
  tally: ReturnType<typeof createTally>,
  ended: () => boolean,
): LoadConnection {
  const connection = openConnection(exchangeOf(target, shape, model), {
    firstBody: tally.latency,
    textChunk: tally.hit,
    lateness: tally.lateness,
    done() {
      if (!ended()) connection.send()
    },
    failed(message) {
      tally.failed(message)
      if (!ended()) setTimeout(() => connection.send(), 50)
    },
  })
  connection.send()
  return connection
}

async function runHold(job: Hold): Promise<void> {
  const tally = createTally()
  const exchange = exchangeOf(job.target, 'chat', job.model)
  const open: LoadConnection[] = []
  let streaming = 0
  for (let index = 0; index < job.streams; index += 1) {
    const connection = openConnection(exchange, {
      firstBody: () => {
        streaming += 1
      },
      done: () => tally.failed('a stream that was to be held ended'),
      failed: tally.failed,
    })
    connection.send()
    open.push(connection)
    // Not all at once: this is about memory, not about a burst of connections.
    if (index % 50 === 49) await pause(20)
  }
  const deadline = performance.now() + HOLD_DEADLINE_MS
  while (streaming < job.streams && performance.now() < deadline) await pause(50)
  if (streaming < job.streams) tally.failed(`only ${streaming} of ${job.streams} streams began`)
  releaseHeld = () => {
    for (const connection of open) connection.close()
    tally.report(0)
  }
  send({ type: 'held' })
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
