/**
 * The journal's own file: what was admitted and settled since the database last took it over, one JSON record a line.
 * Appending a line costs a few microseconds where a database transaction costs hundreds, so a record is here before any
 * answer, and the database follows in groups. A killed process loses nothing: what was written stays in the system's
 * cache. Metadata only, as in the log itself.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { databaseError } from './connection.ts'
import { isPlain } from './journal-rows.ts'
import type { AdmittedRow, SettledRow } from '../gateway/ports.ts'

export type JournalRecord = { readonly admitted: AdmittedRow } | { readonly id: number; readonly settled: SettledRow }

/** A request that the first upstream served: its outcome in figures, as nearly every one has it. */
type Plain = readonly [
  id: number,
  upstreamId: string | null,
  status: number,
  input: number,
  cached: number,
  output: number,
  reasoning: number,
  usageSource: SettledRow['usageSource'],
  costNanos: number | null,
  firstByteMs: number | null,
  durationMs: number,
]

export function admittedLine(admitted: AdmittedRow): string {
  return `{"admitted":${JSON.stringify(admitted)}}\n`
}

/** Written for every request, so the usual outcome is a list: half the length, a third of the time. */
export function settledLine(id: number, s: SettledRow): string {
  if (!isPlain(s)) return `{"id":${id},"settled":${JSON.stringify(s)}}\n`
  const { input, cached, output, reasoning } = s.usage
  const figures = `${s.status},${input},${cached},${output},${reasoning},"${s.usageSource}",${s.costNanos}`
  return `[${id},${JSON.stringify(s.upstreamId)},${figures},${s.firstByteMs},${s.durationMs}]\n`
}

function fromPlain(plain: Plain): JournalRecord {
  const [id, upstreamId, status, input, cached, output, reasoning, usageSource, costNanos, firstByteMs, durationMs] =
    plain
  const usage = { input, cached, output, reasoning }
  const attempt = { number: 1, at: 0, status, firstByteMs, durationMs, errorCode: null, cause: null }
  const tries = [{ ...attempt, upstreamId: upstreamId ?? '' }]
  const figures = { usage, usageSource, costNanos, firstByteMs, durationMs }
  return { id, settled: { state: 'completed', upstreamId, status, errorCode: null, ...figures, tries } }
}

export interface JournalFile {
  /** Everything in it, in order. A last line that was cut off is left out: nobody was told of it. */
  read(): JournalRecord[]
  /** Whole or not at all. @throws AppError when the disk refuses. */
  append(lines: string): void
  /** Everything in it is in the database. */
  clear(): void
  readonly size: number
  close(): void
}

export function openJournalFile(dataDir: string): JournalFile {
  const file = join(dataDir, 'weir.journal')
  const descriptor = guarded(file, () => openSync(file, 'a+', 0o600))
  let size = guarded(file, () => fstatSync(descriptor).size)

  return {
    get size() {
      return size
    },
    read() {
      const lines = guarded(file, () => readFileSync(file, 'utf8')).split('\n')
      return lines.flatMap(parseLine)
    },
    append(lines) {
      guarded(file, () => {
        try {
          size += writeWhole(descriptor, lines)
        } catch (error) {
          // A disk that fills up takes a part: without it the next try starts on a clean line.
          ftruncateSync(descriptor, size)
          throw error
        }
      })
    },
    clear() {
      if (size === 0) return
      guarded(file, () => ftruncateSync(descriptor, 0))
      size = 0
    },
    close: () => closeSync(descriptor),
  }
}

/** As one string, not a buffer: a buffer a turn is memory outside the heap, and the collector runs for it. */
function writeWhole(descriptor: number, text: string): number {
  const written = writeSync(descriptor, text)
  if (written === text.length) return written
  const bytes = Buffer.from(text)
  let at = written
  while (at < bytes.length) at += writeSync(descriptor, bytes, at)
  return bytes.length
}

function guarded<T>(file: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw databaseError(error, file)
  }
}

/** What an earlier version did not write. */
const UNCOUNTED = { reservedCostNanos: null, limitRule: null }

function parseLine(line: string): JournalRecord[] {
  if (line === '') return []
  try {
    // Written by us a moment before; a line either is whole or does not parse.
    const record = JSON.parse(line) as JournalRecord | Plain
    if ('length' in record) return [fromPlain(record)]
    return ['admitted' in record ? { admitted: { ...UNCOUNTED, ...record.admitted } } : record]
  } catch {
    return []
  }
}
