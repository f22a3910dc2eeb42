/** Traffic over time for the operator's charts: sums per step of his own zone, the largest groups apart. */
import { and, eq, gte, lt, sql } from 'drizzle-orm'
import type { Series, SeriesGroup, SeriesMetric, SeriesQuery, SeriesRange } from '../../shared/models/stats.ts'
import { stepsBetween } from '../../shared/zone.ts'
import type { Db } from './database.ts'
import { namesOf } from './request-names.ts'
import { usageBucket } from './schema/usage-bucket.ts'
import type { Block, Cell, UsageBlocks } from './stats-blocks.ts'

const MINUTE_MS = 60_000
const DAY = 1_440

const RANGES: Readonly<Record<SeriesRange, { readonly minutes: number; readonly step: number }>> = {
  '1h': { minutes: 60, step: 2 },
  '24h': { minutes: DAY, step: 30 },
  '7d': { minutes: 7 * DAY, step: 180 },
  '30d': { minutes: 30 * DAY, step: DAY },
}

type Groups = ReadonlyMap<string, number>

/** The start of the first step and the whole last one belong to the answer: a bar is never half of what it says. */
export function querySeries(db: Db, blocks: UsageBlocks, query: SeriesQuery, nowMs: number): Series {
  const { minutes, step } = RANGES[query.range]
  const to = nowMs
  const steps = stepsBetween(query.zone, to - minutes * MINUTE_MS + 1, to, step)
  const ends = [...steps.slice(1), to]
  const points = steps.map((at, index) => {
    const first = Math.floor(at / MINUTE_MS)
    const end =
      index === steps.length - 1 ? Math.floor(to / MINUTE_MS) + 1 : Math.floor((ends[index] ?? to) / MINUTE_MS)
    return groupsOf(db, blocks, query, { first, end })
  })
  return { from: steps[0] ?? to, to, steps, groups: ranked(db, query, points) }
}

function groupsOf(
  db: Db,
  blocks: UsageBlocks,
  query: SeriesQuery,
  range: { readonly first: number; readonly end: number },
): Groups {
  const filters = (['key', 'pool', 'upstream', 'model'] as const).filter((each) => filterOf(query, each) !== undefined)
  const [only] = filters
  // One filter on what is grouped by, or on nothing else, is one entry of the block; two are a question of their own.
  const isSimple =
    filters.length === 0 || (filters.length === 1 && (query.groupBy === 'none' || query.groupBy === only))
  if (!isSimple) return combined(db, query, range)
  const block = blocks.sums(range.first, range.end)
  if (only === undefined) return groups(block, query)
  const id = filterOf(query, only) ?? ''
  const cell = block[only].get(id)
  const found = new Map<string, number>()
  if (cell !== undefined) found.set(query.groupBy === 'none' ? '' : id, metricOf(cell, query.metric))
  return found
}

function filterOf(query: SeriesQuery, dimension: 'key' | 'pool' | 'upstream' | 'model'): string | undefined {
  return { key: query.keyId, pool: query.poolId, upstream: query.upstreamId, model: query.model }[dimension]
}

function groups(block: Block, { groupBy, metric }: SeriesQuery): Groups {
  if (groupBy === 'none') return new Map([['', metricOf(block.all, metric)]])
  return new Map([...block[groupBy]].map(([id, cell]) => [id, metricOf(cell, metric)]))
}

function metricOf(cell: Cell, metric: SeriesMetric): number {
  const [requests = 0, failed = 0, , input = 0, , output = 0, , costNanos = 0] = cell
  return { requests, tokens: input + output, cost: costNanos, failed }[metric]
}

const COLUMNS = {
  key: usageBucket.keyId,
  pool: usageBucket.poolId,
  upstream: usageBucket.upstreamId,
  model: usageBucket.model,
}

const METRICS = {
  requests: sql<number>`sum(${usageBucket.requests})`,
  tokens: sql<number>`sum(${usageBucket.inputTokens} + ${usageBucket.outputTokens})`,
  cost: sql<number>`sum(${usageBucket.costNanos})`,
  failed: sql<number>`sum(${usageBucket.failed})`,
}

/** Two dimensions at once stand in the minute buckets only. */
function combined(db: Db, query: SeriesQuery, range: { readonly first: number; readonly end: number }): Groups {
  const t = usageBucket
  const group = query.groupBy === 'none' ? sql<string>`''` : sql<string>`${COLUMNS[query.groupBy]}`
  const rows = db
    .select({ id: group.as('grp'), value: METRICS[query.metric] })
    .from(t)
    .where(
      and(
        gte(t.minute, range.first),
        lt(t.minute, range.end),
        query.keyId === undefined ? undefined : eq(t.keyId, query.keyId),
        query.poolId === undefined ? undefined : eq(t.poolId, query.poolId),
        query.upstreamId === undefined ? undefined : eq(t.upstreamId, query.upstreamId),
        query.model === undefined ? undefined : eq(t.model, query.model),
      ),
    )
    .groupBy(sql`grp`)
    .all()
  return new Map(rows.map((row) => [row.id, row.value]))
}

function ranked(db: Db, query: SeriesQuery, points: readonly Groups[]): SeriesGroup[] {
  const totals = new Map<string, number>()
  for (const point of points) for (const [id, value] of point) totals.set(id, (totals.get(id) ?? 0) + value)
  const order = [...totals].filter(([, total]) => total > 0).toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  const shown = order.slice(0, query.top)
  const names = namesFor(
    db,
    query,
    shown.map(([id]) => id),
  )
  const groups: SeriesGroup[] = shown.map(([id, total]) => ({
    id,
    name: names(id),
    total,
    values: points.map((point) => point.get(id) ?? 0),
  }))
  const others = order.slice(query.top)
  if (others.length === 0) return groups
  const values = points.map((point) => others.reduce((sum, [id]) => sum + (point.get(id) ?? 0), 0))
  return [...groups, { id: null, name: null, total: others.reduce((sum, [, total]) => sum + total, 0), values }]
}

function namesFor(db: Db, { groupBy }: SeriesQuery, ids: readonly string[]): (id: string) => string | null {
  if (groupBy === 'none' || groupBy === 'model') return (id) => (id === '' ? null : id)
  const known = ids.filter((id) => id !== '')
  const names = namesOf(db, {
    keys: groupBy === 'key' ? known : [],
    pools: groupBy === 'pool' ? known : [],
    upstreams: groupBy === 'upstream' ? known : [],
  })
  return (id) => names[id]?.name ?? null
}
