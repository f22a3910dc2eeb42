/**
 * The request log as lines of a file, slice by slice, written here on the reader thread. A slice is one question among
 * others, so that an export of a million rows holds up neither a page nor the memory.
 */
import { csvLine } from '../../shared/csv.ts'
import type { RequestFilter, RequestSummary } from '../../shared/models/request.ts'
import { formatRequestId } from '../../shared/request-id.ts'
import type { Db } from './database.ts'
import { namesOf } from './request-names.ts'
import { findRequests, summary } from './request-query.ts'

/** `format` of lines: an array of JSON is made of the same lines as `jsonl`. */
export interface ExportSliceQuery {
  readonly filter: RequestFilter
  readonly format: 'csv' | 'jsonl'
  readonly before: string | null
}

export interface ExportSlice {
  /** Whole lines, each with its end. */
  readonly text: string
  readonly rows: number
  readonly next: string | null
}

/** Some 100 KB: handed over and written in a few milliseconds. */
const ROWS = 500

export const REQUEST_COLUMNS = [
  'id',
  'time',
  'state',
  'status',
  'error_code',
  'route',
  'stream',
  'model',
  'sent_model',
  'effort',
  'service_tier',
  'key_id',
  'key_name',
  'key_prefix',
  'pool_id',
  'pool_name',
  'upstream_id',
  'upstream_name',
  'client',
  'client_ip',
  'attempts',
  'input_tokens',
  'cached_tokens',
  'output_tokens',
  'reasoning_tokens',
  'usage_source',
  'cost_usd',
  'first_byte_ms',
  'duration_ms',
] as const

type Column = (typeof REQUEST_COLUMNS)[number]
type Line = Record<Column, string | number | boolean | null>

export function queryExportSlice(db: Db, { filter, format, before }: ExportSliceQuery): ExportSlice {
  const { after: _after, before: _before, ...whole } = filter
  const found = findRequests(db, { ...whole, limit: ROWS, ...(before === null ? {} : { before }) })
  const names = namesOf(db, {
    keys: found.rows.map((row) => row.keyId),
    pools: found.rows.map((row) => row.poolId),
    upstreams: found.rows.flatMap((row) => row.upstreamId ?? []),
  })
  const lines = found.rows.map((row) => lineOf(summary(row), names))
  const write = format === 'csv' ? (line: Line) => csvLine(REQUEST_COLUMNS.map((column) => line[column])) : jsonLine
  return {
    text: lines.map(write).join(''),
    rows: lines.length,
    next: found.next === null ? null : formatRequestId(found.next),
  }
}

function jsonLine(line: Line): string {
  return `${JSON.stringify(line)}\n`
}

function lineOf(row: RequestSummary, names: ReturnType<typeof namesOf>): Line {
  const key = names[row.keyId]
  return {
    id: row.id,
    time: new Date(row.at).toISOString(),
    state: row.state,
    status: row.status,
    error_code: row.errorCode,
    route: row.route,
    stream: row.stream,
    model: row.model,
    sent_model: row.sentModel,
    effort: row.effort,
    service_tier: row.serviceTier,
    key_id: row.keyId,
    key_name: key?.name ?? null,
    key_prefix: key?.prefix ?? null,
    pool_id: row.poolId,
    pool_name: names[row.poolId]?.name ?? null,
    upstream_id: row.upstreamId,
    upstream_name: row.upstreamId === null ? null : (names[row.upstreamId]?.name ?? null),
    client: row.client,
    client_ip: row.clientIp,
    attempts: row.attempts,
    input_tokens: row.usage.input,
    cached_tokens: row.usage.cached,
    output_tokens: row.usage.output,
    reasoning_tokens: row.usage.reasoning,
    usage_source: row.usageSource,
    cost_usd: row.costNanos === null ? null : row.costNanos / 1e9,
    first_byte_ms: row.firstByteMs,
    duration_ms: row.durationMs,
  }
}
