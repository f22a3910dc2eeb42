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
  const when = `${large(a.id)},${a.at === last.at ? last.atText : momentText(a.at)}`
  const figures = `${a.stream ? 1 : 0},${a.reservedInput},${a.reservedOutput},${a.reservedCostNanos}`
  return `[${when},${figures},${isAsLast(a) ? last.texts : textsOf(a)}`
}

/**
 * The texts of one request are nearly always those of the one before, and many come in the same millisecond: then what was
 * made of them is taken again.
 */
const last = { row: null as AdmittedRow | null, texts: '', at: 0, atText: '0' }

function momentText(at: number): string {
  last.at = at
  last.atText = large(at)
  return last.atText
}

function isAsLast(a: AdmittedRow): boolean {
  const { row } = last
  return (
    row !== null &&
    a.plan === undefined &&
    a.keyId === row.keyId &&
    a.poolId === row.poolId &&
    a.route === row.route &&
    a.model === row.model &&
    a.sentModel === row.sentModel &&
    a.effort === row.effort &&
    a.serviceTier === row.serviceTier &&
    a.limitRule === row.limitRule &&
    a.client === row.client &&
    a.clientIp === row.clientIp &&
    a.tokenId === row.tokenId
  )
}

/** The rest of the line. Without the bracket that begins the list of texts: the figures are in it as well. */
function textsOf(a: AdmittedRow): string {
  const { keyId, poolId, route, model, sentModel, effort, serviceTier, limitRule, client, clientIp } = a
  const texts: unknown[] = [keyId, poolId, route, model, sentModel, effort, serviceTier, limitRule, client, clientIp]
  if (a.plan !== undefined) texts.push(a.tokenId ?? null, a.plan)
  else if (a.tokenId !== undefined) texts.push(a.tokenId)
  const text = `${JSON.stringify(texts).slice(1)}\n`
  if (a.plan === undefined) {
    last.row = a
    last.texts = text
  }
  return text
}

const HALF = 10_000_000
const HALF_DIGITS = 7

/** A whole number that is not negative, in two halves: small numbers turn into text many times faster than large ones. */
function large(value: number): string {
  const high = Math.floor(value / HALF)
  return high === 0 ? String(value) : `${high}${String(value - high * HALF).padStart(HALF_DIGITS, '0')}`
}

/** Milliseconds of which only whole hundredths are kept, for the same reason not as the fraction they are. */
function hundredths(ms: number | null): string {
  if (ms === null) return 'null'
  const all = Math.max(0, Math.round(ms * 100))
  const rest = all % 100
  const whole = (all - rest) / 100
  return rest === 0 ? String(whole) : `${whole}.${rest < 10 ? '0' : ''}${rest}`
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
  const times = `${hundredths(s.firstByteMs)},${hundredths(s.durationMs)}`
  return `[${large(id)},${JSON.stringify(s.upstreamId)},${figures},${times}]\n`
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
