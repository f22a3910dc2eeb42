/**
 * Files of what a filter matches. A call makes the job, the host hands out its file once under the job's path, and the
 * rows are fetched slice by slice as fast as the file is taken: nothing is stored meanwhile and memory stays the same for
 * a million rows. Who stops taking it, or cancels, ends the job.
 *
 * A kind of export is a source of slices: `csv` and `jsonl` as whole lines, from which an array of JSON is made here.
 */
import { AppError } from '../../shared/errors.ts'
import type { ExportFormat, ExportJob, ExportKind, ExportStart } from '../../shared/models/export.ts'
import { randomBase62 } from '../gateway/pool-key.ts'
import type { Log } from '../gateway/ports.ts'
import type { EventHub } from './events.ts'
import { nextTurn } from './turn.ts'

export interface ExportSlice {
  /** Whole lines, each with its end. */
  readonly text: string
  readonly rows: number
  /** Cursor of the following slice, null after the last. A slice may be empty and not the last. */
  readonly next: string | null
}

export interface ExportSource {
  /** First line of a csv file. */
  readonly head: string
  /** About how many rows there will be, null where that is not known. */
  expected(): Promise<number | null>
  slice(format: 'csv' | 'jsonl', cursor: string | null): Promise<ExportSlice>
}

/** One per kind: makes the source of one export of its input. */
export type ExportSources = { readonly [K in ExportKind]: (input: ExportStart & { kind: K }) => ExportSource }

/** What a host needs to hand the file out. Taking the chunks is what makes them; ending early cancels. */
export interface ExportFile {
  readonly fileName: string
  readonly contentType: string
  readonly chunks: AsyncIterable<string>
}

export interface ExportService {
  start(input: ExportStart): Promise<ExportJob>
  list(): ExportJob[]
  get(id: string): ExportJob
  /** Does nothing to a job that has ended. */
  cancel(id: string): ExportJob
  /** @throws AppError `not_found`, or `state_conflict` when it was fetched or ended before. */
  open(id: string): ExportFile
}

interface Entry {
  job: ExportJob
  readonly source: ExportSource
  isCancelled: boolean
}

interface Text {
  readonly text: string
  readonly rows: number
}

const CONTENT_TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
  jsonl: 'application/x-ndjson; charset=utf-8',
}

/** A file that nobody fetches within this time is not wanted any more. */
const WAITING_MS = 120_000
const KEPT = 30

export function createExports(deps: {
  readonly now: () => number
  readonly events: Pick<EventHub, 'emit'>
  readonly log: Pick<Log, 'error'>
  readonly sources: ExportSources
}): ExportService {
  const { now, events } = deps
  /** Oldest first. */
  const entries = new Map<string, Entry>()

  function entryOf(id: string): Entry {
    const entry = entries.get(id)
    if (entry === undefined) {
      throw new AppError('not_found', 'There is no export with this id. Exports are forgotten after a while.')
    }
    const { job } = entry
    if (job.state === 'waiting' && now() - job.startedAt > WAITING_MS)
      put(entry, { state: 'cancelled', endedAt: now() })
    return entry
  }

  function put(entry: Entry, change: Partial<ExportJob>): void {
    entry.job = { ...entry.job, ...change }
    events.emit({ type: 'export.progress', id: entry.job.id })
  }

  function fail(entry: Entry, thrown: unknown): AppError {
    const error = AppError.from(thrown)
    if (error.code === 'internal') deps.log.error('an export failed', { kind: entry.job.kind, cause: error.cause })
    put(entry, { state: 'failed', endedAt: now(), error: { code: error.code, message: error.message } })
    return error
  }

  async function* chunksOf(entry: Entry): AsyncGenerator<string> {
    const texts = textOf(entry)
    try {
      for (let next = await nextOf(entry, texts); next !== null; next = await nextOf(entry, texts)) {
        const { job } = entry
        put(entry, { rows: job.rows + next.rows, bytes: job.bytes + Buffer.byteLength(next.text) })
        yield next.text
      }
      put(entry, { state: 'done', endedAt: now() })
    } finally {
      // Whoever took the file stopped before its end.
      if (entry.job.state === 'running') put(entry, { state: 'cancelled', endedAt: now() })
    }
  }

  /** Null at the end. Only what fails here is a failure of the export; the rest is the business of who takes the file. */
  async function nextOf(entry: Entry, texts: AsyncGenerator<Text>): Promise<Text | null> {
    try {
      const { done, value } = await texts.next()
      return done === true ? null : value
    } catch (thrown) {
      if (entry.isCancelled) put(entry, { state: 'cancelled', endedAt: now() })
      throw entry.isCancelled ? thrown : fail(entry, thrown)
    }
  }

  function forgetOld(): void {
    for (const { job } of entries.values()) {
      if (entries.size < KEPT) return
      if (job.state !== 'running') entries.delete(job.id)
    }
  }

  return {
    async start(input) {
      forgetOld()
      const source = sourceOf(deps.sources, input)
      const expectedRows = await source.expected()
      const id = `exp_${randomBase62(24)}`
      const at = now()
      const job: ExportJob = {
        id,
        kind: input.kind,
        format: input.format,
        state: 'waiting',
        fileName: fileNameOf(input, at),
        path: `/exports/${id}`,
        rows: 0,
        bytes: 0,
        expectedRows,
        startedAt: at,
        endedAt: null,
        error: null,
      }
      entries.set(id, { job, source, isCancelled: false })
      return job
    },
    list: () => [...entries.keys()].map((id) => entryOf(id).job).toReversed(),
    get: (id) => entryOf(id).job,
    cancel(id) {
      const entry = entryOf(id)
      entry.isCancelled = true
      if (entry.job.state === 'waiting') put(entry, { state: 'cancelled', endedAt: now() })
      return entry.job
    },
    open(id) {
      const entry = entryOf(id)
      const { state, fileName, format } = entry.job
      if (state !== 'waiting') {
        throw new AppError('state_conflict', 'This file was fetched before, or its export has ended. Start it again.')
      }
      put(entry, { state: 'running' })
      return { fileName, contentType: CONTENT_TYPES[format], chunks: chunksOf(entry) }
    },
  }
}

/** The kind in the input chooses the function that takes it, which the compiler can't follow through the union. */
function sourceOf(sources: ExportSources, input: ExportStart): ExportSource {
  const make = sources[input.kind] as (input: ExportStart) => ExportSource
  return make(input)
}

function fileNameOf({ kind, format }: ExportStart, at: number): string {
  const time = new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')
  return `weir-${kind}-${time}.${format}`
}

async function* textOf(entry: Entry): AsyncGenerator<Text> {
  const { source } = entry
  const { format } = entry.job
  if (format === 'csv') yield { text: source.head, rows: 0 }
  if (format === 'json') yield { text: '[\n', rows: 0 }
  let written = 0
  for (let cursor: string | null = null, isFirst = true; isFirst || cursor !== null; isFirst = false) {
    const { text, rows, next }: ExportSlice = await source.slice(format === 'csv' ? 'csv' : 'jsonl', cursor)
    if (entry.isCancelled) throw new AppError('state_conflict', 'The export was cancelled.')
    if (rows > 0) yield { text: format === 'json' ? elements(text, written > 0) : text, rows }
    written += rows
    cursor = next
    await nextTurn()
  }
  if (format === 'json') yield { text: written > 0 ? '\n]\n' : ']\n', rows: 0 }
}

/** Lines of JSON as elements of an array; no line end stands inside an element. */
function elements(lines: string, isLater: boolean): string {
  return (isLater ? ',\n' : '') + lines.slice(0, -1).replaceAll('\n', ',\n')
}
