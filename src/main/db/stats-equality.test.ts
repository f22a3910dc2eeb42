/**
 * Figures that are put together from what is kept of the past must be those that one query over the minutes gives: on
 * random traffic, at random moments, across the changes of daylight saving, and while new rows arrive.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { createCountedLog } from '../../../test/support/counted-log.ts'
import { makeTempDir } from '../../../test/support/temp-dir.ts'
import { seriesQuery, statsQuery, type SeriesQuery, type StatsDimension } from '../../shared/models/stats.ts'
import { createJournalRows } from './journal-rows.ts'
import { openDatabase, type OpenedDatabase } from './open.ts'
import { usageBucket } from './schema/usage-bucket.ts'
import { createFigures, type AnswerFigures, type Figures, type FiguresKind } from './stats-answers.ts'
import { queryStats } from './stats-query.ts'
import { usageDayOf } from './usage-day-rows.ts'

const MINUTE = 60_000
const DAY = 1_440
const ROWS = 2_000
const MODELS = ['', 'gpt-5', 'o9', 'claude']

const opened: OpenedDatabase[] = []
afterEach(() => {
  for (const database of opened.splice(0)) database.close()
})

/** The same numbers with each run, from 0 to below `below`. */
function createDice(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** 33 days of traffic up to `now`, more of it towards the end; a quarter of it of no model, as refusals may be. */
function openHouse(now: number, seed: number) {
  const database = openDatabase({ dataDir: makeTempDir('stats-equality') })
  opened.push(database)
  const { db } = database
  const dice = createDice(seed)
  const last = Math.floor(now / MINUTE)
  const rows = createJournalRows(db, usageDayOf(db))
  const log = createCountedLog('')
  /** One request, by the statements that write the real ones. Returns how to add another one to the same sums. */
  function settle(minute: number): () => void {
    const key = dice(7)
    const ids = { keyId: `key_${key}`, poolId: `pool_${key % 3}`, model: MODELS[dice(4)] ?? null }
    const settled = log.settled({ upstreamId: `ups_${dice(4)}`, costNanos: dice(1e9) })
    const write = () =>
      rows.write([{ admitted: log.admitted(minute * MINUTE, ids), settled, isInserted: false, place: -1 }])
    write()
    return write
  }
  /**
   * A row of sums that is new, of any time: one of the past is noticed, as a clock that was set back writes it. Where there
   * is a row already it stays as it is: what is added to it in the past may not be seen before the next start.
   */
  function put(minute: number): void {
    const key = dice(7)
    const sums = { failed: dice(3), refused: dice(2), inputTokens: dice(9_000), cachedTokens: dice(900) }
    const more = {
      outputTokens: dice(2_000),
      reasoningTokens: dice(200),
      costNanos: dice(1e9),
      durationMs: dice(9_999),
    }
    const ids = { keyId: `key_${key}`, poolId: `pool_${key % 3}`, upstreamId: dice(9) === 0 ? '' : `ups_${dice(4)}` }
    const row = { minute, ...ids, model: MODELS[dice(4)] ?? '', requests: 1 + dice(5) }
    db.insert(usageBucket)
      .values({ ...row, ...sums, ...more })
      .onConflictDoNothing()
      .run()
  }
  db.transaction(() => {
    for (let row = 0; row < ROWS; row++) put(last - dice(dice(4) === 0 ? 33 * DAY : DAY))
  })
  return { db, put, settle, dice, last, answer: createFigures(db) }
}

function ask<K extends FiguresKind>(
  answer: AnswerFigures,
  kind: K,
  asked: { input: Figures[K]['input']; nowMs: number },
) {
  const moment = { nowMs: asked.nowMs, isComplete: true, settlingMs: 30_000 }
  return answer({ kind, input: asked.input, ...moment } as Parameters<AnswerFigures>[0]) as Figures[K]['output']
}

const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1)

/** In the middle of a day, and around the changes of clocks, each in zones that it matters to. */
const moments = [
  ['a day like others', Date.UTC(2026, 5, 17, 13, 37, 12), ['UTC', 'Asia/Kathmandu']],
  ['the hour that comes twice in Berlin', Date.UTC(2026, 9, 25, 1, 20), ['Europe/Berlin', 'Asia/Kathmandu']],
  ['the day after the hour that is left out in Berlin', Date.UTC(2026, 2, 30, 8, 3), ['Europe/Berlin', 'UTC']],
  ['midnight in New York on the day of its change', Date.UTC(2026, 10, 1, 4, 0), ['America/New_York']],
  ['half an hour that comes twice on Lord Howe', Date.UTC(2026, 3, 4, 15, 15), ['Australia/Lord_Howe']],
] as const

describe.each(moments)('figures at %s', (_name, now, zones) => {
  it('say of the models what the minutes say, asked again and again while rows arrive', () => {
    const { db, put, settle, dice, answer } = openHouse(now, now / 1_000)
    let again: (() => void)[] = []
    for (let round = 0; round < 24; round++) {
      const nowMs = now + Math.floor(round / 2) * 7 * MINUTE
      for (const days of [1, 7, 30]) {
        const to = nowMs + MINUTE
        const query = statsQuery.parse({ from: to - days * DAY * MINUTE, to, groupBy: 'model' })
        const expected = queryStats(db, query)
          .filter(({ group }) => group !== '')
          .map(({ group, requests }) => ({ id: group, requests }))
        const models = ask(answer, 'modelsSeen', { input: { days }, nowMs })
        expect(models.toSorted(byId)).toEqual(expected.toSorted(byId))
        expect(models.length).toBeGreaterThan(0)
      }
      // Each second time no new row tells that more was added to those of this moment.
      for (const add of again) add()
      again = []
      if (round % 2 === 1) continue
      const minute = Math.floor(nowMs / MINUTE)
      for (let row = 0; row < 20; row++) {
        if (dice(5) === 0) put(minute - dice(31 * DAY))
        else again.push(settle(minute - dice(3)))
      }
    }
  })

  it('say of the keys what the minutes say, from any minute to any other', () => {
    const { db, dice, last, answer } = openHouse(now, now / 1_000 + 1)
    for (let round = 0; round < 30; round++) {
      const from = (last - dice(33 * DAY)) * MINUTE + dice(MINUTE)
      const to = Math.min((last + 1) * MINUTE, from + (1 + dice(31 * DAY)) * MINUTE)
      const range = { from: Math.floor(from / MINUTE) * MINUTE, to: Math.ceil(to / MINUTE) * MINUTE }
      const expected = queryStats(db, statsQuery.parse(range))[0]
      const { total } = ask(answer, 'keys', { input: { from, to }, nowMs: now })
      const { at: _at, group: _group, ...sums } = expected ?? { at: 0, group: '' }
      expect(total).toEqual(expected === undefined ? expect.objectContaining({ requests: 0 }) : sums)
    }
  })

  it.each(zones)('draw in %s what the minutes of each step say', (zone) => {
    const { db, answer } = openHouse(now, now / 1_000 + 2)
    for (const input of seriesOf(zone)) {
      const { from, to, steps, groups } = ask(answer, 'series', { input, nowMs: now })
      expect([from, to]).toEqual([steps[0], now])
      const ends = [...steps.slice(1), Math.floor(now / MINUTE) * MINUTE + MINUTE]
      const drawn = steps.map((_at, step) => groups.map(({ values }) => values[step] ?? 0))
      const counted = steps.map((at, step) => {
        const points = pointsOf(db, input, { from: at, to: ends[step] ?? at })
        return groups.map(({ id }) => points.get(id ?? '') ?? 0)
      })
      expect(drawn).toEqual(counted)
      expect(groups.length).toBeGreaterThan(0)
    }
  })
})

/** Each range, by each dimension, of all and of one key and Pool. */
function seriesOf(zone: string): SeriesQuery[] {
  const only = [{}, { keyId: 'key_3' }, { poolId: 'pool_1' }, { keyId: 'key_4', poolId: 'pool_1' }]
  const groupings: readonly StatsDimension[] = ['none', 'model', 'key', 'pool', 'upstream']
  return (['24h', '7d', '30d'] as const).flatMap((range, index) =>
    groupings.map((groupBy, place) =>
      seriesQuery.parse({ range, zone, groupBy, top: 20, metric: 'requests', ...only[(index + place) % only.length] }),
    ),
  )
}

/** Requests per group between two moments, by one query over the minutes. */
function pointsOf(
  db: OpenedDatabase['db'],
  query: SeriesQuery,
  range: { from: number; to: number },
): Map<string, number> {
  const { groupBy, keyId, poolId } = query
  const filter = { ...(keyId === undefined ? {} : { keyId }), ...(poolId === undefined ? {} : { poolId }) }
  const points = queryStats(db, statsQuery.parse({ ...range, groupBy, ...filter }))
  return new Map(points.map(({ group, requests }) => [group, requests]))
}
