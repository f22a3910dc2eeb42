import { describe, expect, it } from 'vitest'
import { readQuotaEvent, readQuotaHeaders, readUsagePage, refusingMeter } from './account-reading.ts'

const NOW = Date.UTC(2026, 8, 1)
const at = (seconds: number) => NOW + seconds * 1_000
const epoch = (seconds: number) => String(at(seconds) / 1_000)

/** As a paid account answers a turn of an ordinary model: the week in the first place, a count of one model beside it. */
const paid = {
  'x-codex-active-limit': 'premium',
  'x-codex-plan-type': 'prolite',
  'x-codex-primary-used-percent': '62',
  'x-codex-primary-window-minutes': '10080',
  'x-codex-primary-reset-after-seconds': '604372',
  'x-codex-primary-reset-at': epoch(604_372),
  'x-codex-secondary-used-percent': '0',
  'x-codex-secondary-window-minutes': '0',
  'x-codex-secondary-reset-at': '',
  'x-codex-bengalfox-primary-used-percent': '100',
  'x-codex-bengalfox-primary-window-minutes': '300',
  'x-codex-bengalfox-primary-reset-at': epoch(600),
  'x-codex-bengalfox-limit-name': 'GPT-5.3-Codex-Spark',
  'x-codex-credits-has-credits': 'False',
  'x-codex-credits-unlimited': 'False',
  'x-codex-credits-balance': '0',
}
/** Of a turn of that one model: its figures stand in the first family as well. */
const ofModel = {
  ...paid,
  'x-codex-active-limit': 'codex_bengalfox',
  'x-codex-primary-used-percent': '100',
  'x-codex-primary-window-minutes': '300',
  'x-codex-primary-reset-at': epoch(600),
}

describe('the head of an answer', () => {
  it('is read by the length of its windows, whatever place they have', () => {
    expect(readQuotaHeaders(paid, NOW)).toEqual({
      source: 'headers',
      isWhole: true,
      plan: 'prolite',
      credits: { hasCredits: false, isUnlimited: false, balance: '0' },
      meters: [
        { id: '', name: null, windows: [{ minutes: 10_080, usedPercent: 62, resetsAt: at(604_372) }] },
        {
          id: 'codex_bengalfox',
          name: 'GPT-5.3-Codex-Spark',
          windows: [{ minutes: 300, usedPercent: 100, resetsAt: at(600) }],
        },
      ],
    })
  })

  it('never says of the account what it says of one model', () => {
    const meters = readQuotaHeaders(ofModel, NOW)?.meters ?? []
    expect(meters.map(({ id }) => id)).toEqual(['codex_bengalfox'])
    const { 'x-codex-bengalfox-primary-used-percent': _used, ...alone } = ofModel
    // The family is not there, and still it is no account that has this name.
    expect(readQuotaHeaders(alone, NOW)?.meters.map(({ id }) => id)).toEqual(['codex_bengalfox'])
  })

  it('has windows in either order, and drops places that are kept free', () => {
    const head = (first: [string, string, string], second: [string, string, string]) => ({
      'x-codex-primary-used-percent': first[0],
      'x-codex-primary-window-minutes': first[1],
      'x-codex-primary-reset-at': first[2],
      'x-codex-secondary-used-percent': second[0],
      'x-codex-secondary-window-minutes': second[1],
      'x-codex-secondary-reset-at': second[2],
    })
    const [short, long] = [
      ['5', '300', epoch(60)],
      ['7', '10080', epoch(600)],
    ] as [[string, string, string], [string, string, string]]
    const sorted = (headers: object) =>
      readQuotaHeaders(headers as never, NOW)?.meters[0]?.windows.toSorted((a, b) => a.minutes - b.minutes)
    expect(sorted(head(short, long))).toEqual(sorted(head(long, short)))
    expect(sorted(head(short, long))).toHaveLength(2)
    for (const free of [
      ['0', '', '0'],
      ['0', '0', '0'],
      ['0', '10080', '0'],
      ['9', '', epoch(60)],
      ['', '300', epoch(60)],
    ] as const) {
      expect(sorted(head(short, [...free]))).toEqual([{ minutes: 300, usedPercent: 5, resetsAt: at(60) }])
    }
    expect(sorted(head(['0', '43200', epoch(60)], ['0', '', '']))).toEqual([
      { minutes: 43_200, usedPercent: 0, resetsAt: at(60) },
    ])
  })

  it('says nothing where there is nothing, or no figure', () => {
    expect(readQuotaHeaders({ 'content-type': 'x' }, NOW)).toBeNull()
    expect(readQuotaHeaders({ 'x-codex-primary-used-percent': 'much' }, NOW)).toBeNull()
  })

  it('names the count that a refusal is of', () => {
    expect(refusingMeter(ofModel)).toBe('codex_bengalfox')
    expect(refusingMeter(paid)).toBe('')
    expect(refusingMeter({})).toBeNull()
    expect(refusingMeter(null)).toBeNull()
  })
})

describe('an event of a stream', () => {
  it('is read like a head', () => {
    const event = {
      type: 'codex.rate_limits',
      plan_type: 'pro',
      rate_limits: {
        allowed: true,
        primary: { used_percent: 41.5, window_minutes: 300, reset_at: at(90) / 1_000 },
        secondary: { used_percent: 0, window_minutes: null, reset_at: 0 },
      },
      credits: { has_credits: true, unlimited: false, balance: '12.50' },
    }
    expect(readQuotaEvent(event, NOW)).toEqual({
      source: 'event',
      isWhole: false,
      plan: 'pro',
      credits: { hasCredits: true, isUnlimited: false, balance: '12.50' },
      meters: [{ id: '', name: null, windows: [{ minutes: 300, usedPercent: 41.5, resetsAt: at(90) }] }],
    })
    const named = readQuotaEvent({ ...event, metered_limit_name: 'codex-bengalfox', limit_name: 'Spark' }, NOW)
    expect(named?.meters).toMatchObject([{ id: 'codex_bengalfox', name: 'Spark' }])
    expect(readQuotaEvent({ type: 'codex.rate_limits', rate_limits: null }, NOW)).toBeNull()
  })
})

describe('the usage page', () => {
  const window = (used: number, seconds: number, resetAt: number) => ({
    used_percent: used,
    limit_window_seconds: seconds,
    reset_after_seconds: 5,
    reset_at: resetAt,
  })

  it('has the account and its meters', () => {
    const page = {
      plan_type: 'pro',
      rate_limit: {
        allowed: true,
        limit_reached: false,
        primary_window: window(3, 18_000, at(9_625) / 1_000),
        secondary_window: window(75, 604_800, at(57_948) / 1_000),
      },
      additional_rate_limits: [
        {
          limit_name: 'GPT-5.3-Codex-Spark',
          metered_feature: 'codex_bengalfox',
          rate_limit: { primary_window: window(8, 18_000, at(60) / 1_000), secondary_window: null },
        },
        { limit_name: 'none', metered_feature: 'none', rate_limit: null },
      ],
      credits: { has_credits: false, unlimited: false, balance: null },
    }
    const read = readUsagePage(page, NOW)
    expect(read?.meters).toEqual([
      {
        id: '',
        name: null,
        windows: [
          { minutes: 300, usedPercent: 3, resetsAt: at(9_625) },
          { minutes: 10_080, usedPercent: 75, resetsAt: at(57_948) },
        ],
      },
      {
        id: 'codex_bengalfox',
        name: 'GPT-5.3-Codex-Spark',
        windows: [{ minutes: 300, usedPercent: 8, resetsAt: at(60) }],
      },
      { id: 'none', name: 'none', windows: [] },
    ])
    expect(read?.credits).toEqual({ hasCredits: false, isUnlimited: false, balance: null })
  })

  it('reads a free account’s, and knows what is none', () => {
    const free = { plan_type: 'free', rate_limit: null, additional_rate_limits: null, credits: null }
    expect(readUsagePage(free, NOW)).toMatchObject({ meters: [{ id: '', windows: [] }], credits: null, plan: 'free' })
    const reached = {
      rate_limit: { limit_reached: true, primary_window: { limit_window_seconds: 18_000, reset_after_seconds: 300 } },
    }
    expect(readUsagePage(reached, NOW)?.meters[0]?.windows).toEqual([
      { minutes: 300, usedPercent: 100, resetsAt: at(300) },
    ])
    expect(readUsagePage({ detail: 'no' }, NOW)).toBeNull()
  })
})
