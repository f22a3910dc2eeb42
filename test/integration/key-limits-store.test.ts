/** What limits of keys count, on a real database file: it is what the log says, whatever happened meanwhile. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Db } from '../../src/main/db/database.ts'
import { admittedLine, openJournalFile, settledLine } from '../../src/main/db/journal-file.ts'
import { openDatabase } from '../../src/main/db/open.ts'
import { closeInterrupted, replayJournal } from '../../src/main/db/recovery.ts'
import { createRetentionSlices } from '../../src/main/db/retention-store.ts'
import { storeSetting } from '../../src/main/db/setting-store.ts'
import { queryUsageCheck } from '../../src/main/db/usage-day-check.ts'
import type { DaySum } from '../../src/main/db/usage-day-rows.ts'
import { dropOldDays, loadCounters, prepareUsageDays } from '../../src/main/db/usage-day-store.ts'
import { counters, createCountedLog, insertKeys, NOW, summed, type CountedLog } from '../support/counted-log.ts'
import { makeTempDir } from '../support/temp-dir.ts'

const ZURICH = 'Europe/Zurich'
const AUCKLAND = 'Pacific/Auckland'

let dataDir: string
let opened: ReturnType<typeof openDatabase>
let made: CountedLog

function open(): Db {
  opened = openDatabase({ dataDir })
  return opened.db
}

beforeEach(() => {
  dataDir = makeTempDir('key-limits')
  const db = open()
  storeSetting(db, 'limits.zone', ZURICH)
  prepareUsageDays(db, NOW)
  insertKeys(db)
  made = createCountedLog(dataDir)
})
afterEach(() => opened.close())

describe('what limits count', () => {
  it('is in the day of the arrival, of the key and of its override; a refused request counts nothing', () => {
    const { db } = opened
    const midnight = Date.UTC(2026, 2, 31, 22)
    made.log(db, [
      [made.admitted(midnight - 1), made.settled()],
      [
        made.admitted(midnight, { limitRule: 'lim_1' }),
        made.settled({ state: 'failed', errorCode: 'upstream_error', status: 502 }),
      ],
      [made.admitted(midnight), made.refused()],
      [made.admitted(midnight, { keyId: 'key_b' }), made.settled({ state: 'aborted', costNanos: null })],
    ])
    const once = { requests: 1, tokens: 30, costNanos: 700 }
    expect(counters(db)).toEqual([
      { keyId: 'key_a', rule: '', day: '', requests: 2, tokens: 60, costNanos: 1_400 },
      { keyId: 'key_a', rule: '', day: '2026-03-31', ...once },
      { keyId: 'key_a', rule: '', day: '2026-04-01', ...once },
      { keyId: 'key_a', rule: 'lim_1', day: '', ...once },
      { keyId: 'key_a', rule: 'lim_1', day: '2026-04-01', ...once },
      { keyId: 'key_b', rule: '', day: '', ...once, costNanos: 0 },
      { keyId: 'key_b', rule: '', day: '2026-04-01', ...once, costNanos: 0 },
    ])
    expect(queryUsageCheck(db, { now: NOW })).toEqual({ zone: ZURICH, counters: 7, found: 0, differences: [] })
  })

  it('is charged once after a kill, however often the journal is taken over', () => {
    const ended = made.admitted(NOW - 5, { limitRule: 'lim_1' })
    const running = made.admitted(NOW - 4, { limitRule: 'lim_1' })
    const unpriced = made.admitted(NOW - 3, { reservedCostNanos: null })
    const lines = [ended, running, unpriced].map(admittedLine).join('') + settledLine(ended.id, made.settled())
    for (let start = 0; start < 3; start += 1) {
      const file = openJournalFile(dataDir)
      file.append(lines)
      file.close()
      replayJournal(opened.db, dataDir)
      expect(closeInterrupted(opened.db)).toBe(start === 0 ? 2 : 0)
    }
    const total = counters(opened.db).filter(({ day }) => day === '')
    expect(total.map(({ rule, requests, tokens, costNanos }) => [rule, requests, tokens, costNanos])).toEqual([
      ['', 3, 30 + 1_100 + 1_100, 700 + 5_000],
      ['lim_1', 2, 30 + 1_100, 700 + 5_000],
    ])
    const rows = opened.db.$client.prepare('select state, cost_nanos from request order by id').raw().all()
    expect(rows).toEqual([
      ['completed', 700],
      ['interrupted', 5_000],
      ['interrupted', null],
    ])
    const cost = opened.db.$client.prepare('select sum(cost_nanos) from usage_bucket').pluck().get()
    expect(cost).toBe(5_700)
    expect(queryUsageCheck(opened.db, { now: NOW }).found).toBe(0)
  })

  it('is what the log comes to, and again by the days of another zone', () => {
    made.log(opened.db, made.weeks(3_000, 40))
    expect(counters(opened.db)).toEqual(summed(opened.db, ZURICH))
    storeSetting(opened.db, 'limits.zone', AUCKLAND)
    opened.close()
    const db = open()
    expect(prepareUsageDays(db, NOW)).toEqual({ zone: AUCKLAND, isRebuilt: true })
    expect(counters(db)).toEqual(summed(db, AUCKLAND))
    expect(summed(db, AUCKLAND)).not.toEqual(summed(db, ZURICH))
    expect(prepareUsageDays(db, NOW).isRebuilt).toBe(false)
    made.log(db, made.weeks(100, 3))
    expect(counters(db)).toEqual(summed(db, AUCKLAND))
  })

  it('is summed from a log that an earlier version wrote', () => {
    const { db } = opened
    made.log(
      db,
      made.weeks(500, 20).map(([row, end]) => [{ ...row, limitRule: null }, end]),
    )
    db.$client.exec(`delete from usage_day; delete from setting where key like 'usage.%'`)
    prepareUsageDays(db, NOW)
    expect(counters(db)).toEqual(summed(db, ZURICH))
  })

  it('does not shrink with the log: neither by retention nor by a change of zone after it', () => {
    const { db } = opened
    made.log(db, made.weeks(3_000, 40))
    const before = counters(db)
    const bound = db.$client.prepare<[], number>('select id from request order by id limit 1 offset 2500').pluck().get()
    const slices = createRetentionSlices(db, bound ?? 0)
    while (slices.next().deleted > 0);
    expect(db.$client.prepare('select count(*) from request').pluck().get()).toBe(500)
    expect(counters(db)).toEqual(before)
    expect(queryUsageCheck(db, { now: NOW })).toMatchObject({ found: 0, counters: before.length })
    storeSetting(db, 'limits.zone', AUCKLAND)
    prepareUsageDays(db, NOW)
    const totals = (rows: DaySum[]) => rows.filter(({ day }) => day === '')
    expect(totals(counters(db))).toEqual(totals(before))
    expect(queryUsageCheck(db, { now: NOW })).toMatchObject({ found: 0 })
  })

  it('loses days that no limit looks back to, and never a total', () => {
    const { db } = opened
    made.log(db, made.weeks(2_000, 100))
    const before = counters(db)
    let row: number | null = 0
    while (row !== null) row = dropOldDays({ db, zone: ZURICH, now: NOW }, row)
    expect(counters(db)).toEqual(before.filter(({ day }) => day === '' || day >= '2026-01-29'))
    expect(before.some(({ day }) => day !== '' && day < '2026-01-29')).toBe(true)
    expect(queryUsageCheck(db, { now: NOW }).found).toBe(0)
  })

  it.each([
    [
      'a counter that was changed',
      `update usage_day set cost_nanos = cost_nanos + 1 where rule = 'lim_1' and day = ''`,
      3,
    ],
    [
      'a counter that is missing',
      `delete from usage_day where key_id = 'key_b' and rule = '' and day = '2026-04-01'`,
      2,
    ],
    ['a counter of nothing', `insert into usage_day values ('key_a', 'lim_9', '2026-04-01', 1, 0, 0)`, 1],
    [
      'a sum per minute',
      `update usage_bucket set input_tokens = input_tokens + 1 where key_id = 'key_c'
      and minute = (select max(minute) from usage_bucket where key_id = 'key_c')`,
      2,
    ],
    [
      'a request that is gone',
      `delete from request where id = (select max(id) from request where limit_rule = 'lim_1'
      and state <> 'refused')`,
      4,
    ],
  ])('is checked against the log: finds %s', (_case, sql, found) => {
    const { db } = opened
    made.log(db, made.weeks(600, 10))
    expect(queryUsageCheck(db, { now: NOW }).found).toBe(0)
    db.$client.exec(sql)
    const check = queryUsageCheck(db, { now: NOW })
    expect([check.found, check.differences.length]).toEqual([found, found])
    for (const { counted, summed: log } of check.differences) expect(counted).not.toEqual(log)
  })
})

describe('counters at start', () => {
  it('are the sums of the running day, week, month and hour', () => {
    const { db } = opened
    made.log(db, made.weeks(4_000, 40))
    const recent = [1, 900, 1_100, 59_000, 61_000, 125_000, 3_500_000, 4_000_000].flatMap((ago) => [
      [made.admitted(NOW - ago), made.settled()] as const,
      [made.admitted(NOW - ago, { limitRule: 'lim_1' }), made.settled()] as const,
      [made.admitted(NOW - ago, { keyId: 'key_b' }), made.refused()] as const,
    ])
    made.log(db, recent.toReversed())
    const days = summed(db, ZURICH)
    const since = (keyId: string, rule: string, from: string) => {
      const sum = { requests: 0, tokens: 0, costNanos: 0 }
      for (const each of days) {
        const isIn = from === '' ? each.day === '' : each.day >= from
        if (each.keyId !== keyId || each.rule !== rule || !isIn) continue
        sum.requests += each.requests
        sum.tokens += each.tokens
        sum.costNanos += each.costNanos
      }
      return sum
    }
    const loaded = loadCounters({ db, zone: ZURICH, now: NOW })
    expect(loaded.length).toBe(9)
    for (const { keyId, rule, at, day, week, month, total } of loaded) {
      expect({ at, day, week, month, total }).toEqual({
        at: NOW,
        day: since(keyId, rule ?? '', '2026-04-01'),
        week: since(keyId, rule ?? '', '2026-03-30'),
        month: since(keyId, rule ?? '', '2026-04-01'),
        total: since(keyId, rule ?? '', ''),
      })
    }
    expect(loadCounters({ db, zone: ZURICH, now: NOW }, 'key_a')).toEqual(
      loaded.filter(({ keyId }) => keyId === 'key_a'),
    )
  })

  it('have the last minute to the second and the hour before it to the minute, each request once', () => {
    const { db } = opened
    const ages = [0, 900, 1_100, 59_000, 61_000, 125_000, 3_500_000]
    made.log(
      db,
      ages.toReversed().map((ago) => [made.admitted(NOW - ago, { limitRule: 'lim_1' }), made.settled()]),
    )
    made.log(db, [[made.admitted(NOW, { keyId: 'key_b' }), made.refused()]])
    const loaded = loadCounters({ db, zone: ZURICH, now: NOW })
    expect(loaded.map(({ keyId, rule }) => [keyId, rule])).toEqual([
      ['key_a', null],
      ['key_a', 'lim_1'],
    ])
    for (const { recent } of loaded) {
      const sum = recent.reduce((all, each) => all + each.requests, 0)
      expect(sum).toBe(ages.length)
      for (const ago of [0, 900, 1_100, 59_000, 61_000]) {
        const second = Math.floor((NOW - ago) / 1_000) * 1_000
        expect(recent.find(({ at }) => at === second)?.requests).toBeGreaterThan(0)
      }
      for (const ago of [125_000, 3_500_000]) {
        const minute = Math.floor((NOW - ago) / 60_000) * 60_000
        expect(recent).toContainEqual({ at: minute, requests: 1, tokens: 30 })
      }
    }
  })
})
