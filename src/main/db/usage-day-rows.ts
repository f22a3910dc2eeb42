/**
 * What limits count over days and longer, as statements for the transactions that write the log: so counters and log
 * cannot disagree. A refused request counts nothing, any other once, with its tokens and cost, on the day it arrived.
 */
import { systemZone } from '../../shared/setting-zone.ts'
import { dayKey } from '../../shared/zone.ts'
import type { Db } from './database.ts'
import { readNote } from './setting-store.ts'

/** The operator's date at a moment, epoch ms: `2026-11-21`. */
export type DayOf = (at: number) => string

/** What one transaction adds to a day. */
export interface DaySum {
  readonly keyId: string
  /** The override or the token that it is of; empty for the key as a whole. */
  readonly rule: string
  /** Empty for all time. */
  readonly day: string
  requests: number
  tokens: number
  costNanos: number
}

/** A request that was dispatched. */
export interface Charge {
  readonly keyId: string
  /** The override that applied. */
  readonly rule: string | null
  /** The ephemeral token that it came with. */
  readonly token: string | null
  /** Epoch ms of its arrival. */
  readonly at: number
  readonly tokens: number
  readonly costNanos: number
}

/** How ids of tokens begin, in SQL: no override has such an id. */
export const IS_TOKEN = "glob 'tok_*'"

/** The zone that the days in this database are of. */
export function usageZone(db: Db): string {
  const zone = readNote(db, 'usage.zone')
  return typeof zone === 'string' ? zone : systemZone()
}

/** For the journal: fixed for as long as the database is open. */
export function usageDayOf(db: Db): DayOf {
  const zone = usageZone(db)
  return (at) => dayKey(zone, at)
}

export function addCharge(sums: DaySum[], charge: Charge, day: string): void {
  addTo(sums, charge, ['', day])
  if (charge.rule !== null) addTo(sums, charge, [charge.rule, day])
  if (charge.token !== null) addTo(sums, charge, [charge.token, day])
}

/** Walks from the newest: in one transaction there are few, and the last one is nearly always the next one's. */
function addTo(sums: DaySum[], charge: Charge, [rule, day]: readonly [string, string]): void {
  const { keyId, tokens, costNanos } = charge
  for (let i = sums.length - 1; i >= 0; i--) {
    const sum = sums[i]
    if (sum !== undefined && sum.keyId === keyId && sum.rule === rule && sum.day === day) {
      sum.requests++
      sum.tokens += tokens
      sum.costNanos += costNanos
      return
    }
  }
  sums.push({ keyId, rule, day, requests: 1, tokens, costNanos })
}

const ADD = `insert into usage_day (key_id, rule, day, requests, tokens, cost_nanos) values (?, ?, ?, ?, ?, ?)
  on conflict do update set requests = requests + excluded.requests, tokens = tokens + excluded.tokens,
  cost_nanos = cost_nanos + excluded.cost_nanos`

/** Adds to the day and to all time, inside the caller's transaction. */
export function createDayWriter(db: Db): (sums: readonly DaySum[]) => void {
  const add = db.$client.prepare(ADD)
  return (sums) => {
    for (const { keyId, rule, day, requests, tokens, costNanos } of sums) {
      add.run(keyId, rule, day, requests, tokens, costNanos)
      add.run(keyId, rule, '', requests, tokens, costNanos)
    }
  }
}
