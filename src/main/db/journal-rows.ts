/**
 * The statements that put requests into the log: row, attempts, usage sums, what limits count and "last used", always in
 * one transaction, so that they can't disagree. Prepared once and bound by position: they run for every request, and a
 * query builder would cost more than the insert.
 */
import type Database from 'better-sqlite3'
import type { AdmittedRow, SettledRow } from '../gateway/ports.ts'
import type { Placed } from '../../shared/roster.ts'
import type { Db } from './database.ts'
import { addCharge, createDayWriter, type Charge, type DayOf, type DaySum } from './usage-day-rows.ts'

/** A request on its way into the database. */
export interface Entry extends Placed {
  admitted: AdmittedRow
  settled: SettledRow | null
  /** The journal's file names it. */
  isNoted?: boolean
  /** It holds less than its row says, where there is one. */
  isRefined?: boolean
  /** Its row is there, as open. */
  isInserted: boolean
}

export interface JournalRows {
  /** One transaction. Adds what is new of each entry; running it again with the same ones changes nothing. */
  write(entries: readonly Entry[]): void
}

const COLUMNS = `id, at, state, key_id, pool_id, route, model, sent_model, effort, service_tier, stream, reserved_input,
  reserved_output, reserved_cost_nanos, limit_rule, token_id, client, client_ip, exclusions, plan, upstream_id,
  status, error_code, input_tokens, cached_tokens, output_tokens, reasoning_tokens, usage_source, cost_nanos, attempts,
  first_byte_ms, duration_ms`
const INSERT = `insert into request (${COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
  ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`
/** Of what nearly every request is, with what is always the same written out: binding costs as much as inserting. */
const INSERT_USUAL = `insert into request (${COLUMNS}) values (?, ?, 'completed', ?, ?, ?, ?, null, ?, ?, ?, ?, ?, ?, ?,
  null, ?, ?, null, null, ?, ?, null, ?, ?, ?, ?, 'reported', ?, 1, ?, ?) on conflict do nothing`
const COMPLETE = `update request set state = ?, upstream_id = ?, status = ?, error_code = ?, input_tokens = ?,
  cached_tokens = ?, output_tokens = ?, reasoning_tokens = ?, usage_source = ?, cost_nanos = ?, attempts = ?,
  first_byte_ms = ?, duration_ms = ? where id = ? and state = 'open'`
const REFINE = `update request set reserved_input = ?, reserved_cost_nanos = ? where id = ? and state = 'open'`
const SENT = 'update request set sent_model = ? where id = ?'
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
const USED = 'update api_key set last_used_at = max(coalesce(last_used_at, 0), ?) where id = ?'
/** By the moment up to which it opens: after another rotation the old secret is another one. */
const OLD_USED = `update api_key set previous_used_at = max(coalesce(previous_used_at, 0), ?)
  where id = ? and previous_until = ?`
const TOKEN_USED = 'update ephemeral_token set last_used_at = max(coalesce(last_used_at, 0), ?) where id = ?'

type Statement = Database.Statement

/** `dayOf` is asked for every request: it must be quick. */
export function createJournalRows(db: Db, dayOf: DayOf): JournalRows {
  const client = db.$client
  const insert = client.prepare(INSERT)
  const usual = client.prepare(INSERT_USUAL)
  const complete = client.prepare(COMPLETE)
  const refine = client.prepare(REFINE)
  const sent = client.prepare(SENT)
  const attempt = client.prepare(ATTEMPT)
  const bucket = client.prepare(BUCKET)
  const used = client.prepare(USED)
  const oldUsed = client.prepare(OLD_USED)
  const tokenUsed = client.prepare(TOKEN_USED)
  const writeDays = createDayWriter(db)

  function writeEntry(entry: Entry, sums: Sum[], days: DaySum[]): void {
    const { settled } = entry
    if (entry.isInserted && entry.isRefined === true) {
      const { id, reservedInput, reservedCostNanos } = entry.admitted
      refine.run(reservedInput, reservedCostNanos, id)
    }
    if (settled === null) {
      if (!entry.isInserted) runOpen(insert, entry.admitted)
      return
    }
    const { sentModel } = settled
    const admitted = sentModel === undefined ? entry.admitted : { ...entry.admitted, sentModel }
    const { changes } = entry.isInserted
      ? runComplete(complete, admitted.id, settled)
      : isUsual(admitted, settled)
        ? runUsual(usual, admitted, settled)
        : runWhole(insert, admitted, settled)
    // Nothing changed: it was written before, or its key was deleted meanwhile and its history with it.
    if (changes === 0) return
    if (entry.isInserted && sentModel !== undefined) sent.run(sentModel, admitted.id)
    if (!isPlain(settled)) writeTries(admitted.id, settled.tries)
    addTo(sums, admitted, settled)
    if (settled.state !== 'refused') addCharge(days, chargeOf(admitted, settled), dayOf(admitted.at))
  }

  function writeTries(id: number, tries: SettledRow['tries']): void {
    for (const { number, upstreamId, at, durationMs, firstByteMs, status, errorCode, cause } of tries) {
      attempt.run(id, number, upstreamId, at, durationMs, firstByteMs, status, errorCode, cause)
    }
  }

  return {
    write: client.transaction((entries: readonly Entry[]) => {
      const sums: Sum[] = []
      const days: DaySum[] = []
      const lastUsed = new Map<string, number>()
      const tokensUsed = new Map<string, number>()
      for (const entry of entries) {
        writeEntry(entry, sums, days)
        const { keyId, tokenId, at, graceUntil } = entry.admitted
        lastUsed.set(keyId, at)
        if (tokenId !== undefined) tokensUsed.set(tokenId, at)
        if (graceUntil !== undefined) oldUsed.run(at, keyId, graceUntil)
      }
      for (const sum of sums) runBucket(bucket, sum)
      writeDays(days)
      for (const [keyId, at] of lastUsed) used.run(at, keyId)
      for (const [tokenId, at] of tokensUsed) tokenUsed.run(at, tokenId)
    }),
  }
}

/** One attempt that succeeded says nothing that the request's own row does not: readers make it up from there. */
export function isPlain(s: SettledRow): boolean {
  return s.tries.length === 1 && s.state === 'completed'
}

function runOpen(statement: Statement, a: AdmittedRow): void {
  statement.run([...headOf(a, 'open'), null, null, null, 0, 0, 0, 0, 'none', null, 0, null, null])
}

function headOf(a: AdmittedRow, state: string): unknown[] {
  const asked = [a.model, a.sentModel, a.effort, a.serviceTier, a.stream ? 1 : 0, a.reservedInput, a.reservedOutput]
  const counted = [a.reservedCostNanos, a.limitRule, a.tokenId ?? null]
  return [a.id, a.at, state, a.keyId, a.poolId, a.route, ...asked, ...counted, a.client, a.clientIp, ...routingOf(a)]
}

function routingOf(a: AdmittedRow): [exclusions: string | null, plan: string | null] {
  return [exclusionsOf(a), planOf(a)]
}

function planOf({ plan }: AdmittedRow): string | null {
  return plan === undefined ? null : JSON.stringify(plan)
}

function exclusionsOf(a: AdmittedRow): string | null {
  return a.exclusions.length === 0 ? null : JSON.stringify(a.exclusions)
}

function isUsual(a: AdmittedRow, s: SettledRow): boolean {
  const isOwnModel = a.sentModel === null && a.exclusions.length === 0 && a.plan === undefined
  return isOwnModel && a.tokenId === undefined && isPlain(s) && s.errorCode === null && s.usageSource === 'reported'
}

/** The one that nearly every request takes; a list built for it would cost as much as binding it. */
function runUsual(statement: Statement, a: AdmittedRow, s: SettledRow): Database.RunResult {
  return statement.run(
    a.id,
    a.at,
    a.keyId,
    a.poolId,
    a.route,
    a.model,
    a.effort,
    a.serviceTier,
    a.stream ? 1 : 0,
    a.reservedInput,
    a.reservedOutput,
    a.reservedCostNanos,
    a.limitRule,
    a.client,
    a.clientIp,
    s.upstreamId,
    s.status,
    s.usage.input,
    s.usage.cached,
    s.usage.output,
    s.usage.reasoning,
    s.costNanos,
    s.firstByteMs,
    s.durationMs,
  )
}

function runWhole(statement: Statement, a: AdmittedRow, s: SettledRow): Database.RunResult {
  return statement.run(
    a.id,
    a.at,
    s.state,
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
    a.reservedCostNanos,
    a.limitRule,
    a.tokenId ?? null,
    a.client,
    a.clientIp,
    exclusionsOf(a),
    planOf(a),
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
  )
}

function chargeOf({ keyId, limitRule, tokenId, at }: AdmittedRow, { usage, costNanos }: SettledRow): Charge {
  const amounts = { tokens: usage.input + usage.output, costNanos: costNanos ?? 0 }
  return { keyId, rule: limitRule, token: tokenId ?? null, at, ...amounts }
}

function runComplete(statement: Statement, id: number, s: SettledRow): Database.RunResult {
  const used = [s.usage.input, s.usage.cached, s.usage.output, s.usage.reasoning, s.usageSource, s.costNanos]
  const end = [s.tries.length, s.firstByteMs, s.durationMs, id]
  return statement.run([s.state, s.upstreamId, s.status, s.errorCode, ...used, ...end])
}

/** What one transaction adds to a bucket: nearly all requests of a moment fall into one or two. */
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

function runBucket(statement: Statement, sum: Sum): void {
  const names = [sum.minute, sum.keyId, sum.poolId, sum.upstreamId, sum.model]
  const counts = [sum.requests, sum.failed, sum.refused, sum.input, sum.cached, sum.output, sum.reasoning]
  statement.run([...names, ...counts, sum.costNanos, sum.durationMs])
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

/** Walks from the newest: in one transaction there are few, and the last one is nearly always the next one's. */
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
