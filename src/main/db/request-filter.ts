/**
 * A filter of the request log as SQL, and the order in which its rows are best walked. Every walk goes along ids, which
 * grow with time; the index only decides how many other rows lie in between.
 */
import { sql, type SQL } from 'drizzle-orm'
import type { RequestFilter, RequestState, StatusClass } from '../../shared/models/request.ts'
import { firstIdAt, parseRequestId, requestIdRange } from '../../shared/request-id.ts'
import { AppError } from '../../shared/errors.ts'
import type { Db } from './database.ts'
import { findTokenByPublicId } from './ephemeral-token-store.ts'

export interface Search {
  /** Ids to look at: from `first` (inclusive) to `end` (exclusive). */
  readonly first: number
  readonly end: number
  /** What stands after `from request`. Named, because without statistics SQLite guesses. */
  readonly source: SQL
  readonly conditions: readonly SQL[]
  /** No row can match: the filter contradicts itself. */
  readonly isEmpty: boolean
}

/** Keys whose name or prefix contains a text; more would be no search any more. */
const MAX_KEYS_FOUND = 2_000
const PREFIX = 'sk-weir-'
const TOKEN_PREFIX = 'et-weir-'

type Given = Omit<RequestFilter, 'before' | 'after' | 'limit'>

export function searchOf(db: Db, filter: RequestFilter): Search {
  const bounds = boundsOf(filter)
  const conditions = conditionsOf(db, filter)
  const { first, end } = bounds
  return { first, end, source: sourceOf(filter), conditions, isEmpty: first >= end }
}

function boundsOf(filter: RequestFilter): { first: number; end: number } {
  let first = 0
  let end = Number.MAX_SAFE_INTEGER
  const narrow = (from: number, until: number) => {
    first = Math.max(first, from)
    end = Math.min(end, until)
  }
  if (filter.from !== undefined) narrow(firstIdAt(filter.from), end)
  if (filter.to !== undefined) narrow(first, firstIdAt(filter.to))
  if (filter.before !== undefined) narrow(first, cursor('before', filter.before))
  if (filter.after !== undefined) narrow(cursor('after', filter.after) + 1, end)
  const range = idRangeOf(filter.text)
  if (range !== null) narrow(range.first, range.last + 1)
  return { first, end }
}

/** Null for a text that is no beginning of a request id. */
function idRangeOf(text: string | undefined): { first: number; last: number } | null {
  return text !== undefined && text.startsWith('req_') ? requestIdRange(text) : null
}

function cursor(name: 'before' | 'after', text: string): number {
  const id = parseRequestId(text)
  if (id !== null) return id
  throw new AppError(
    'invalid_input',
    `\`${name}\` is not the id of a request. Use the \`next\` of the previous page.`,
    {
      details: { [name]: 'must be a request id' },
    },
  )
}

const TROUBLED: ReadonlySet<RequestState> = new Set(['failed', 'refused', 'aborted', 'interrupted'])

/** Whatever ended badly has a code, and those rows have an index of their own. */
function isTroubled(filter: Given): boolean {
  return filter.errorCode !== undefined || (filter.state?.every((state) => TROUBLED.has(state)) ?? false)
}

function sourceOf(filter: Given): SQL {
  if (filter.state?.every((state) => state === 'open') === true) return sql`indexed by request_unfinished`
  if (filter.keyId?.length === 1) return sql`indexed by request_key`
  if (filter.errorCode?.length === 1) return sql`indexed by request_failed`
  if (isTroubled(filter)) return sql`indexed by request_troubled`
  return sql`not indexed`
}

function conditionsOf(db: Db, filter: Given): SQL[] {
  const found: SQL[] = []
  const among = (column: SQL, values: readonly string[] | undefined) => {
    if (values !== undefined) found.push(isOneOf(column, values))
  }
  // A partial index is used only where the statement itself repeats its condition.
  if (filter.state?.every((state) => state === 'open') === true) found.push(sql`state = 'open'`)
  else among(sql`state`, filter.state)
  if (isTroubled(filter)) found.push(sql`error_code is not null`)
  among(sql`key_id`, filter.keyId)
  if (filter.tokenId !== undefined) found.push(sql`token_id = ${filter.tokenId}`)
  among(sql`error_code`, filter.errorCode)
  among(sql`pool_id`, filter.poolId)
  among(sql`upstream_id`, filter.upstreamId)
  among(sql`effort`, filter.effort)
  among(sql`service_tier`, filter.serviceTier)
  among(sql`route`, filter.route)
  among(sql`client`, filter.client)
  if (filter.model !== undefined) {
    found.push(sql`(${isOneOf(sql`model`, filter.model)} or ${isOneOf(sql`sent_model`, filter.model)})`)
  }
  if (filter.ids !== undefined) found.push(isOneOf(sql`id`, filter.ids.map(parseRequestId).filter(isKnown)))
  if (filter.stream !== undefined) found.push(sql`stream = ${filter.stream ? 1 : 0}`)
  if (filter.clientIp !== undefined) found.push(sql`client_ip = ${filter.clientIp}`)
  if (filter.statusClass !== undefined) found.push(anyOf(filter.statusClass.map(statusIn)))
  if (filter.minDurationMs !== undefined) found.push(sql`duration_ms >= ${filter.minDurationMs}`)
  if (filter.minFirstByteMs !== undefined) found.push(sql`first_byte_ms >= ${filter.minFirstByteMs}`)
  if (filter.minTokens !== undefined) found.push(sql`input_tokens + output_tokens >= ${filter.minTokens}`)
  if (filter.minCostNanos !== undefined) found.push(sql`cost_nanos >= ${filter.minCostNanos}`)
  if (filter.text !== undefined && idRangeOf(filter.text) === null) found.push(contains(db, filter.text))
  return found
}

function isKnown(id: number | null): id is number {
  return id !== null
}

function isOneOf(column: SQL, values: readonly (string | number)[]): SQL {
  if (values.length === 0) return sql`false`
  if (values.length === 1) return sql`${column} = ${values[0]}`
  return sql`${column} in (${sql.join(
    values.map((value) => sql`${value}`),
    sql`, `,
  )})`
}

function anyOf(conditions: readonly SQL[]): SQL {
  return sql`(${sql.join([...conditions], sql` or `)})`
}

function statusIn(status: StatusClass): SQL {
  const hundred = Number(status[0]) * 100
  return sql`status between ${hundred} and ${hundred + 99}`
}

/** A token's own prefix, whole: whoever looks for one has it from a list or an error. */
function byToken(db: Db, text: string): SQL[] {
  if (!text.startsWith(TOKEN_PREFIX)) return []
  const token = findTokenByPublicId(db, text.slice(TOKEN_PREFIX.length))
  return token === undefined ? [] : [sql`token_id = ${token.id}`]
}

/** Part of a key's name or prefix, a token's prefix, part of the model asked or served, or of the error code. */
function contains(db: Db, text: string): SQL {
  const pattern = `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`
  const like = (column: SQL) => sql`${column} like ${pattern} escape '\\'`
  const keys = db.all<{ id: string }>(
    sql`select id from api_key where ${like(sql`name`)} or ${like(sql`${PREFIX} || public_id`)} limit ${MAX_KEYS_FOUND}`,
  )
  const byKey =
    keys.length === 0
      ? []
      : [
          isOneOf(
            sql`key_id`,
            keys.map((key) => key.id),
          ),
        ]
  return anyOf([like(sql`model`), like(sql`sent_model`), like(sql`error_code`), ...byKey, ...byToken(db, text)])
}
