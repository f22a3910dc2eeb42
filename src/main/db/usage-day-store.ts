/** What limits count over days and longer: read at start for the request path, and counted anew where that is needed. */
import { dayNumber, firstOfMonth, mondayOf } from '../../shared/zone.ts'
import { settingsTable } from '../../shared/settings.ts'
import { zoneOf } from '../../shared/setting-zone.ts'
import { firstIdAt } from '../../shared/request-id.ts'
import type { Db, Tx } from './database.ts'
import { listStoredSettings, readNote, storeNote } from './setting-store.ts'
import { dayName, firstKeptDay, firstWholeDay, sumsOfKeys, sumsOfRequests, type UsageMoment } from './usage-day-sums.ts'
import { IS_TOKEN, type DaySum } from './usage-day-rows.ts'

export interface UsageSums {
  readonly requests: number
  readonly tokens: number
  /** Nano-dollars. */
  readonly costNanos: number
}

export interface RecentUsage {
  /** Epoch ms: the second within the last minute, the minute before that. */
  readonly at: number
  readonly requests: number
  readonly tokens: number
}

/** What one key, or one of its overrides, has used so far: settled requests. */
export interface KeyCounters {
  readonly keyId: string
  /** The override; null for the key as a whole. */
  readonly rule: string | null
  /** The moment these are the day, week, month and hour of; epoch ms. */
  readonly at: number
  readonly day: UsageSums
  readonly week: UsageSums
  readonly month: UsageSums
  readonly total: UsageSums
  /** The last 60 minutes and the running one, in no order. */
  readonly recent: readonly RecentUsage[]
}

const MINUTE_MS = 60_000
const NONE: UsageSums = { requests: 0, tokens: 0, costNanos: 0 }
const NOTHING_RECENT: readonly RecentUsage[] = []

/** Of all keys that used something, or of one. Some 2 µs for each key and override. Tokens are not among them. */
export function loadCounters(moment: UsageMoment, keyId: string | null = null): KeyCounters[] {
  const ofOne = keyId === null ? '' : 'and key_id = @keyId'
  const places = { periods: `not rule ${IS_TOKEN} ${ofOne}`, recent: recentOfKeys(ofOne) }
  return countersAt(moment, places, keyId)
}

/** The same of each token that has limits of its own and has not ended: `rule` is its id. */
export function loadTokenCounters(moment: UsageMoment): KeyCounters[] {
  return countersAt(moment, { periods: `rule in (${LIMITED_TOKENS})`, recent: RECENT_OF_TOKENS }, null)
}

const LIMITED_TOKENS =
  'select id from ephemeral_token where revoked_at is null and expires_at > @now and limits is not null'

interface Places {
  /** Which rows of the days. */
  readonly periods: string
  /** The rows of the last hour. */
  readonly recent: string
}

function countersAt({ db, zone, now }: UsageMoment, places: Places, keyId: string | null): KeyCounters[] {
  return db.$client.transaction(() => {
    const recent = recentByScope(recentRows({ db, now }, places.recent, keyId))
    return periodsOf({ db, zone, now }, places.periods, keyId).map((row): KeyCounters => {
      const { rule } = row
      return {
        keyId: row.keyId,
        rule: rule === '' ? null : rule,
        at: now,
        day: sums(row.dayRequests, row.dayTokens, row.dayCost),
        week: sums(row.weekRequests, row.weekTokens, row.weekCost),
        month: sums(row.monthRequests, row.monthTokens, row.monthCost),
        total: sums(row.requests, row.tokens, row.cost),
        recent: recent.get(row.keyId)?.get(rule) ?? NOTHING_RECENT,
      }
    })
  })()
}

function sums(requests: number, tokens: number, costNanos: number): UsageSums {
  return requests === 0 && tokens === 0 && costNanos === 0 ? NONE : { requests, tokens, costNanos }
}

type Period = 'day' | 'week' | 'month'
type PeriodRow = Readonly<
  Record<'keyId' | 'rule', string> &
    Record<'requests' | 'tokens' | 'cost' | `${Period}${'Requests' | 'Tokens' | 'Cost'}`, number>
>

/** What a wrong clock has put into days to come is of no running period. */
function columnsOf(period: Period): string {
  const isIn = period === 'day' ? 'day = @day' : `day >= @${period} and day <= @day`
  const column = (name: string, of: string) => `sum(iif(${isIn}, ${of}, 0)) as ${period}${name}`
  return [column('Requests', 'requests'), column('Tokens', 'tokens'), column('Cost', 'cost_nanos')].join(', ')
}

const PERIODS = `select key_id as keyId, rule, sum(iif(day = '', requests, 0)) as requests,
  sum(iif(day = '', tokens, 0)) as tokens, sum(iif(day = '', cost_nanos, 0)) as cost,
  ${columnsOf('day')}, ${columnsOf('week')}, ${columnsOf('month')} from usage_day where (day = '' or day >= @from)`

/** One row for each key and override, or token. Summed in SQL: a row less to make is more than a comparison. */
function periodsOf({ db, zone, now }: UsageMoment, which: string, keyId: string | null): PeriodRow[] {
  const today = dayNumber(zone, now)
  const [day, week, month] = [dayName(today), dayName(mondayOf(today)), dayName(firstOfMonth(today))]
  // A week may reach into the month before.
  const bound = { day, week, month, from: week < month ? week : month, now, keyId }
  return db.$client.prepare<[typeof bound], PeriodRow>(`${PERIODS} and ${which} group by key_id, rule`).all(bound)
}

function recentByScope(rows: readonly RecentRow[]): Map<string, Map<string, RecentUsage[]>> {
  const keys = new Map<string, Map<string, RecentUsage[]>>()
  for (const { keyId, rule, ...used } of rows) {
    const rules = keys.get(keyId) ?? new Map<string, RecentUsage[]>()
    keys.set(keyId, rules)
    const known = rules.get(rule)
    if (known === undefined) rules.set(rule, [used])
    else known.push(used)
  }
  return keys
}

interface RecentRow extends RecentUsage {
  readonly keyId: string
  readonly rule: string
}

/** A request counts from its charge on; its id is from its arrival, before its body had come. */
const BODY_WAIT_MS = 600_000

const USED = 'count(*) as requests, sum(input_tokens + output_tokens) as tokens from request'

const SETTLED = `state not in ('open', 'refused') and id >= @id`
/** To the second within the last minute. */
const MOMENT = 'iif(at >= @minute, at / 1000 * 1000, at / 60000 * 60000)'
const RECENT_OF_TOKENS = `select key_id as keyId, token_id as rule, ${MOMENT} as at, ${USED}
  where ${SETTLED} and at >= @hour and token_id is not null group by 1, 2, 3`

/** Of keys from the sums per minute, of the last minute and of overrides from the requests. */
function recentOfKeys(ofOne: string): string {
  const settled = `${SETTLED} ${ofOne}`
  return `select key_id as keyId, '' as rule, minute * 60000 as at, sum(requests - refused) as requests,
    sum(input_tokens + output_tokens) as tokens from usage_bucket
  where minute >= @hour / 60000 and minute < @minute / 60000 ${ofOne} group by 1, 3
  union all
  select key_id, '', at / 1000 * 1000, ${USED} where ${settled} and at >= @minute group by 1, 3
  union all
  select key_id, limit_rule, ${MOMENT}, ${USED}
  where ${settled} and at >= @hour and limit_rule is not null group by 1, 2, 3`
}

function recentRows({ db, now }: Pick<UsageMoment, 'db' | 'now'>, query: string, keyId: string | null): RecentRow[] {
  const minute = Math.floor(now / MINUTE_MS) * MINUTE_MS - MINUTE_MS
  const hour = minute - 59 * MINUTE_MS
  const bound = { hour, minute, id: firstIdAt(hour - BODY_WAIT_MS), keyId }
  const rows = db.$client.prepare<[typeof bound], RecentRow>(query).all(bound)
  return rows.filter(({ requests, tokens }) => requests > 0 || tokens > 0)
}

/** The zone that the settings name. */
function wantedZone(db: Db): string {
  const stored = listStoredSettings(db).find(({ key }) => key === 'limits.zone')?.value
  const parsed = settingsTable['limits.zone'].schema.safeParse(stored ?? '')
  return zoneOf(parsed.success ? parsed.data : '')
}

/**
 * At start, before the journal is taken over: counts the log anew where it never was counted, or by the days of another
 * zone. Returns the zone that holds until the next start, and whether it counted.
 */
export function prepareUsageDays(db: Db, now: number): { readonly zone: string; readonly isRebuilt: boolean } {
  const zone = wantedZone(db)
  if (readNote(db, 'usage.zone') === zone) return { zone, isRebuilt: false }
  rebuildUsageDays({ db, zone, now })
  return { zone, isRebuilt: true }
}

/** In one transaction; some seconds for a log of millions. */
export function rebuildUsageDays({ db, zone, now }: UsageMoment): void {
  db.transaction((tx) => {
    if (readNote(tx, 'usage.rowsFrom') === undefined) storeNote(tx, 'usage.rowsFrom', oldestWhole(db, now))
    const whole = firstWholeDay(tx, zone)
    const { $client } = db
    $client.prepare(`delete from usage_day where rule = '' or day >= ? or ? = ''`).run(whole, whole)
    const insert = $client.prepare(
      'insert into usage_day (key_id, rule, day, requests, tokens, cost_nanos) values (?, ?, ?, ?, ?, ?)',
    )
    const write = ({ keyId, rule, day, requests, tokens, costNanos }: DaySum) =>
      insert.run(keyId, rule, day, requests, tokens, costNanos)
    sumsOfKeys({ db, zone, now }).forEach(write)
    for (const sum of sumsOfRequests({ db, zone, now }, 'parts')) {
      if (whole === '' || (sum.day !== '' && sum.day >= whole)) write(sum)
    }
    storeNote(tx, 'usage.zone', zone)
  })
}

/** An earlier version did not note what retention deleted: the sums per minute tell. 0 where nothing is missing. */
function oldestWhole(db: Db, now: number): number {
  const { $client } = db
  const summed = $client.prepare<[], number | null>('select min(minute) from usage_bucket').pluck().get() ?? null
  const oldest = $client
    .prepare<[], number>(`select at from request where state <> 'open' order by id limit 1`)
    .pluck()
    .get()
  if (summed === null || (oldest !== undefined && summed >= Math.floor(oldest / MINUTE_MS))) return 0
  return oldest ?? now
}

/** Steps of the table that one turn of the event loop walks when old days are dropped. */
const ROWS_PER_STEP = 5_000

/** Deletes days that are no longer kept in the next window after `afterRow`. Returns where to go on, null at the end. */
export function dropOldDays({ db, zone, now }: UsageMoment, afterRow: number): number | null {
  const { $client } = db
  const end = $client.prepare<[], number | null>('select max(rowid) from usage_day').pluck().get() ?? 0
  if (afterRow >= end) return null
  const until = afterRow + ROWS_PER_STEP
  $client
    .prepare(`delete from usage_day where rowid > ? and rowid <= ? and day <> '' and day < ?`)
    .run(afterRow, until, firstKeptDay({ zone, now }))
  return until
}

/** Retention deleted requests up to this moment, epoch ms: sums of requests are whole from then on. */
export function noteDeletedUntil(db: Db | Tx, at: number): void {
  const known = readNote(db, 'usage.rowsFrom')
  if (typeof known !== 'number' || known <= at) storeNote(db, 'usage.rowsFrom', at + 1)
}
