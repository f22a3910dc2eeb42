/** The self-check of what limits count: every counter against the sums of the log. Read on the reader's thread. */
import type { UsageCheck, UsageDifference } from '../../shared/models/data-care.ts'
import type { Db } from './database.ts'
import { IS_TOKEN, usageZone, type DaySum } from './usage-day-rows.ts'
import { firstKeptDay, firstWholeDay, placeOf, sumsOfKeys, sumsOfRequests, type UsageMoment } from './usage-day-sums.ts'

/** Differences that are told one by one. */
const MAX_TOLD = 100

/** Against the sums per minute, and where no request was deleted against the requests themselves. */
export function verifyCounters({ db, zone, now }: UsageMoment): UsageCheck {
  return db.$client.transaction(() => {
    const moment = { db, zone, now }
    const whole = firstWholeDay(db, zone)
    const kept = firstKeptDay(moment)
    const counted = countedRows(db)
    const isKept = ({ day }: DaySum) => day === '' || day >= kept
    const isWhole = (sum: DaySum) => isKept(sum) && (whole === '' || (sum.day !== '' && sum.day >= whole))
    const byMinutes = compare(
      counted.filter((sum) => sum.rule === '' && isKept(sum)),
      sumsOfKeys(moment),
      'minutes',
    )
    const byRequests = compare(counted.filter(isWhole), sumsOfRequests(moment, 'all').filter(isWhole), 'requests')
    const differences = [...byMinutes, ...byRequests]
    return { zone, counters: counted.length, found: differences.length, differences: differences.slice(0, MAX_TOLD) }
  })()
}

/** In the zone that the counters are kept in. */
export function queryUsageCheck(db: Db, { now }: { readonly now: number }): UsageCheck {
  return verifyCounters({ db, zone: usageZone(db), now })
}

function countedRows(db: Db): DaySum[] {
  return db.$client
    .prepare<[], DaySum>(
      `select key_id as keyId, rule, day, requests, tokens, cost_nanos as costNanos from usage_day
      where key_id in (select id from api_key) and (not rule ${IS_TOKEN} or rule in (select id from ephemeral_token))`,
    )
    .all()
}

const NOTHING = { requests: 0, tokens: 0, costNanos: 0 }

function compare(counted: readonly DaySum[], summed: readonly DaySum[], against: UsageDifference['against']) {
  const left = new Map(summed.map((sum) => [placeOf(sum), sum]))
  const differences: UsageDifference[] = []
  for (const sum of counted) {
    const place = placeOf(sum)
    const other = left.get(place)
    left.delete(place)
    if (!isSame(sum, other ?? NOTHING)) differences.push(differenceOf(sum, [sum, other ?? NOTHING], against))
  }
  for (const sum of left.values()) {
    if (!isSame(sum, NOTHING)) differences.push(differenceOf(sum, [NOTHING, sum], against))
  }
  return differences
}

type Figures = Pick<DaySum, 'requests' | 'tokens' | 'costNanos'>

function isSame(a: Figures, b: Figures): boolean {
  return a.requests === b.requests && a.tokens === b.tokens && a.costNanos === b.costNanos
}

function differenceOf(
  { keyId, rule, day }: DaySum,
  [counted, summed]: readonly [Figures, Figures],
  against: UsageDifference['against'],
): UsageDifference {
  const named = { keyId, rule: rule === '' ? null : rule, day: day === '' ? null : day }
  return { ...named, against, counted: figuresOf(counted), summed: figuresOf(summed) }
}

function figuresOf({ requests, tokens, costNanos }: Figures): Figures {
  return { requests, tokens, costNanos }
}
