/** One request with all that is known of it: its attempts, and what routing made of every upstream of the Pool. */
import { asc, eq } from 'drizzle-orm'
import type { Attempt, Candidate, Exclusion, StoredRequest } from '../../shared/models/request.ts'
import { parseRequestId } from '../../shared/request-id.ts'
import type { Db } from './database.ts'
import { findToken } from './ephemeral-token-store.ts'
import { chargesOf } from './request-charges.ts'
import { namesOf, remembered } from './request-names.ts'
import { summary, type RequestRow } from './request-query.ts'
import { assignment, pool } from './schema/pool.ts'
import { attempt, request } from './schema/request.ts'

const TOKEN_PREFIX = 'et-weir-'

/** Null for an id that is not in the log, or not an id at all. */
export function queryRequest(db: Db, formattedId: string): StoredRequest | null {
  const id = parseRequestId(formattedId)
  if (id === null) return null
  const row = db.select().from(request).where(eq(request.id, id)).get()
  if (row === undefined) return null
  const stored = db.select().from(attempt).where(eq(attempt.requestId, id)).orderBy(asc(attempt.number)).all()
  const tries = stored.length > 0 ? stored.map(({ requestId: _id, ...columns }) => columns) : plainTry(row)
  const exclusions = row.exclusions ?? []
  const candidates = candidatesOf(db, row, tries, exclusions)
  const changed = db.select({ at: pool.updatedAt }).from(pool).where(eq(pool.id, row.poolId)).get()
  return {
    ...summary(row),
    token: row.tokenId === null ? null : tokenOf(db, row.tokenId),
    tries,
    exclusions,
    candidates,
    plan: row.plan,
    isPoolChangedSince: changed === undefined || changed.at > row.at,
    reserved: { input: row.reservedInput, output: row.reservedOutput },
    charged: chargesOf(db, row),
    names: namesOf(db, {
      keys: [row.keyId],
      pools: [row.poolId],
      upstreams: [...candidates, ...(row.plan?.order ?? []), ...(row.plan?.affinity ? [row.plan.affinity] : [])].map(
        (each) => each.upstreamId,
      ),
    }),
  }
}

/** A token outlives its end by 30 days; then the audit log remembers how it was called. */
function tokenOf(db: Db, id: string): StoredRequest['token'] {
  const found = findToken(db, id)
  if (found !== undefined) return { id, name: found.name, prefix: TOKEN_PREFIX + found.publicId }
  return { id, name: remembered(db, id).name, prefix: null }
}

/** The journal writes no row for a single attempt that succeeded: all there is to say of it stands in the request. */
export function plainTry(row: RequestRow): Attempt[] {
  if (row.attempts !== 1 || row.upstreamId === null) return []
  const { upstreamId, at, status, firstByteMs } = row
  return [
    { number: 1, upstreamId, at, durationMs: row.durationMs ?? 0, firstByteMs, status, errorCode: null, cause: null },
  ]
}

/**
 * Attempts and exclusions are stored, and who was to be tried where there was a choice. Who stood behind these, and who
 * they were in the log of earlier versions, is what the Pool has besides: exact as long as it was not edited since.
 */
function candidatesOf(
  db: Db,
  row: RequestRow,
  tries: readonly Attempt[],
  exclusions: readonly Exclusion[],
): Candidate[] {
  const assigned = db.select().from(assignment).where(eq(assignment.poolId, row.poolId)).all()
  const found = new Map<string, Candidate>()
  const put = (upstreamId: string, facts: Pick<Candidate, 'outcome'> & Partial<Candidate>) => {
    if (found.has(upstreamId)) return
    const now = assigned.find((each) => each.upstreamId === upstreamId)
    const place = { priority: now?.priority ?? null, weight: now?.weight ?? null }
    found.set(upstreamId, { upstreamId, place: null, reason: null, until: null, ...place, ...facts })
  }
  for (const each of tries) put(each.upstreamId, { outcome: 'tried', place: each.number })
  for (const { upstreamId } of row.plan?.order ?? []) put(upstreamId, { outcome: 'not_needed' })
  const excluded = new Set(exclusions.map((each) => each.upstreamId))
  // Nothing was planned for a request that was refused before routing.
  if (tries.length > 0 || exclusions.length > 0) {
    const behind = assigned.filter((each) => each.enabled && !excluded.has(each.upstreamId))
    for (const each of behind.toSorted((a, b) => a.priority - b.priority))
      put(each.upstreamId, { outcome: 'not_needed' })
  }
  for (const { upstreamId, reason, until } of exclusions) put(upstreamId, { outcome: 'excluded', reason, until })
  return [...found.values()]
}
