import { describe, expect, it } from 'vitest'
import { createQuotaEvidence } from '../providers/quota-evidence.ts'
import { bareUpstream, poolOf } from '../../../test/support/route-scene.ts'
import { createCodexUsage, limitsFrame } from './codex-usage.ts'
import type { UpstreamKind } from '../../shared/models/upstream.ts'

const NOW = Date.UTC(2026, 8, 1)
const HOUR = 3_600_000

function scene(kinds: Readonly<Record<string, UpstreamKind>>) {
  const clock = { now: NOW }
  const quota = createQuotaEvidence(() => clock.now)
  const records = new Map(Object.entries(kinds).map(([id, kind]) => [id, bareUpstream(id, { kind })]))
  const usage = createCodexUsage({ directory: { upstream: (id) => records.get(id) }, quota, clock: () => clock.now })
  const asker = { pool: poolOf(Object.keys(kinds)), key: { allowedUpstreams: null } }
  const window = (used: number, minutes: number, resetIn: number) => ({
    used_percent: used,
    limit_window_seconds: minutes * 60,
    reset_at: (clock.now + resetIn) / 1_000,
  })
  const say = (id: string, short: ReturnType<typeof window> | null, long: ReturnType<typeof window> | null) =>
    quota.accounts.page(id, { plan_type: 'pro', rate_limit: { primary_window: long, secondary_window: short } })
  const page = (key: { allowedUpstreams: ReadonlySet<string> | null } = asker.key) =>
    usage.page({ ...asker, key }) as Record<'plan_type' | 'rate_limit' | 'credits' | 'additional_rate_limits', never>
  return { clock, quota, usage, asker, window, say, page }
}

describe('the pooled usage', () => {
  it('is the mean by length of window, with the soonest reset', () => {
    const { window, say, page, usage, asker } = scene({ a: 'chatgpt', b: 'chatgpt', c: 'openai' })
    say('a', window(20, 300, HOUR), window(50, 10_080, 30 * HOUR))
    say('b', window(60, 300, 3 * HOUR), window(90, 10_080, 20 * HOUR))
    expect(page()).toEqual({
      plan_type: 'pro',
      rate_limit: {
        allowed: true,
        limit_reached: false,
        primary_window: {
          used_percent: 40,
          limit_window_seconds: 18_000,
          reset_after_seconds: 3_600,
          reset_at: (NOW + HOUR) / 1_000,
        },
        secondary_window: {
          used_percent: 70,
          limit_window_seconds: 604_800,
          reset_after_seconds: 72_000,
          reset_at: (NOW + 20 * HOUR) / 1_000,
        },
      },
      credits: null,
      additional_rate_limits: [],
    })
    expect(usage.headers(asker)).toEqual([
      'x-codex-primary-used-percent',
      '40',
      'x-codex-primary-window-minutes',
      '300',
      'x-codex-primary-reset-at',
      String((NOW + HOUR) / 1_000),
      'x-codex-primary-reset-after-seconds',
      '3600',
      'x-codex-secondary-used-percent',
      '70',
      'x-codex-secondary-window-minutes',
      '10080',
      'x-codex-secondary-reset-at',
      String((NOW + 20 * HOUR) / 1_000),
      'x-codex-secondary-reset-after-seconds',
      '72000',
    ])
    expect(JSON.parse(limitsFrame(usage.headers(asker)) ?? '')).toMatchObject({
      type: 'codex.rate_limits',
      rate_limits: { primary: { used_percent: 40, window_minutes: 300 }, secondary: { used_percent: 70 } },
    })
  })

  it('counts only those that the key may use, and is summed anew after a while', () => {
    const { clock, window, say, page, usage, asker } = scene({ a: 'chatgpt', b: 'chatgpt' })
    say('a', window(20, 300, HOUR), null)
    say('b', window(60, 300, HOUR), null)
    const only = { allowedUpstreams: new Set(['a']) }
    expect(page(only).rate_limit).toMatchObject({ primary_window: { used_percent: 20 } })
    expect(usage.headers({ ...asker, key: only })[1]).toBe('20')
    expect(usage.headers(asker)[1]).toBe('40')
    clock.now += 1_000
    say('b', window(90, 300, 5 * HOUR), null)
    expect(usage.headers(asker)[1]).toBe('40')
    clock.now += 2_000
    expect(usage.headers(asker)[1]).toBe('55')
  })

  it('is reached when no account has anything left, and after a reset is not', () => {
    const { clock, window, say, page } = scene({ a: 'chatgpt', b: 'chatgpt' })
    say('a', window(100, 300, HOUR), null)
    expect(page().rate_limit).toMatchObject({ allowed: true, limit_reached: false })
    say('b', window(100, 300, 2 * HOUR), null)
    expect(page().rate_limit).toMatchObject({
      allowed: false,
      limit_reached: true,
      primary_window: { used_percent: 100 },
    })
    clock.now += HOUR
    expect(page().rate_limit).toMatchObject({
      allowed: true,
      limit_reached: false,
      primary_window: { used_percent: 50 },
    })
  })

  it('tells of the counts of single models, and of credits', () => {
    const { quota, window, page } = scene({ a: 'chatgpt' })
    quota.accounts.page('a', {
      rate_limit: { primary_window: window(1, 300, HOUR) },
      credits: { has_credits: true, unlimited: false, balance: '5' },
      additional_rate_limits: [
        {
          limit_name: 'Spark',
          metered_feature: 'codex_bengalfox',
          rate_limit: { primary_window: window(30, 300, HOUR) },
        },
      ],
    })
    expect(page()).toMatchObject({
      credits: { has_credits: true, unlimited: false, balance: null },
      additional_rate_limits: [
        {
          limit_name: 'Spark',
          metered_feature: 'codex_bengalfox',
          rate_limit: { primary_window: { used_percent: 30 } },
        },
      ],
    })
  })

  it('has the plan of the first account that is known to have one', () => {
    const { quota, window, usage, asker, page } = scene({ s: 'simulator', a: 'chatgpt', b: 'chatgpt' })
    expect(usage.plan(asker)).toBe('guest')
    const rate_limit = { primary_window: window(1, 300, HOUR) }
    quota.accounts.page('b', { plan_type: 'team', rate_limit })
    expect(usage.plan(asker)).toBe('team')
    quota.accounts.page('a', { plan_type: 'plus', rate_limit })
    expect(usage.plan(asker)).toBe('plus')
    expect(page().plan_type).toBe('plus')
    expect(usage.plan({ ...asker, key: { allowedUpstreams: new Set(['b']) } })).toBe('team')
    const simulated = scene({ s: 'simulator' })
    expect(simulated.usage.plan(simulated.asker)).toBe('pro')
  })

  it('is quiet for a Pool without accounts, and rehearses one of the simulator', () => {
    const none = scene({ c: 'openai' })
    expect(none.page()).toEqual({
      plan_type: 'guest',
      rate_limit: { allowed: true, limit_reached: false, primary_window: null, secondary_window: null },
      credits: null,
      additional_rate_limits: [],
    })
    expect(none.usage.headers(none.asker)).toEqual([])
    expect(limitsFrame(['content-type', 'x', ...none.usage.headers(none.asker)])).toBeNull()
    const simulated = scene({ s: 'simulator' })
    simulated.clock.now += HOUR
    expect(simulated.page()).toMatchObject({
      plan_type: 'pro',
      rate_limit: {
        primary_window: { limit_window_seconds: 18_000 },
        secondary_window: { limit_window_seconds: 604_800 },
      },
    })
  })
})
