/**
 * `node bench/lists.ts`: how long the operator's lists and figures take over a million requests, 500 keys and 50 Pools.
 * Real database, real reader threads, asked the way the services ask; prints Markdown. `--requests N` for a smaller log.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createReader, type Reader } from '../src/main/db/reader.ts'
import { requestFilter, type RequestFilterInput } from '../src/shared/models/request.ts'
import { seriesQuery, type SeriesQuery } from '../src/shared/models/stats.ts'
import { filtersFor } from './list-filters.ts'
import { quantile } from './quantile.ts'
import { seedLists } from './seed-lists.ts'

const ROUNDS = 40
/** What a filter must keep to, of each call. */
const LIMIT_MS = 150

interface Measured {
  readonly name: string
  /** Calls until a page was full or everything searched. */
  readonly calls: number
  readonly first: number
  readonly times: readonly number[]
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

async function measureFilter(reader: Reader, name: string, input: RequestFilterInput): Promise<Measured> {
  const times: number[] = []
  let calls = 0
  let first = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    let before: string | undefined
    for (let isDone = false; !isDone;) {
      const filter = requestFilter.parse({ ...input, ...(before === undefined ? {} : { before }) })
      const startedAt = performance.now()
      const { rows, next, searchedTo } = await reader.requestPage(filter)
      const took = performance.now() - startedAt
      if (times.length === 0) first = took
      times.push(took)
      if (round === 0) calls += 1
      isDone = next === null || rows.length > 0 || searchedTo === null
      before = next ?? undefined
    }
  }
  return { name, calls, first, times }
}

async function measureFigures(name: string, work: () => Promise<unknown>): Promise<Measured> {
  const first = await timed(work)
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) times.push(await timed(work))
  return { name, calls: 1, first, times }
}

function table(title: string, rows: readonly Measured[]): string {
  const lines = rows.map(({ name, calls, first, times }) => {
    const figures = [first, quantile(times, 0.5), quantile(times, 0.95)].map((ms) => ms.toFixed(1))
    return `| ${name} | ${calls} | ${figures.join(' | ')} |`
  })
  return [
    `## ${title}`,
    '',
    '| question | calls | first ms | p50 ms | p95 ms |',
    '|---|---|---|---|---|',
    ...lines,
  ].join('\n')
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { requests: { type: 'string', default: '1000000' } } })
  const dataDir = mkdtempSync(join(tmpdir(), 'weir-bench-lists-'))
  let reader: Reader | null = null
  try {
    const now = Date.now()
    const seeded = seedLists(dataDir, { requests: Number(values.requests), keys: 500, pools: 50, upstreams: 20 }, now)
    const asked = createReader(seeded.file)
    reader = asked
    const moment = { nowMs: now, isComplete: true, settlingMs: 30_000 }
    const series = (input: Partial<SeriesQuery>) =>
      asked.figures('series', seriesQuery.parse({ zone: 'Europe/Berlin', ...input }), moment)
    // The thread's own start is no part of an answer.
    await Promise.all([
      asked.requestPage(requestFilter.parse({ limit: 1 })),
      asked.figures('modelsSeen', { days: 1 }, { ...moment, nowMs: 0 }),
    ])
    const week = { from: seeded.oldestAt, to: seeded.newestAt }
    const figures = [
      await measureFigures('overview', () => asked.figures('overview', { zone: 'Europe/Berlin' }, moment)),
      await measureFigures('series 1h by model', () => series({ range: '1h' })),
      await measureFigures('series 24h by model', () => series({ range: '24h' })),
      await measureFigures('series 7d by key', () => series({ range: '7d', groupBy: 'key' })),
      await measureFigures('series 30d by Pool', () => series({ range: '30d', groupBy: 'pool' })),
      await measureFigures('series 24h of a key by model', () =>
        series({ range: '24h', groupBy: 'model', keyId: 'key_bench_7' }),
      ),
      await measureFigures('series 30d of a Pool by key', () =>
        series({ range: '30d', groupBy: 'key', poolId: 'pool_bench_7' }),
      ),
      await measureFigures('Pools', () => asked.figures('pools', null, moment)),
      await measureFigures('keys of a week', () => asked.figures('keys', week, moment)),
      await measureFigures('upstreams', () => asked.figures('upstreams', { only: null }, moment)),
      await measureFigures('models seen in a week', () => asked.figures('modelsSeen', { days: 7 }, moment)),
      await measureFigures('models seen in a month', () => asked.figures('modelsSeen', { days: 30 }, moment)),
    ]
    const filters: Measured[] = []
    for (const [name, input] of Object.entries(filtersFor(seeded))) {
      filters.push(await measureFilter(asked, name, input))
    }
    const worst = Math.max(...filters.map(({ times }) => quantile(times, 0.95)))
    process.stdout.write(`${table('Figures', figures)}\n\n${table('Request log', filters)}\n\n`)
    process.stdout.write(`Slowest p95 of a filter: ${worst.toFixed(1)} ms; the limit is ${LIMIT_MS} ms.\n`)
    return worst <= LIMIT_MS ? 0 : 3
  } finally {
    await reader?.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

process.exitCode = await main()
