/**
 * Latency percentiles from histograms with steps of 6 %, per upstream and hour, kept in the reader thread's memory like
 * the sums of `stats-blocks.ts`. Only completed requests count: how soon a refusal came says nothing of an upstream.
 */
import type { Percentiles } from '../../shared/models/stats.ts'
import { firstIdAt } from '../../shared/request-id.ts'
import type { Db } from './database.ts'

const STEP = Math.log(1.06)
/** From 1 ms to a day. */
const STEPS = 320
const HOUR = 60
const MINUTE_MS = 60_000
/** Hours kept: two days, and what lies between two zones. */
const MAX_HOURS = 80

export class Histogram {
  readonly counts = new Uint32Array(STEPS)
  count = 0

  add(ms: number): void {
    const step = ms <= 1 ? 0 : Math.min(STEPS - 1, Math.round(Math.log(ms) / STEP))
    this.counts[step] = (this.counts[step] ?? 0) + 1
    this.count++
  }

  addAll(other: Histogram): void {
    if (other.count === 0) return
    for (let step = 0; step < STEPS; step++) this.counts[step] = (this.counts[step] ?? 0) + (other.counts[step] ?? 0)
    this.count += other.count
  }

  percentiles(): Percentiles | null {
    if (this.count === 0) return null
    return { p50: this.#at(0.5), p95: this.#at(0.95), count: this.count }
  }

  #at(share: number): number {
    const wanted = Math.ceil(this.count * share)
    let seen = 0
    for (let step = 0; step < STEPS; step++) {
      seen += this.counts[step] ?? 0
      if (seen >= wanted) return Math.round(Math.exp(step * STEP) * 10) / 10
    }
    return Math.exp((STEPS - 1) * STEP)
  }
}

export interface Latency {
  readonly total: Histogram
  readonly firstByte: Histogram
}

/** By upstream. */
export type LatencyBlock = Map<string, Latency>

export interface LatencyBlocks {
  /** Of requests that arrived in whole minutes from `from` to `to`, exclusive. */
  between(from: number, to: number): LatencyBlock
  forget(minute: number | null): void
}

export function emptyLatency(): Latency {
  return { total: new Histogram(), firstByte: new Histogram() }
}

export function allUpstreams(block: LatencyBlock): Latency {
  const all = emptyLatency()
  for (const latency of block.values()) addLatency(all, latency)
  return all
}

export function addLatency(sum: Latency, other: Latency): void {
  sum.total.addAll(other.total)
  sum.firstByte.addAll(other.firstByte)
}

export function createLatencyBlocks(db: Db, isPast: (from: number, to: number) => boolean): LatencyBlocks {
  const scan = db.$client
    .prepare(
      `select upstream_id, duration_ms, first_byte_ms from request not indexed
       where id >= ? and id < ? and state = 'completed' and upstream_id is not null`,
    )
    .raw()
  const hours = new Map<number, LatencyBlock>()

  function load(from: number, to: number): LatencyBlock {
    const block: LatencyBlock = new Map()
    const ids = [firstIdAt(from * MINUTE_MS), firstIdAt(to * MINUTE_MS)]
    for (const row of scan.iterate(...ids) as IterableIterator<[string, number | null, number | null]>) {
      const latency = latencyOf(block, row[0])
      if (row[1] !== null) latency.total.add(row[1])
      if (row[2] !== null) latency.firstByte.add(row[2])
    }
    return block
  }

  function hour(at: number): LatencyBlock {
    const known = hours.get(at)
    if (known !== undefined) return known
    const block = load(at, at + HOUR)
    hours.set(at, block)
    const [oldest = at] = hours.keys()
    if (hours.size > MAX_HOURS) hours.delete(oldest)
    return block
  }

  return {
    forget(minute) {
      if (minute === null) hours.clear()
      else hours.delete(minute - (minute % HOUR))
    },
    between(from, to) {
      const sum: LatencyBlock = new Map()
      for (let at = from; at < to;) {
        const end = Math.min(to, at - (at % HOUR) + HOUR)
        const isWhole = at % HOUR === 0 && end - at === HOUR && isPast(at, end)
        for (const [id, latency] of isWhole ? hour(at) : load(at, end)) addLatency(latencyOf(sum, id), latency)
        at = end
      }
      return sum
    },
  }
}

export function latencyOf(block: LatencyBlock, upstreamId: string): Latency {
  const known = block.get(upstreamId)
  if (known !== undefined) return known
  const fresh = emptyLatency()
  block.set(upstreamId, fresh)
  return fresh
}
