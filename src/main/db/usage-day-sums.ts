/**
 * What limits count, summed anew from the log: to begin with, after a change of zone, and to check the counters. The sums
 * per minute outlive the requests, so they give the figures of keys for all time. Which override counted a request only
 * its row knows: of requests that retention has deleted, the figures of overrides stay as they were counted.
 */
import { midnightAfter, dayKey, dayNumber } from '../../shared/zone.ts'
import type { Db, Tx } from './database.ts'
import { readNote } from './setting-store.ts'
import type { DaySum } from './usage-day-rows.ts'

/** Days that are kept: the longest month and then some, in days before today. */
const KEPT_DAYS = 62

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
/** Every zone's day begins at a whole quarter of an hour of UTC. */
const QUARTER_MS = 900_000

export interface UsageMoment {
  readonly db: Db
  readonly zone: string
  /** Epoch ms. */
  readonly now: number
}

/** The name of a day that is counted from 1970-01-01. */
export function dayName(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}

/** The first day that is kept. */
export function firstKeptDay({ zone, now }: Pick<UsageMoment, 'zone' | 'now'>): string {
  return dayName(dayNumber(zone, now) - KEPT_DAYS)
}

/** The first day of which no request was deleted; empty where none ever was. */
export function firstWholeDay(db: Db | Tx, zone: string): string {
  const from = readNote(db, 'usage.rowsFrom')
  return typeof from === 'number' && from > 0 ? dayName(dayNumber(zone, from - 1) + 1) : ''
}

/** Keys that are gone count nothing, though the log still has them where their Pool was deleted with them. */
const OF_KEYS = 'key_id in (select id from api_key)'
const MINUTE_SUMS = `sum(requests - refused) as requests, sum(input_tokens + output_tokens) as tokens,
  sum(cost_nanos) as costNanos from usage_bucket where ${OF_KEYS}`

type KeySum = Pick<DaySum, 'keyId' | 'requests' | 'tokens' | 'costNanos'>

/** Of keys as a whole, for all time and for the days that are kept, from the sums per minute. */
export function sumsOfKeys({ db, zone, now }: UsageMoment): DaySum[] {
  const client = db.$client
  const all = client.prepare<[], KeySum>(`select key_id as keyId, ${MINUTE_SUMS} group by key_id`)
  const within = client.prepare<[number, number], KeySum>(
    `select key_id as keyId, ${MINUTE_SUMS} and minute >= ? and minute < ? group by key_id`,
  )
  const next = client.prepare<[number], number | null>('select min(minute) from usage_bucket where minute >= ?').pluck()
  const named = (rows: readonly KeySum[], day: string) =>
    rows.filter(({ requests }) => requests > 0).map((row): DaySum => ({ ...row, rule: '', day }))

  const sums = named(all.all(), '')
  const kept = firstKeptDay({ zone, now })
  // From a day before the first that is kept: which of its minutes belong to it is for the calendar to say.
  let minute = next.get(Date.parse(kept) / MINUTE_MS - 1_440) ?? null
  while (minute !== null) {
    const day = dayKey(zone, minute * MINUTE_MS)
    const end = Math.ceil(midnightAfter(zone, minute * MINUTE_MS) / MINUTE_MS)
    if (day >= kept) sums.push(...named(within.all(minute, end), day))
    minute = next.get(end) ?? null
  }
  return sums
}

interface QuarterSum extends KeySum {
  readonly rule: string | null
  readonly token: string | null
  readonly quarter: number
}

/** A token that was swept counts nothing any more, though the log still names it. */
const OF_TOKENS = 'select id from ephemeral_token'

/**
 * From the requests themselves: of overrides, of tokens and of keys as a whole, for all time and per day that is kept. It walks the
 * whole log. Figures for all time, and of days before `firstWholeDay`, are true only where no request was deleted.
 */
export function sumsOfRequests({ db, zone, now }: UsageMoment, only: 'all' | 'parts'): DaySum[] {
  const kept = firstKeptDay({ zone, now })
  const rows = db.$client
    .prepare<[], QuarterSum>(
      `select key_id as keyId, limit_rule as rule, iif(token_id in (${OF_TOKENS}), token_id, null) as token,
        at / ${QUARTER_MS} as quarter, count(*) as requests,
        sum(input_tokens + output_tokens) as tokens, sum(coalesce(cost_nanos, 0)) as costNanos
      from request where state not in ('open', 'refused') and ${OF_KEYS}
        ${only === 'all' ? '' : 'and (limit_rule is not null or token_id is not null)'}
      group by 1, 2, 3, 4 order by 4`,
    )
    .all()
  const sums = new Map<string, DaySum>()
  const rulesOf = ({ rule, token }: QuarterSum) => [
    ...(only === 'all' ? [''] : []),
    ...(rule === null ? [] : [rule]),
    ...(token === null ? [] : [token]),
  ]
  for (const row of rows) {
    const day = dayKey(zone, row.quarter * QUARTER_MS)
    for (const rule of rulesOf(row)) {
      addTo(sums, row, [rule, ''])
      if (day >= kept) addTo(sums, row, [rule, day])
    }
  }
  return [...sums.values()]
}

function addTo(sums: Map<string, DaySum>, row: QuarterSum, [rule, day]: readonly [string, string]): void {
  const { keyId, requests, tokens, costNanos } = row
  const place = placeOf({ keyId, rule, day })
  const sum = sums.get(place)
  if (sum === undefined) {
    sums.set(place, { keyId, rule, day, requests, tokens, costNanos })
    return
  }
  sum.requests += requests
  sum.tokens += tokens
  sum.costNanos += costNanos
}

/** What names a counter. */
export function placeOf({ keyId, rule, day }: Pick<DaySum, 'keyId' | 'rule' | 'day'>): string {
  return `${keyId} ${rule} ${day}`
}
