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
import type { PlanNote } from '../../shared/models/request.ts'

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

/**
 * A request by the key's present secret, or by a token, for which no upstream was left out, as nearly every one is. Longer
 * than the outcome, which tells them apart.
 */
type PlainAdmitted = readonly [
  id: number,
  at: number,
  stream: 0 | 1,
  reservedInput: number,
  reservedOutput: number,
  reservedCostNanos: number | null,
  keyId: string,
  poolId: string,
  route: string,
  model: string | null,
  sentModel: string | null,
  effort: string | null,
  serviceTier: string | null,
  limitRule: string | null,
  client: AdmittedRow['client'],
  clientIp: string,
  /** Only where it came with one; null in its place where a plan follows. */
  tokenId?: string | null,
  plan?: PlanNote,
]

/** Two lines for every request, so the usual ones are lists: half the length, a third of the time. */
export function admittedLine(a: AdmittedRow): string {
  if (a.exclusions.length > 0 || a.graceUntil !== undefined) return `{"admitted":${JSON.stringify(a)}}\n`
  const { keyId, poolId, route, model, sentModel, effort, serviceTier, limitRule, client, clientIp } = a
  const figures = `${a.id},${a.at},${a.stream ? 1 : 0},${a.reservedInput},${a.reservedOutput},${a.reservedCostNanos}`
  const texts: unknown[] = [keyId, poolId, route, model, sentModel, effort, serviceTier, limitRule, client, clientIp]
  if (a.plan !== undefined) texts.push(a.tokenId ?? null, a.plan)
  else if (a.tokenId !== undefined) texts.push(a.tokenId)
  // Without the bracket that begins the list of texts: the figures are in it as well.
  return `[${figures},${JSON.stringify(texts).slice(1)}\n`
}

function fromPlainAdmitted(plain: PlainAdmitted): JournalRecord {
  const [id, at, stream, reservedInput, reservedOutput, reservedCostNanos, ...texts] = plain
  const [keyId, poolId, route, model, sentModel, effort, serviceTier, limitRule, client, clientIp, tokenId, plan] =
    texts
  const reserved = { reservedInput, reservedOutput, reservedCostNanos, limitRule }
  const asked = { route, model, sentModel, effort, serviceTier, stream: stream === 1 }
  const row = { id, at, keyId, poolId, ...asked, ...reserved, client, clientIp, exclusions: [] }
  const planned = plan === undefined ? row : { ...row, plan }
  return { admitted: typeof tokenId === 'string' ? { ...planned, tokenId } : planned }
}

export function settledLine(id: number, s: SettledRow): string {
  if (!isPlain(s) || s.sentModel !== undefined) return `{"id":${id},"settled":${JSON.stringify(s)}}\n`
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
    const record = JSON.parse(line) as JournalRecord | Plain | PlainAdmitted
    if ('length' in record) return [record.length === 11 ? fromPlain(record) : fromPlainAdmitted(record)]
    return ['admitted' in record ? { admitted: { ...UNCOUNTED, ...record.admitted } } : record]
  } catch {
    return []
  }
}
