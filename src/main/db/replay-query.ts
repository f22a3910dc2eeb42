/** The requests of one Pool for a replay: pages of few columns, newest first, each as long as a call may take. */
import { inArray, sql } from 'drizzle-orm'
import type { ReplayedPage, ReplayedRequest } from '../../shared/models/plan-preview.ts'
import type { Exclusion } from '../../shared/models/request.ts'
import { firstIdAt } from '../../shared/request-id.ts'
import type { Db } from './database.ts'
import { SCAN_LIMITS, walk, type ScanLimits } from './request-scan.ts'
import { attempt, request } from './schema/request.ts'

export interface ReplayQuestion {
  readonly poolId: string
  /** Epoch ms, inclusive. */
  readonly from: number
  /** Below this id; null for the newest. */
  readonly before: number | null
  readonly limit: number
}

const columns = {
  id: request.id,
  keyId: request.keyId,
  route: request.route,
  model: request.model,
  sentModel: request.sentModel,
  stream: request.stream,
  state: request.state,
  errorCode: request.errorCode,
  serviceTier: request.serviceTier,
  reservedOutput: request.reservedOutput,
  upstreamId: request.upstreamId,
  firstByteMs: request.firstByteMs,
  durationMs: request.durationMs,
  inputTokens: request.inputTokens,
  cachedTokens: request.cachedTokens,
  outputTokens: request.outputTokens,
  reasoningTokens: request.reasoningTokens,
  session: sql<string | null>`json_extract(${request.plan}, '$.session')`,
  tie: sql<string | null>`json_extract(${request.plan}, '$.affinity.kind')`,
  // Most have none that matters, and reading them takes longer than all the rest.
  exclusions: sql<
    string | null
  >`case when instr(${request.exclusions}, 'cooling_down') > 0 then ${request.exclusions} end`,
} as const

type Row = ReturnType<typeof rowsOf>[number]

export function queryReplay(db: Db, asked: ReplayQuestion, limits: ScanLimits = SCAN_LIMITS): ReplayedPage {
  const { poolId, from, before, limit } = asked
  const search = {
    first: firstIdAt(from),
    end: before ?? Number.MAX_SAFE_INTEGER,
    source: sql``,
    conditions: [],
    isEmpty: false,
  }
  const rows: Row[] = []
  const rest = walk(
    db,
    search,
    'newest',
    ({ first, end }) => {
      rows.push(...rowsOf(db, { poolId, first, end, limit: limit - rows.length }))
      return rows.length >= limit
    },
    limits,
  )
  const last = rows.at(-1)
  const next = rows.length >= limit ? (last?.id ?? null) : (rest?.end ?? null)
  return { rows: withTries(db, rows), next }
}

interface Slice {
  readonly poolId: string
  readonly first: number
  readonly end: number
  readonly limit: number
}

function rowsOf(db: Db, { poolId, first, end, limit }: Slice) {
  return db
    .select(columns)
    .from(request)
    .where(sql`${request.id} >= ${first} and ${request.id} < ${end} and ${request.poolId} = ${poolId}`)
    .orderBy(sql`${request.id} desc`)
    .limit(limit)
    .all()
}

function withTries(db: Db, rows: readonly Row[]): ReplayedRequest[] {
  if (rows.length === 0) return []
  const { requestId, upstreamId, at, durationMs, status, errorCode, cause, number } = attempt
  const stored = db
    .select({ requestId, upstreamId, at, durationMs, status, errorCode, cause })
    .from(attempt)
    .where(
      inArray(
        requestId,
        rows.map(({ id }) => id),
      ),
    )
    .orderBy(requestId, number)
    .all()
  const byRequest = Map.groupBy(stored, (row) => row.requestId)
  return rows.map(({ inputTokens, cachedTokens, outputTokens, reasoningTokens, exclusions, tie, ...row }) => ({
    ...row,
    usage: { input: inputTokens, cached: cachedTokens, output: outputTokens, reasoning: reasoningTokens },
    tries: (byRequest.get(row.id) ?? []).map(({ requestId: _id, ...each }) => each),
    isTied: tie === 'response' || tie === 'file',
    rests: exclusions === null ? [] : restsOf(exclusions),
  }))
}

function restsOf(text: string): ReplayedRequest['rests'] {
  const exclusions = JSON.parse(text) as readonly Exclusion[]
  return exclusions.flatMap(({ upstreamId, reason, until }) =>
    reason === 'cooling_down' && until !== null ? [{ upstreamId, until }] : [],
  )
}
