/**
 * Reads of the request log for the operator. Pages go newest first along the primary key, which grows with time, so a
 * time range and the cursor are both ranges of ids and no page costs more for lying further back.
 */
import { and, asc, desc, eq, gte, lt, sql, type SQL } from 'drizzle-orm'
import { AppError } from '../../shared/errors.ts'
import type { Attempt, RequestDetail, RequestFilter, RequestPage, RequestSummary } from '../../shared/models/request.ts'
import { firstIdAt, formatRequestId, parseRequestId } from '../../shared/request-id.ts'
import type { Db } from './database.ts'
import { attempt, request } from './schema/request.ts'

/** `from` is inclusive, `to` exclusive. */
export function queryRequestPage(db: Db, filter: RequestFilter): RequestPage {
  const found = db
    .select()
    .from(request)
    .where(and(...conditions(filter)))
    .orderBy(desc(request.id))
    .limit(filter.limit + 1)
    .all()
  const rows = found.slice(0, filter.limit).map(summary)
  return { rows, next: found.length > filter.limit ? (rows.at(-1)?.id ?? null) : null }
}

/** Null for an id that is not in the log, or not an id at all. */
export function queryRequest(db: Db, formattedId: string): RequestDetail | null {
  const id = parseRequestId(formattedId)
  if (id === null) return null
  const row = db.select().from(request).where(eq(request.id, id)).get()
  if (row === undefined) return null
  const tries = db.select().from(attempt).where(eq(attempt.requestId, id)).orderBy(asc(attempt.number)).all()
  return {
    ...summary(row),
    tries: tries.length > 0 ? tries.map(({ requestId: _id, ...columns }) => columns) : plainTry(row),
    exclusions: row.exclusions ?? [],
  }
}

/** The journal writes no row for a single attempt that succeeded: all there is to say of it stands in the request. */
function plainTry(row: typeof request.$inferSelect): Attempt[] {
  if (row.attempts !== 1 || row.upstreamId === null) return []
  const { upstreamId, at, status, firstByteMs } = row
  return [
    { number: 1, upstreamId, at, durationMs: row.durationMs ?? 0, firstByteMs, status, errorCode: null, cause: null },
  ]
}

function conditions(filter: RequestFilter): SQL[] {
  const found: SQL[] = []
  if (filter.before !== undefined) found.push(lt(request.id, cursor(filter.before)))
  if (filter.from !== undefined) found.push(gte(request.id, firstIdAt(filter.from)))
  if (filter.to !== undefined) found.push(lt(request.id, firstIdAt(filter.to)))
  if (filter.keyId !== undefined) found.push(eq(request.keyId, filter.keyId))
  if (filter.poolId !== undefined) found.push(eq(request.poolId, filter.poolId))
  if (filter.upstreamId !== undefined) found.push(eq(request.upstreamId, filter.upstreamId))
  if (filter.model !== undefined) found.push(eq(request.model, filter.model))
  if (filter.state !== undefined) found.push(stateIs(filter.state))
  if (filter.errorCode !== undefined) found.push(eq(request.errorCode, filter.errorCode))
  if (filter.client !== undefined) found.push(eq(request.client, filter.client))
  return found
}

/** The index of what is running is used only where the statement itself says 'open'; a bound value cannot choose it. */
function stateIs(state: NonNullable<RequestFilter['state']>): SQL {
  return state === 'open' ? sql`${request.state} = 'open'` : eq(request.state, state)
}

function cursor(before: string): number {
  const id = parseRequestId(before)
  if (id !== null) return id
  throw new AppError('invalid_input', '`before` is not the id of a request. Use the `next` of the previous page.', {
    details: { before: 'must be a request id' },
  })
}

function summary(row: typeof request.$inferSelect): RequestSummary {
  const { id, reservedInput: _in, reservedOutput: _out, exclusions: _exclusions, ...rest } = row
  const { inputTokens, cachedTokens, outputTokens, reasoningTokens, ...columns } = rest
  return {
    ...columns,
    id: formatRequestId(id),
    usage: { input: inputTokens, cached: cachedTokens, output: outputTokens, reasoning: reasoningTokens },
  }
}
