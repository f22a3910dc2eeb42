/** What one key used by the days of the operator's calendar, as its limits count it. */
import { and, asc, eq, gte, or } from 'drizzle-orm'
import type { Db } from './database.ts'
import { usageDay } from './schema/usage-day.ts'

export interface UsageDayRow {
  /** The override; empty for the key as a whole. */
  readonly rule: string
  /** `2026-11-21`; empty for all time. */
  readonly day: string
  readonly requests: number
  readonly tokens: number
  readonly costNanos: number
}

/** From that day on, oldest first; all time is the first of each rule. Days on which nothing was used are left out. */
export function queryUsageDays(db: Db, keyId: string, from: string): UsageDayRow[] {
  const { rule, day, requests, tokens, costNanos } = usageDay
  return db
    .select({ rule, day, requests, tokens, costNanos })
    .from(usageDay)
    .where(and(eq(usageDay.keyId, keyId), or(eq(day, ''), gte(day, from))))
    .orderBy(asc(rule), asc(day))
    .all()
}
