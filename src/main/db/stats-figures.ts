/**
 * What the overview and the lists of Pools, keys and upstreams show of traffic, each as one question whatever their
 * number. All times are whole minutes; a period that ends now contains the running minute.
 */
import { sql } from 'drizzle-orm'
import type {
  FailureGroup,
  KeyFigures,
  KeyFiguresQuery,
  PeriodFigures,
  PoolFigures,
  TopEntry,
  UpstreamFigures,
} from '../../shared/models/overview.ts'
import type { Percentiles, UsageSums } from '../../shared/models/stats.ts'
import { firstIdAt, formatRequestId, requestIdTime } from '../../shared/request-id.ts'
import { midnightBefore, previousMidnight } from '../../shared/zone.ts'
import type { Db } from './database.ts'
import { namesOf } from './request-names.ts'
import { pool } from './schema/pool.ts'
import { upstream } from './schema/upstream.ts'
import { toSums, type Block, type Cell, type UsageBlocks } from './stats-blocks.ts'
import { addLatency, allUpstreams, emptyLatency, type Latency, type LatencyBlocks } from './stats-latency.ts'

const MINUTE_MS = 60_000
const HOUR = 60
const DAY = 1_440
const TOP = 5
const MAX_FAILURE_GROUPS = 20
/** The series of a Pool's card. */
const CARD_STEP = 15
const CARD_STEPS = 20

export interface StatsSource {
  readonly db: Db
  readonly usage: UsageBlocks
  readonly latency: LatencyBlocks
  readonly nowMs: number
}

export interface OverviewFigures {
  readonly today: PeriodFigures
  readonly yesterday: PeriodFigures
  readonly topKeys: TopEntry[]
  readonly topModels: TopEntry[]
  readonly upstreams: { id: string; recent: UsageSums; day: UsageSums; latency: Percentiles | null }[]
  readonly failures: { from: number; groups: FailureGroup[] }
}

/** The minute after the running one. */
function endOf(nowMs: number): number {
  return Math.floor(nowMs / MINUTE_MS) + 1
}

export function queryOverview(source: StatsSource, zone: string): OverviewFigures {
  const { db, usage, latency, nowMs } = source
  const midnight = midnightBefore(zone, nowMs)
  const before = previousMidnight(zone, nowMs)
  const end = endOf(nowMs)
  const elapsed = end - midnight / MINUTE_MS
  const today = usage.sums(midnight / MINUTE_MS, end)
  const yesterday = usage.sums(before / MINUTE_MS, before / MINUTE_MS + elapsed)
  const recent = usage.sums(end - 5, end)
  const day = usage.sums(end - DAY, end)
  const dayLatency = latency.between(end - DAY, end)
  const failuresFrom = (end - DAY) * MINUTE_MS
  return {
    today: period(today, midnight, nowMs, allUpstreams(latency.between(midnight / MINUTE_MS, end))),
    yesterday: period(
      yesterday,
      before,
      before + (nowMs - midnight),
      allUpstreams(latency.between(before / MINUTE_MS, before / MINUTE_MS + elapsed)),
    ),
    topKeys: topOf(db, today, 'key'),
    topModels: topOf(db, today, 'model'),
    upstreams: [...day.upstream.keys()]
      .filter((id) => id !== '')
      .map((id) => ({
        id,
        recent: toSums(recent.upstream.get(id)),
        day: toSums(day.upstream.get(id)),
        latency: dayLatency.get(id)?.total.percentiles() ?? null,
      })),
    failures: { from: failuresFrom, groups: failuresSince(db, failuresFrom) },
  }
}

function period(block: Block, from: number, to: number, { total, firstByte }: Latency): PeriodFigures {
  const sums = toSums(block.all)
  const latency = { latency: total.percentiles(), firstByte: firstByte.percentiles() }
  return { from, to, sums, successRate: ratio(dispatched(sums) - sums.failed, dispatched(sums)), ...latency }
}

function dispatched({ requests, refused }: UsageSums): number {
  return requests - refused
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}

function tokensOf({ input, output }: UsageSums): number {
  return input + output
}

function topOf(db: Db, block: Block, dimension: 'key' | 'model'): TopEntry[] {
  const all = toSums(block.all)
  const top = [...block[dimension]]
    .map(([id, cell]) => ({ id, sums: toSums(cell) }))
    .filter((entry) => entry.id !== '')
    .toSorted((a, b) => tokensOf(b.sums) - tokensOf(a.sums) || b.sums.requests - a.sums.requests)
    .slice(0, TOP)
  const names = dimension === 'key' ? namesOf(db, { keys: top.map((entry) => entry.id) }) : {}
  return top.map(({ id, sums }) => ({
    id,
    name: dimension === 'model' ? id : (names[id]?.name ?? null),
    prefix: names[id]?.prefix ?? null,
    sums,
    ...sharesOf(sums, all),
  }))
}

function sharesOf(sums: UsageSums, all: UsageSums): { requestShare: number; tokenShare: number } {
  return {
    requestShare: ratio(sums.requests, all.requests) ?? 0,
    tokenShare: ratio(tokensOf(sums), tokensOf(all)) ?? 0,
  }
}

/** Along the index of what went wrong, which is as small as the trouble. */
function failuresSince(db: Db, fromMs: number): FailureGroup[] {
  const rows = db.all<{ code: string; count: number; last: number }>(
    sql`select error_code as code, count(*) as count, max(id) as last from request indexed by request_troubled
      where error_code is not null and id >= ${firstIdAt(fromMs)}
      group by error_code order by count desc limit ${MAX_FAILURE_GROUPS}`,
  )
  return rows.map(({ code, count, last }) => ({
    errorCode: code,
    count,
    lastAt: requestIdTime(last),
    exampleId: formatRequestId(last),
  }))
}

/** Of every Pool there is, so that a quiet one has its row of zeros. */
export function queryPoolFigures({ db, usage, nowMs }: StatsSource): PoolFigures[] {
  const end = endOf(nowMs)
  const day = usage.sums(end - DAY, end).pool
  const current = end - 1 - ((end - 1) % CARD_STEP)
  const starts = Array.from({ length: CARD_STEPS }, (_, index) => current - (CARD_STEPS - 1 - index) * CARD_STEP)
  const steps = starts.map((at) => ({ at, sums: usage.sums(at, Math.min(end, at + CARD_STEP)).pool }))
  const hours = lastHours(end).map((at) => ({ at, sums: usage.sums(at, Math.min(end, at + HOUR)).pool }))
  const pools = db.select({ id: pool.id }).from(pool).all()
  return pools.map(({ id }) => {
    const sums = toSums(day.get(id))
    return {
      id,
      day: sums,
      failureShare: ratio(sums.failed, dispatched(sums)),
      series: steps.map(pointOf(id, nowMs)),
      hours: hours.map(({ at, sums: block }) => {
        const hour = toSums(block.get(id))
        return { at: at * MINUTE_MS, requests: hour.requests, failed: hour.failed, tokens: tokensOf(hour) }
      }),
    }
  })
}

/** The minutes at which the last 24 hours of the clock start, the running one last. */
function lastHours(end: number): number[] {
  const current = end - 1 - ((end - 1) % HOUR)
  return Array.from({ length: 24 }, (_, index) => current - (23 - index) * HOUR)
}

function pointOf(id: string, nowMs: number) {
  return ({ at, sums }: { at: number; sums: ReadonlyMap<string, Cell> }): PoolFigures['series'][number] => {
    const point = toSums(sums.get(id))
    const startMs = at * MINUTE_MS
    const seconds = Math.max(1, (Math.min(nowMs, startMs + CARD_STEP * MINUTE_MS) - startMs) / 1_000)
    return {
      at: startMs,
      requests: point.requests,
      tokens: tokensOf(point),
      tokensPerSecond: tokensOf(point) / seconds,
    }
  }
}

export function queryKeyFigures({ db, usage }: StatsSource, query: KeyFiguresQuery): KeyFigures {
  const block = usage.sums(Math.floor(query.from / MINUTE_MS), Math.ceil(query.to / MINUTE_MS))
  const total = toSums(block.all)
  const keys = db.all<{ id: string; last: number | null }>(
    sql`select id, last_used_at as last from api_key
      where ${query.poolId === undefined ? sql`true` : sql`pool_id = ${query.poolId}`}
      and ${query.id === undefined ? sql`true` : sql`id = ${query.id}`}`,
  )
  return {
    total,
    keys: keys.flatMap(({ id, last }) => {
      const cell = block.key.get(id)
      if (cell === undefined) return []
      const sums = toSums(cell)
      return [{ id, sums, ...sharesOf(sums, total), lastUsedAt: last }]
    }),
  }
}

export function queryUpstreamFigures(
  { db, usage, latency, nowMs }: StatsSource,
  only: string | null,
): UpstreamFigures[] {
  const end = endOf(nowMs)
  const recent = usage.sums(end - 5, end).upstream
  const fiveHours = usage.sums(end - 5 * HOUR, end).upstream
  const day = usage.sums(end - DAY, end).upstream
  const hours = lastHours(end).map((at) => {
    const until = Math.min(end, at + HOUR)
    return { at, sums: usage.sums(at, until).upstream, latency: latency.between(at, until) }
  })
  const upstreams = db.select({ id: upstream.id }).from(upstream).all()
  return upstreams.flatMap(({ id }) => {
    if (only !== null && id !== only) return []
    const whole = emptyLatency()
    for (const hour of hours) addLatency(whole, hour.latency.get(id) ?? emptyLatency())
    return {
      id,
      recent: toSums(recent.get(id)),
      fiveHours: toSums(fiveHours.get(id)),
      day: toSums(day.get(id)),
      latency: whole.total.percentiles(),
      firstByte: whole.firstByte.percentiles(),
      hours: hours.map((hour) => {
        const { requests, failed } = toSums(hour.sums.get(id))
        const of = hour.latency.get(id)
        const [total, firstByte] = [of?.total.percentiles() ?? null, of?.firstByte.percentiles() ?? null]
        return { at: hour.at * MINUTE_MS, requests, failed, latency: total, firstByte }
      }),
    }
  })
}

/** Requests per model of the last so many times 24 hours. */
export function queryModelsSeen({ usage, nowMs }: StatsSource, days: number): { id: string; requests: number }[] {
  const end = endOf(nowMs)
  const seen = usage.sums(end - days * DAY, end).model
  return [...seen].filter(([id]) => id !== '').map(([id, cell]) => ({ id, requests: cell[0] ?? 0 }))
}
