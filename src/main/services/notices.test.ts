import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../db/open.ts'
import { insertNotice, trimNotices, type NoticeDraft } from '../db/notice-store.ts'
import type { CoreEvent } from '../../shared/contract.ts'
import { noticeFilter, type BudgetFacts, type Notice } from '../../shared/models/notice.ts'
import { makeTempDir } from '../../../test/support/temp-dir.ts'
import { createInAppSink, type NoticeSink } from './notice-sink.ts'
import { createNotices } from './notices.ts'

const NOW = Date.parse('2026-11-21T12:00Z')
let database: ReturnType<typeof openDatabase>
let dataDir: string
beforeEach(() => {
  dataDir = makeTempDir('notices')
  database = openDatabase({ dataDir })
})
afterEach(() => database.close())

const facts: BudgetFacts = {
  field: 'budgetPerDay',
  overrideId: null,
  model: null,
  threshold: 80,
  limit: 10,
  used: 8,
  resetAt: NOW + 1_000,
  fullAt: null,
}

function draft(once: string, change: Partial<NoticeDraft> = {}): NoticeDraft {
  const subject = { kind: 'key', id: 'key_gone', name: 'laptop' } as const
  return { at: NOW, kind: 'budget.threshold', level: 'warning', subject, budget: facts, once, ...change }
}

function start(more: readonly NoticeSink[] = []) {
  const events: CoreEvent[] = []
  const logged: string[] = []
  const hub = { emit: (event: CoreEvent) => void events.push(event) }
  const log = { error: (message: string) => void logged.push(message) }
  const sinks = [...more, createInAppSink(hub)]
  return { events, logged, notices: createNotices({ db: database.db, sinks, events: hub, log, now: () => NOW }) }
}

const list = (notices: ReturnType<typeof start>['notices'], filter: object = {}) =>
  notices.list(noticeFilter.parse(filter))
const shown = (rows: readonly Notice[]) => rows.map(({ budget }) => budget?.used)

describe('notices', () => {
  it('are kept and told once, also by a second run', () => {
    const { notices, events } = start()
    expect([notices.tell(draft('a')), notices.tell(draft('a')), notices.tell(draft('b'))]).toEqual([true, true, true])
    expect(events).toEqual([{ type: 'notice.changed' }, { type: 'notice.changed' }])
    database.close()
    database = openDatabase({ dataDir })
    const again = start()
    again.notices.tell(draft('a'))
    expect(again.events).toEqual([])
    const { rows, unread, next } = list(again.notices)
    expect([rows.length, unread, next]).toEqual([2, 2, null])
    expect(rows[1]).toEqual({
      id: '1',
      at: NOW,
      kind: 'budget.threshold',
      level: 'warning',
      subject: { kind: 'key', id: 'key_gone', name: 'laptop' },
      budget: facts,
      readAt: null,
    })
  })

  it('reach every sink, though one of them fails', () => {
    const got: Notice[] = []
    const broken: NoticeSink = {
      deliver() {
        throw new Error('no mail today')
      },
    }
    const { notices, events, logged } = start([broken, { deliver: (notice) => void got.push(notice) }])
    expect(notices.tell(draft('a'))).toBe(true)
    expect([got.length, events.length, logged]).toEqual([1, 1, ['a notice could not be delivered']])
  })

  it('are not lost for good where the disk refuses', () => {
    const { notices, logged } = start()
    database.db.$client.exec('drop table notice')
    expect(notices.tell(draft('a'))).toBe(false)
    expect(logged).toEqual(['a notice could not be kept'])
  })

  it('come in pages, newest first, of one subject and unread', () => {
    const { notices } = start()
    for (let used = 1; used <= 5; used++) notices.tell(draft(`n ${used}`, { budget: { ...facts, used } }))
    const subject = { kind: 'upstream', id: 'ups_1', name: 'OpenAI' } as const
    notices.tell(draft('u', { subject, kind: 'upstream.authRequired', budget: null }))
    const first = list(notices, { limit: 2, subjectId: 'key_gone' })
    expect([shown(first.rows), first.next]).toEqual([[5, 4], '4'])
    const second = list(notices, { limit: 3, subjectId: 'key_gone', before: first.next })
    expect([shown(second.rows), second.next]).toEqual([[3, 2, 1], null])
    expect(list(notices, { before: 'nonsense' }).rows).toEqual([])
    expect(notices.mark({ ids: ['5', 'nonsense', '99'], read: true })).toEqual({ unread: 5 })
    expect(shown(list(notices, { unreadOnly: true }).rows)).toEqual([undefined, 4, 3, 2, 1])
  })

  it('are marked read and unread, one by one and all, and the pages hear of it where something changed', () => {
    const { notices, events } = start()
    for (const once of ['a', 'b', 'c']) notices.tell(draft(once))
    events.length = 0
    expect(notices.mark({ ids: ['2'], read: true })).toEqual({ unread: 2 })
    expect(list(notices).rows.map(({ readAt }) => readAt)).toEqual([null, NOW, null])
    expect(notices.mark({ ids: ['2'], read: true })).toEqual({ unread: 2 })
    expect(events.length).toBe(1)
    expect(notices.mark({ read: true })).toEqual({ unread: 0 })
    expect(notices.mark({ read: false })).toEqual({ unread: 3 })
    expect(events.length).toBe(3)
  })

  it('are bounded: the oldest read ones go, but none that could be told again', () => {
    const { notices } = start()
    const { db } = database
    db.$client.exec(`insert into pool (id, name, status, strategy, notes, created_at, updated_at)
      values ('pool_1', 'p', 'active', 'priority', '', 0, 0);
      insert into api_key (id, pool_id, public_id, secret_hash, name, status, notes, metadata, model_policy, enforced,
        ip_allowlist, created_at, updated_at)
      values ('key_here', 'pool_1', 'x', x'00', 'k', 'active', '', '{}', '{"mode":"all"}', '{}', '[]', 0, 0)`)
    const total = { ...facts, resetAt: null }
    insertNotice(db, draft('total', { budget: total, subject: { kind: 'key', id: 'key_here', name: 'k' } }))
    for (const once of ['a', 'b', 'c', 'd']) insertNotice(db, draft(once, { budget: { ...facts, resetAt: NOW } }))
    notices.mark({ ids: ['1', '4'], read: true })
    trimNotices(db, { most: 4, now: NOW })
    expect(list(notices).rows.map(({ id }) => id)).toEqual(['5', '3', '2', '1'])
    trimNotices(db, { most: 2, now: NOW })
    expect(list(notices).rows.map(({ id }) => id)).toEqual(['5', '1'])
    trimNotices(db, { most: 0, now: NOW })
    expect(list(notices).rows.map(({ id }) => id)).toEqual(['1'])
    db.$client.exec('delete from api_key')
    trimNotices(db, { most: 0, now: NOW })
    expect(list(notices).rows).toEqual([])
  })
})
