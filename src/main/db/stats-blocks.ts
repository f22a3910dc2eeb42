/**
 * Usage sums for any range, kept in the reader thread's memory. The minute buckets of a busy week are as many as its
 * requests, so a chart that added them up anew each time would take a second; past hours and days don't change any more
 * and are added up once. Kept per key, Pool, upstream and model, never per combination: that would be the buckets again.
 *
 * A range is past when nothing can be added to it: it lies behind the longest upload of a body, and no request that
 * arrived in it still runs. Deleting a key takes its sums away; that is noticed by the keys themselves.
 */
import type { StatsDimension, UsageSums } from '../../shared/models/stats.ts'
import { requestIdTime } from '../../shared/request-id.ts'
import type { Db } from './database.ts'

/** requests, failed, refused, input, cached, output, reasoning, costNanos, durationMs: as in `FIELDS`. */
export type Cell = number[]
export type Block = Readonly<Record<Exclude<StatsDimension, 'none'>, Map<string, Cell>>> & { readonly all: Cell }

const FIELDS = 9
const HOUR = 60
const DAY = 1_440
const QUARTER = 15
/** Between a request's arrival and its row. The upload of its body comes on top. */
const SETTLING_MINUTES = 2
/** Cells kept; some 100 bytes each. */
const MAX_CELLS = 200_000

const SCAN = `select key_id, pool_id, upstream_id, model, requests, failed, refused, input_tokens, cached_tokens,
  output_tokens, reasoning_tokens, cost_nanos, duration_ms from usage_bucket where minute >= ? and minute < ?`
type Row = [string, string, string, string, ...number[]]

/** When is asked, and what is known of then. */
export interface FiguresMoment {
  readonly nowMs: number
  /** The journal's rows are all in the database. What is not cannot be past yet. */
  readonly isComplete: boolean
  /** The longest that the upload of a body may take: until then a request of the past may still come. */
  readonly settlingMs: number
}

export interface UsageBlocks {
  /** Sums of whole minutes from `from` to `to`, exclusive. Not to be changed by who gets them. */
  sums(from: number, to: number): Block
  /** To be called once per question, in its transaction: notes what is past now. Nothing is while rows are missing. */
  refresh(moment: FiguresMoment): void
  /** True when nothing can be added to these minutes any more. */
  isPast(from: number, to: number): boolean
}

export function emptyCell(): Cell {
  return Array.from({ length: FIELDS }, () => 0)
}

export function emptyBlock(): Block {
  return { all: emptyCell(), key: new Map(), pool: new Map(), upstream: new Map(), model: new Map() }
}

export function toSums(cell: Cell | undefined): UsageSums {
  const [requests = 0, failed = 0, refused = 0, input = 0, cached = 0, output = 0, reasoning = 0, ...rest] = cell ?? []
  const [costNanos = 0, durationMs = 0] = rest
  return { requests, failed, refused, input, cached, output, reasoning, costNanos, durationMs }
}

/** A minute of the past that has changed after all; null for any of them. */
export type Changed = number | null

/** `onChange`: whatever else was kept of that time is wrong as well. */
export function createUsageBlocks(db: Db, onChange: (minute: Changed) => void = () => undefined): UsageBlocks {
  const scan = db.$client.prepare(SCAN).raw()
  const kept = createKept()
  const past = createPast(db, (minute) => {
    kept.forget(minute)
    onChange(minute)
  })

  function load(from: number, to: number): Block {
    const block = emptyBlock()
    for (const row of scan.iterate(from, to) as IterableIterator<Row>) {
      const [key, pool, upstream, model] = row
      addRow(block.all, row)
      addRow(cellOf(block.key, key), row)
      addRow(cellOf(block.pool, pool), row)
      addRow(cellOf(block.upstream, upstream), row)
      addRow(cellOf(block.model, model), row)
    }
    return block
  }

  function keptBlock(from: number, to: number): Block {
    const name = `${from}-${to}`
    return kept.get(name) ?? kept.put(name, load(from, to))
  }

  /** The largest kept step that starts here and fits; 0 for none. */
  function stepAt(at: number, to: number): number {
    for (const step of [DAY, HOUR, QUARTER]) {
      if (at % step === 0 && at + step <= to && past.isPast(at, at + step)) return step
    }
    return 0
  }

  function compose(from: number, to: number): Block {
    const total = emptyBlock()
    let loose = from
    for (let at = from; at < to;) {
      const step = stepAt(at, to)
      if (step === 0) {
        at = Math.min(to, at - (at % QUARTER) + QUARTER)
        continue
      }
      if (loose < at) addBlock(total, load(loose, at))
      addBlock(total, keptBlock(at, at + step))
      at += step
      loose = at
    }
    if (loose < to) addBlock(total, load(loose, to))
    return total
  }

  /** Steps of a chart are asked for again and again; a range that ends now never is. */
  function isWorthKeeping(from: number, to: number): boolean {
    return to - from >= 3 * HOUR && from % QUARTER === 0 && to % QUARTER === 0 && past.isPast(from, to)
  }

  return {
    refresh: past.refresh,
    isPast: past.isPast,
    sums(from, to) {
      if (!isWorthKeeping(from, to)) return compose(from, to)
      const name = `${from}-${to}`
      return kept.get(name) ?? kept.put(name, compose(from, to))
    },
  }
}

function cellOf(map: Map<string, Cell>, id: string): Cell {
  const known = map.get(id)
  if (known !== undefined) return known
  const fresh = emptyCell()
  map.set(id, fresh)
  return fresh
}

function addRow(cell: Cell, row: Row): void {
  for (let i = 0; i < FIELDS; i++) cell[i] = (cell[i] ?? 0) + Number(row[i + 4])
}

function addCell(cell: Cell, other: Cell): void {
  for (let i = 0; i < FIELDS; i++) cell[i] = (cell[i] ?? 0) + (other[i] ?? 0)
}

const DIMENSIONS = ['key', 'pool', 'upstream', 'model'] as const

function addBlock(total: Block, block: Block): void {
  addCell(total.all, block.all)
  for (const dimension of DIMENSIONS) {
    for (const [id, cell] of block[dimension]) addCell(cellOf(total[dimension], id), cell)
  }
}

/** Blocks by name; the one that was not asked for the longest goes first. */
function createKept() {
  const blocks = new Map<string, Block>()
  let cells = 0
  const sizeOf = (block: Block) => 1 + DIMENSIONS.reduce((sum, each) => sum + block[each].size, 0)
  return {
    get(name: string): Block | undefined {
      const block = blocks.get(name)
      if (block === undefined) return undefined
      blocks.delete(name)
      blocks.set(name, block)
      return block
    },
    put(name: string, block: Block): Block {
      blocks.set(name, block)
      cells += sizeOf(block)
      for (const [oldest, old] of blocks) {
        if (cells <= MAX_CELLS || oldest === name) break
        blocks.delete(oldest)
        cells -= sizeOf(old)
      }
      return block
    },
    forget(minute: Changed): void {
      for (const [name, block] of blocks) {
        const [from = 0, to = 0] = name.split('-').map(Number)
        if (minute !== null && (minute < from || minute >= to)) continue
        blocks.delete(name)
        cells -= sizeOf(block)
      }
    },
  }
}

interface Keys {
  readonly count: number
  readonly total: number
  readonly last: number
}

/** What is past, and whether something of the past was taken away or added after all. */
function createPast(db: Db, forget: (minute: Changed) => void) {
  const { $client } = db
  const open = $client.prepare("select id from request where state = 'open'").pluck()
  const keysUpTo = $client.prepare<[number], Keys>(
    `select count(*) as count, coalesce(sum(rowid), 0) as total, coalesce(max(rowid), 0) as last from api_key
     where rowid <= ?`,
  )
  const lastBucket = $client.prepare('select coalesce(max(rowid), 0) from usage_bucket').pluck()
  const minutesAfter = $client
    .prepare('select distinct minute from usage_bucket not indexed where rowid > ? and minute < ?')
    .pluck()
  let running: number[] = []
  let end = 0
  let keys: Keys | null = null
  let bucket = 0

  /** A key that is gone took its buckets with it. New ones change nothing. */
  function isKeyGone(): boolean {
    if (keys === null) return false
    const now = keysUpTo.get(keys.last)
    return now?.count !== keys.count || now.total !== keys.total
  }

  return {
    isPast: (from: number, to: number): boolean =>
      to <= end && running.every((minute) => minute < from || minute >= to),
    refresh({ nowMs, isComplete, settlingMs }: FiguresMoment): void {
      if (isKeyGone()) forget(null)
      // Of a request that ran for long, whose time was not kept; or of a clock that was set back.
      for (const minute of minutesAfter.all(bucket, end) as number[]) forget(minute)
      keys = keysUpTo.get(Number.MAX_SAFE_INTEGER) ?? null
      bucket = lastBucket.get() as number
      running = (open.all() as number[]).map((id) => Math.floor(requestIdTime(id) / 60_000))
      end = isComplete ? Math.floor((nowMs - settlingMs) / 60_000) - SETTLING_MINUTES : 0
    },
  }
}
