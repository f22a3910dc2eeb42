/**
 * The request log's writer. Rows are collected and committed in one transaction per turn of the event loop: one commit
 * serves all requests of that turn, and a row is on disk before any answer of an upstream can have arrived. Log, usage
 * sums and "last used" change in the same transaction, so they can't disagree.
 *
 * When the disk refuses, nothing is lost: the rows stay here, the gateway admits nothing new, and the write is repeated.
 */
import { databaseError } from './connection.ts'
import type Database from 'better-sqlite3'
import type { AppError } from '../../shared/errors.ts'
import type { AdmittedRow, Journal, Log, SettledRow } from '../gateway/ports.ts'
import type { Db } from './database.ts'

export interface WritableJournal extends Journal {
  /** Commits what is waiting, now. @throws AppError when the database refuses. */
  flush(): void
  close(): void
}

type Statement = Database.Statement

interface Entry {
  readonly admitted: AdmittedRow
  settled: SettledRow | null
  isInserted: boolean
}

const RETRY_MS = 1_000
/** `last_used_at` is for people: fresh within this time, without a write per request. */
const LAST_USED_MS = 5_000

const COLUMNS = `id, at, state, key_id, pool_id, route, model, sent_model, effort, service_tier, stream, reserved_input,
  reserved_output, client, client_ip, exclusions, upstream_id, status, error_code, input_tokens, cached_tokens,
  output_tokens, reasoning_tokens, usage_source, cost_nanos, attempts, first_byte_ms, duration_ms`
const OPEN = `insert into request (${COLUMNS}) values (?, ?, 'open', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
  null, null, null, 0, 0, 0, 0, 'none', null, 0, null, null)`
/** A refused request is admitted and settled in one turn: one statement writes the whole row. */
const WHOLE = `insert into request (${COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
  ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
const COMPLETE = `update request set state = ?, upstream_id = ?, status = ?, error_code = ?, input_tokens = ?,
  cached_tokens = ?, output_tokens = ?, reasoning_tokens = ?, usage_source = ?, cost_nanos = ?, attempts = ?,
  first_byte_ms = ?, duration_ms = ? where id = ? and state = 'open'`
const ATTEMPT = `insert into attempt (request_id, number, upstream_id, at, duration_ms, first_byte_ms, status, error_code,
  cause) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`
const BUCKET = `insert into usage_bucket (minute, key_id, pool_id, upstream_id, model, requests, failed, refused,
  input_tokens, cached_tokens, output_tokens, reasoning_tokens, cost_nanos, duration_ms)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  on conflict do update set requests = requests + excluded.requests, failed = failed + excluded.failed,
  refused = refused + excluded.refused, input_tokens = input_tokens + excluded.input_tokens,
  cached_tokens = cached_tokens + excluded.cached_tokens, output_tokens = output_tokens + excluded.output_tokens,
  reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens, cost_nanos = cost_nanos + excluded.cost_nanos,
  duration_ms = duration_ms + excluded.duration_ms`

/** What one commit adds to a bucket: nearly all requests of a moment fall into one or two. */
interface Sum {
  readonly minute: number
  readonly keyId: string
  readonly poolId: string
  readonly upstreamId: string
  readonly model: string
  requests: number
  failed: number
  refused: number
  input: number
  cached: number
  output: number
  reasoning: number
  costNanos: number
  durationMs: number
}

export function createJournal(db: Db, log: Log, now: () => number): WritableJournal {
  const client = db.$client
  // Prepared once and bound by position: these run for every request, and a builder would cost more than the insert.
  const insertOpen = client.prepare(OPEN)
  const insertWhole = client.prepare(WHOLE)
  const complete = client.prepare(COMPLETE)
  const attempt = client.prepare(ATTEMPT)
  const bucket = client.prepare(BUCKET)
  const used = client.prepare('update api_key set last_used_at = ? where id = ?')
  const begin = client.prepare('begin')
  const commit = client.prepare('commit')
  const open = new Map<number, Entry>()
  let fresh: Entry[] = []
  let done: Entry[] = []
  let waiting: (() => void)[] = []
  let isScheduled = false
  let failure: AppError | null = null
  let retry: NodeJS.Timeout | null = null
  const lastUsed = new Map<string, number>()

  function schedule(): void {
    if (isScheduled) return
    isScheduled = true
    setImmediate(tick)
  }

  function tick(): void {
    isScheduled = false
    if (failure !== null) return
    try {
      flush()
    } catch (error) {
      fail(error as AppError)
    }
  }

  function fail(error: AppError): void {
    if (failure === null) log.error('the request log cannot be written', { code: error.code, reason: error.message })
    failure = error
    retry ??= setTimeout(again, RETRY_MS).unref()
    // Nobody waits for a disk: the rows stay here, and the clients get their answers.
    callBack()
  }

  function callBack(): void {
    const callbacks = waiting
    waiting = []
    for (const callback of callbacks) callback()
  }

  function again(): void {
    retry = null
    try {
      flush()
      failure = null
      log.info('the request log can be written again')
    } catch (error) {
      fail(error as AppError)
    }
  }

  function flush(): void {
    if (fresh.length > 0 || done.length > 0) {
      try {
        write()
      } catch (cause) {
        rollback(client)
        throw databaseError(cause, client.name)
      }
      for (const entry of fresh) entry.isInserted = true
      fresh = []
      done = []
    }
    callBack()
  }

  function write(): void {
    begin.run()
    for (const { admitted, settled } of fresh) {
      if (settled === null) runOpen(insertOpen, admitted)
      else runWhole(insertWhole, admitted, settled)
    }
    const sums: Sum[] = []
    for (const entry of done) {
      const { admitted, settled } = entry
      if (settled === null) continue
      if (entry.isInserted) {
        const { changes } = runComplete(complete, admitted.id, settled)
        // The key was deleted meanwhile, and its history with it.
        if (changes === 0) continue
      }
      if (!isPlain(settled)) writeTries(admitted.id, settled.tries)
      addTo(sums, admitted, settled)
    }
    for (const sum of sums) runBucket(bucket, sum)
    touchKeys()
    commit.run()
  }

  function writeTries(id: number, tries: SettledRow['tries']): void {
    for (const { number, upstreamId, at, durationMs, firstByteMs, status, errorCode, cause } of tries) {
      attempt.run(id, number, upstreamId, at, durationMs, firstByteMs, status, errorCode, cause)
    }
  }

  function touchKeys(): void {
    const at = now()
    for (const { admitted } of fresh) {
      if (at - (lastUsed.get(admitted.keyId) ?? 0) < LAST_USED_MS) continue
      lastUsed.set(admitted.keyId, at)
      used.run(at, admitted.keyId)
    }
  }

  return {
    get failure() {
      return failure?.message ?? null
    },
    admit(admitted) {
      const entry: Entry = { admitted, settled: null, isInserted: false }
      open.set(admitted.id, entry)
      fresh.push(entry)
      schedule()
    },
    settle(admitted, settled) {
      const entry = open.get(admitted.id)
      if (entry === undefined) return
      open.delete(admitted.id)
      entry.settled = settled
      done.push(entry)
      schedule()
    },
    afterCommit(callback) {
      if (failure !== null || (fresh.length === 0 && done.length === 0)) {
        callback()
        return
      }
      waiting.push(callback)
      schedule()
    },
    flush,
    close() {
      if (retry !== null) clearTimeout(retry)
      flush()
    },
  }
}

function rollback(client: Database.Database): void {
  if (!client.inTransaction) return
  try {
    client.exec('rollback')
  } catch {
    // A full disk may have rolled back already; the first error is the one that is told.
  }
}

/** One attempt that succeeded says nothing that the request's own row does not: readers make it up from there. */
function isPlain(s: SettledRow): boolean {
  return s.tries.length === 1 && s.state === 'completed'
}

// Bound by position and one by one: these run for every request, and building lists for them costs as much again.

function runOpen(statement: Statement, a: AdmittedRow): void {
  statement.run(
    a.id,
    a.at,
    a.keyId,
    a.poolId,
    a.route,
    a.model,
    a.sentModel,
    a.effort,
    a.serviceTier,
    a.stream ? 1 : 0,
    a.reservedInput,
    a.reservedOutput,
    a.client,
    a.clientIp,
    exclusionsOf(a),
  )
}

function runWhole(statement: Statement, a: AdmittedRow, s: SettledRow): void {
  const { usage } = s
  const asked = [a.model, a.sentModel, a.effort, a.serviceTier, a.stream ? 1 : 0, a.reservedInput, a.reservedOutput]
  const used = [usage.input, usage.cached, usage.output, usage.reasoning, s.usageSource, s.costNanos]
  const head = [a.id, a.at, s.state, a.keyId, a.poolId, a.route, ...asked, a.client, a.clientIp, exclusionsOf(a)]
  statement.run([...head, s.upstreamId, s.status, s.errorCode, ...used, s.tries.length, s.firstByteMs, s.durationMs])
}

function runComplete(statement: Statement, id: number, s: SettledRow): Database.RunResult {
  return statement.run(
    s.state,
    s.upstreamId,
    s.status,
    s.errorCode,
    s.usage.input,
    s.usage.cached,
    s.usage.output,
    s.usage.reasoning,
    s.usageSource,
    s.costNanos,
    s.tries.length,
    s.firstByteMs,
    s.durationMs,
    id,
  )
}

function runBucket(statement: Statement, sum: Sum): void {
  const bucket = [sum.minute, sum.keyId, sum.poolId, sum.upstreamId, sum.model, sum.requests, sum.failed, sum.refused]
  statement.run([...bucket, sum.input, sum.cached, sum.output, sum.reasoning, sum.costNanos, sum.durationMs])
}

function exclusionsOf(a: AdmittedRow): string | null {
  return a.exclusions.length === 0 ? null : JSON.stringify(a.exclusions)
}

function addTo(sums: Sum[], a: AdmittedRow, s: SettledRow): void {
  const sum = bucketFor(sums, a, s)
  sum.requests++
  if (s.state === 'failed') sum.failed++
  if (s.state === 'refused') sum.refused++
  sum.input += s.usage.input
  sum.cached += s.usage.cached
  sum.output += s.usage.output
  sum.reasoning += s.usage.reasoning
  sum.costNanos += s.costNanos ?? 0
  sum.durationMs += s.durationMs
}

/** Walks from the newest: in one commit there are few, and the last one is nearly always the next one's. */
function bucketFor(sums: Sum[], a: AdmittedRow, s: SettledRow): Sum {
  const minute = Math.floor(a.at / 60_000)
  const { keyId, poolId } = a
  const upstreamId = s.upstreamId ?? ''
  const model = a.sentModel ?? a.model ?? ''
  for (let i = sums.length - 1; i >= 0; i--) {
    const sum = sums[i]
    if (
      sum !== undefined &&
      sum.minute === minute &&
      sum.keyId === keyId &&
      sum.upstreamId === upstreamId &&
      sum.model === model &&
      sum.poolId === poolId
    ) {
      return sum
    }
  }
  const counts = { requests: 0, failed: 0, refused: 0, input: 0, cached: 0, output: 0, reasoning: 0 }
  const fresh: Sum = { minute, keyId, poolId, upstreamId, model, ...counts, costNanos: 0, durationMs: 0 }
  sums.push(fresh)
  return fresh
}
