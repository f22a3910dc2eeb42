/**
 * `node --expose-gc bench/tokens.ts`: what counting input tokens costs. The real counter and its thread; a timer on the
 * main loop looks for delays while bodies are counted, and before, with nothing to do. Prints Markdown. `--rounds N` for
 * fewer than 20.
 */
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { createTokenCounter, type TokenCounter } from '../src/main/tokens/tokens.ts'
import { describeMachine } from './machine.ts'
import { quantile } from './quantile.ts'

const MIB = 1_048_576
/** How long the main loop may be held at a time. */
const LIMIT_MS = 5
const root = join(import.meta.dirname, '..')

/** The text of this repository, repeated to this length: prose and code. */
function repositoryText(length: number): string {
  const folders = ['docs', 'src/main/gateway', 'src/main/db', 'src/shared']
  const files = folders.flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(root, folder, name)))
  const text = files
    .filter((file) => /\.(?:ts|md)$/.test(file))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
  return text.repeat(Math.ceil(length / text.length)).slice(0, length)
}

function prompt(content: unknown): Buffer {
  return Buffer.from(JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content }] }))
}

function bodies(): Record<string, Buffer> {
  const base64 = randomBytes(12 * MIB).toString('base64')
  const image = [{ type: 'image_url', image_url: { url: `data:image/png;base64,${base64}` } }]
  return {
    '1 KB of prose and code': prompt(repositoryText(1_024)),
    '1 MB of prose and code': prompt(repositoryText(MIB)),
    '1 MB of one letter': prompt('a'.repeat(MIB)),
    '1 MB of spaces': prompt(' '.repeat(MIB)),
    '1 MB of random base64 as text': prompt(base64.slice(0, MIB)),
    '1 MB of ideographs': prompt('重量'.repeat(MIB / 6)),
    '16 MB of an image': prompt(image),
  }
}

interface Delay {
  /** The latest a timer of 1 ms came, beyond it: what else runs on the machine is in it. */
  readonly lateMs: number
  /** The most CPU time that the main thread took between two ticks: its own doing alone. */
  readonly heldMs: number
}

async function worstDelay(work: () => Promise<void>): Promise<Delay> {
  // What was made to be counted is not to be collected meanwhile.
  globalThis.gc?.()
  let [lateMs, heldMs] = [0, 0]
  let [last, lastCpu] = [performance.now(), cpuMs()]
  const timer = setInterval(() => {
    const [now, cpu] = [performance.now(), cpuMs()]
    lateMs = Math.max(lateMs, now - last - 1)
    heldMs = Math.max(heldMs, cpu - lastCpu)
    last = now
    lastCpu = cpu
  }, 1)
  await work()
  clearInterval(timer)
  return { lateMs, heldMs }
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

interface Measured {
  readonly name: string
  readonly bytes: number
  readonly tokens: number
  readonly times: readonly number[]
  readonly boundMs: number
  readonly delay: Delay
}

async function measure(counter: TokenCounter, name: string, body: Buffer, rounds: number): Promise<Measured> {
  const times: number[] = []
  let tokens = 0
  const delay = await worstDelay(async () => {
    for (let round = 0; round < rounds; round += 1) {
      const startedAt = performance.now()
      const answer = await counter.count('chat', body)
      times.push(performance.now() - startedAt)
      if (!answer.isExact) throw new Error(`${name} was not counted`)
      tokens = answer.tokens
    }
  })
  const startedAt = performance.now()
  const bound = counter.upperBound('chat', body)
  const boundMs = performance.now() - startedAt
  if (bound < tokens) throw new Error(`${name}: the bound ${bound} is below the count ${tokens}`)
  return { name, bytes: body.length, tokens, times, boundMs, delay }
}

function table(rows: readonly Measured[]): string {
  const lines = rows.map(({ name, bytes, tokens, times, boundMs, delay }) => {
    const p50 = quantile(times, 0.5)
    const speed = bytes / MIB / (p50 / 1_000)
    const figures = [p50, quantile(times, 0.95), speed, boundMs, delay.heldMs, delay.lateMs].map((figure) =>
      figure.toFixed(1),
    )
    return `| ${name} | ${tokens.toLocaleString('en')} | ${figures.join(' | ')} |`
  })
  return [
    '| body | tokens | p50 ms | p95 ms | MB/s | bound ms | loop held ms | loop late ms |',
    '|---|--:|--:|--:|--:|--:|--:|--:|',
    ...lines,
  ].join('\n')
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '20' } } })
  const rounds = Number(values.rounds)
  const threads: Worker[] = []
  const counter = createTokenCounter({
    log: { warn: (message) => void process.stderr.write(`${message}\n`) },
    start() {
      const thread = new Worker(join(root, 'src/main/tokens/token-thread.ts'), { env: {}, execArgv: [] })
      threads.push(thread)
      return thread
    },
  })
  try {
    const all = bodies()
    const small = prompt('hello world')
    const idle = await worstDelay(() => new Promise((resolve) => setTimeout(resolve, rounds * 100)))
    const rssBefore = process.memoryUsage.rss()
    const startedAt = performance.now()
    const atStart = await worstDelay(async () => void (await counter.count('chat', small)))
    const firstMs = performance.now() - startedAt
    const rssAfter = process.memoryUsage.rss()
    const rows: Measured[] = []
    for (const [name, body] of Object.entries(all)) rows.push(await measure(counter, name, body, rounds))
    // An idle thread does not keep the process alive, and this question alone neither.
    threads[0]?.ref()
    const heap = await threads[0]?.getHeapStatistics()
    const { cpu, cores, system, node } = describeMachine()
    process.stdout.write(`${rounds} rounds on ${cores} cores of ${cpu}, ${system}, Node ${node}.\n\n${table(rows)}\n\n`)
    process.stdout.write(
      `First count, start of the thread included: ${firstMs.toFixed(0)} ms, loop held ${atStart.heldMs.toFixed(1)} ms, ` +
        `late ${atStart.lateMs.toFixed(1)} ms. ` +
        `Memory: ${((rssAfter - rssBefore) / MIB).toFixed(0)} MB resident after it, ` +
        `${((heap?.used_heap_size ?? 0) / MIB).toFixed(0)} MB heap of the thread at the end.\n` +
        `With nothing to do: loop held ${idle.heldMs.toFixed(1)} ms, late ${idle.lateMs.toFixed(1)} ms. ` +
        `The limit of what holds it is ${LIMIT_MS} ms.\n`,
    )
    return Math.max(atStart.heldMs, ...rows.map(({ delay }) => delay.heldMs)) < LIMIT_MS ? 0 : 3
  } finally {
    await counter.close()
  }
}

process.exitCode = await main()
