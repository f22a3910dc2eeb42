import { describe, expect, it } from 'vitest'
import type { BudgetFacts, Notice } from '../../shared/models/notice.ts'
import { atWords, noticeParts, noticeText } from './notice-words.ts'

const moment = (text: string) => new Date(text).getTime()
const at = moment('2026-03-04T14:05:00')

const facts: BudgetFacts = {
  field: 'budgetPerDay',
  overrideId: null,
  model: null,
  threshold: 80,
  limit: 10_000_000_000,
  used: 8_020_000_000,
  resetAt: moment('2026-03-05T00:00:00'),
  fullAt: moment('2026-03-04T16:40:00'),
}

const notice = (patch: Partial<BudgetFacts> | null = {}): Notice => ({
  id: 'ntc_1',
  at,
  kind: patch === null ? 'upstream.authRequired' : 'budget.threshold',
  level: 'warning',
  subject: { kind: patch === null ? 'upstream' : 'key', id: 'key_1', name: 'laptop' },
  budget: patch === null ? null : { ...facts, ...patch },
  readAt: null,
})

describe('noticeText', () => {
  it.each<[Partial<BudgetFacts> | null, string]>([
    [
      {},
      'Key laptop has used 80 % of its budget per day: $8.02 of $10.00; at this pace full at 16:40, resets at midnight.',
    ],
    [
      { threshold: 100, used: 10_000_000_000, fullAt: null },
      'Key laptop has used up its budget per day: $10.00 of $10.00; resets at midnight.',
    ],
    [
      { threshold: 100, used: 10_500_000_000 },
      'Key laptop has used up its budget per day: $10.50 of $10.00; resets at midnight.',
    ],
    [
      {
        field: 'budgetPerMonth',
        model: 'gpt-5*',
        threshold: 50,
        used: 5_125_000_000,
        fullAt: moment('2026-03-20T09:30:00'),
        resetAt: moment('2026-04-01T00:00:00'),
      },
      'Key laptop has used 50 % of its budget per month for gpt-5*: $5.13 of $10.00; at this pace full on 2026-03-20 09:30, resets on 2026-04-01.',
    ],
    [
      { field: 'budgetTotal', resetAt: null, fullAt: null },
      'Key laptop has used 80 % of its budget in total: $8.02 of $10.00.',
    ],
    [null, 'Upstream laptop cannot be used: its provider refuses the credential. Sign in again or replace its secret.'],
  ])('of %j', (patch, text) => expect(noticeText(notice(patch))).toBe(text))

  it('tells of a saved reset before it is lost', () => {
    expect(noticeText({ ...notice(null), kind: 'upstream.quotaDry' })).toMatch(/^Upstream .+ has used up its quota\. /)
    expect(noticeText({ ...notice(null), kind: 'pool.quotaDry' })).toMatch(
      /^Every account of the Pool .+ has used up its quota\. /,
    )
    expect(noticeText({ ...notice(null), kind: 'upstream.resetExpires' })).toBe(
      'A saved reset of laptop expires within 24 hours. Use it before, or it is lost.',
    )
  })

  it('marks the name, whatever is in it', () => {
    const parts = noticeParts({ ...notice(), subject: { kind: 'key', id: 'key_1', name: 'a <b>' } })
    const of = (kind: string) => parts.filter((part) => part.kind === kind).map(({ text }) => text)
    expect(of('name')).toEqual(['a <b>'])
    expect(of('time')).toEqual(['at 16:40', 'at midnight'])
  })
})

describe('atWords', () => {
  it('says no more of the date than is needed', () => {
    expect(atWords(moment('2026-03-04T23:59:00'), at)).toBe('at 23:59')
    expect(atWords(moment('2026-03-05T00:00:00'), at)).toBe('at midnight')
    expect(atWords(moment('2026-03-05T00:01:00'), at)).toBe('on 2026-03-05 00:01')
    expect(atWords(moment('2026-03-09T00:00:00'), at)).toBe('on 2026-03-09')
  })
})
