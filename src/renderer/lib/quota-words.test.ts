import { describe, expect, it } from 'vitest'
import type { AccountWindow } from '../../shared/models/quota.ts'
import type { Upstream } from '../../shared/models/upstream.ts'
import {
  atGlance,
  comingResets,
  forecastWords,
  inOrder,
  leastLeft,
  leftWord,
  percentLeft,
  restWords,
  windowTitle,
} from './quota-words.ts'

const now = new Date('2026-03-04T14:05:00').getTime()
const at = (text: string) => new Date(`2026-03-${text}`).getTime()

const window = (patch: Partial<AccountWindow> = {}): AccountWindow => ({
  meter: '',
  minutes: 300,
  usedPercent: 38,
  resetsAt: at('04T18:05:00'),
  observedAt: now,
  source: 'headers',
  state: 'ok',
  emptyAt: null,
  ...patch,
})

describe('windows', () => {
  it.each([
    [60, 'Hour'],
    [300, '5 hours'],
    [1_440, 'Day'],
    [4_320, '3 days'],
    [10_080, 'Week'],
    [43_200, 'Month'],
    [90, '90 min'],
  ])('of %i minutes are called %s', (minutes, word) => {
    expect(windowTitle({ meter: '', minutes })).toBe(word)
    expect(windowTitle({ meter: 'gpt-6', minutes })).toBe(`${word}, gpt-6`)
  })

  it('say what is left, and are full once their reset has passed', () => {
    expect(leftWord(window())).toBe('62 %')
    expect(leftWord(window({ usedPercent: 99.6 }))).toBe('0.4 %')
    expect(leftWord(window({ usedPercent: 104, state: 'exhausted' }))).toBe('0 %')
    expect(percentLeft(window({ usedPercent: 100, state: 'reset' }))).toBe(100)
  })

  it('stand by meter and length, whatever their order was', () => {
    const all = [window({ meter: 'b' }), window({ minutes: 10_080 }), window({ meter: 'a', minutes: 10_080 }), window()]
    expect(inOrder(all).map(windowTitle)).toEqual(['5 hours', 'Week', 'Week, a', '5 hours, b'])
  })

  it('of which the least is left speaks for the account, an old one too, and none of a single model', () => {
    expect(leastLeft(null)).toBeNull()
    expect(leastLeft({ windows: [] })).toBeNull()
    const week = window({ minutes: 10_080, usedPercent: 80 })
    const stale = window({ usedPercent: 95, state: 'stale' })
    const reset = window({ usedPercent: 100, state: 'reset' })
    const model = window({ meter: 'gpt-6', usedPercent: 100, state: 'exhausted' })
    expect(leastLeft({ windows: [window(), week, reset, model] })).toBe(week)
    expect(leastLeft({ windows: [week, stale, model] })).toBe(stale)
    expect(leastLeft({ windows: [model] })).toBe(model)
  })
})

describe('atGlance', () => {
  const day = window({ minutes: 1_440, usedPercent: 5 })
  const week = window({ minutes: 10_080, usedPercent: 30 })
  const full = window({ meter: 'z', usedPercent: 97, state: 'exhausted' })
  const low = window({ meter: 'y', usedPercent: 99 })
  const fast = window({ minutes: 43_200, usedPercent: 10, emptyAt: now + 60_000 })

  it('leaves all in their order where there is room', () => {
    expect(atGlance([full, week, day], 3, now)).toEqual({ shown: [day, week, full], rest: [] })
  })

  it('has those that end first where there is not, and one that will not last before one that will', () => {
    expect(atGlance([day, week, fast, low, full], 3, now)).toEqual({ shown: [full, low, fast], rest: [week, day] })
    // Its forecast has passed by then, and says nothing.
    expect(atGlance([day, week, fast, low, full], 3, now + 60_000).shown).toEqual([full, low, week])
  })

  it.each([
    [[], ''],
    [[week], 'and 1 other window, 70 % left'],
    [[day, week], 'and 2 other windows, at least 70 % left'],
    [[full], 'and 1 other window, used up'],
    [[full, full], 'and 2 other windows, used up'],
    [[week, full, day], 'and 3 other windows, 1 of them used up'],
  ])('has a line for the others that hides nothing bad: %#', (rest, words) => expect(restWords(rest)).toBe(words))
})

describe('forecastWords', () => {
  it.each([
    [{ emptyAt: at('04T16:40:00') }, 'At this pace empty at 16:40, resets at 18:05.'],
    [
      { emptyAt: at('06T09:00:00'), resetsAt: at('08T10:30:00') },
      'At this pace empty on 2026-03-06 09:00, resets on 2026-03-08 10:30.',
    ],
    [{ emptyAt: at('04T16:40:00'), resetsAt: null }, 'At this pace empty at 16:40.'],
    [{ emptyAt: null }, null],
    [{ emptyAt: now - 1 }, null],
    [{ emptyAt: at('04T16:40:00'), state: 'exhausted' as const }, null],
  ])('of %j', (patch, words) => expect(forecastWords(window(patch), now)).toBe(words))
})

describe('comingResets', () => {
  it('takes limits of keys and windows of accounts together, the next one first', () => {
    const quota = [{ name: 'requests', limit: 1, remaining: 1, resetsAt: now + 9_000, observedAt: now }]
    const windows = [
      window({ resetsAt: now + 5_000 }),
      window({ minutes: 10_080, resetsAt: now - 1 }),
      window({ minutes: 43_200, resetsAt: now + 1, usedPercent: 0 }),
      window({ meter: 'x', resetsAt: null }),
    ]
    const upstreams = [
      { id: 'a', name: 'Key', quota, accountQuota: null },
      { id: 'b', name: 'Account', quota: [], accountQuota: { windows } },
    ] as unknown as Upstream[]
    expect(comingResets(upstreams, now)).toEqual([
      { upstreamId: 'b', name: 'Account', what: '5 hours', at: now + 5_000 },
      { upstreamId: 'a', name: 'Key', what: 'requests', at: now + 9_000 },
    ])
  })
})
