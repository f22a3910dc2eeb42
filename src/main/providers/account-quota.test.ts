import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAccountQuotas, type AccountQuotas } from './account-quota.ts'
import { FRESH_MS } from './account-windows.ts'

const START = Date.UTC(2026, 8, 1)
const MINUTE = 60_000
const HOUR = 60 * MINUTE

function rig() {
  const clock = { now: START }
  const quotas = createAccountQuotas(() => clock.now)
  const head = (used: number, resetsInMs: number, more: Record<string, string> = {}) => ({
    'x-codex-primary-used-percent': String(used),
    'x-codex-primary-window-minutes': '300',
    'x-codex-primary-reset-at': String((clock.now + resetsInMs) / 1_000),
    ...more,
  })
  const event = (used: number, resetsInMs: number, more: object = {}) => {
    const primary = { used_percent: used, window_minutes: 300, reset_at: (clock.now + resetsInMs) / 1_000 }
    const data = { type: 'codex.rate_limits', rate_limits: { primary, secondary: null }, ...more }
    return Buffer.from(`event: codex.rate_limits\ndata: ${JSON.stringify(data)}\n\n`)
  }
  const page = (used: number, resetsInMs: number, more: object = {}) => ({
    plan_type: 'plus',
    rate_limit: {
      primary_window: { used_percent: used, limit_window_seconds: 18_000, reset_at: (clock.now + resetsInMs) / 1_000 },
      secondary_window: null,
    },
    ...more,
  })
  const used = () => quotas.view('a', clock.now)?.windows.map(({ usedPercent }) => usedPercent) ?? []
  const standing = (model = 'gpt-5.5') => quotas.standing('a', model, clock.now)
  return { clock, quotas, head, event, page, used, standing }
}

describe('which word counts', () => {
  it('an event before a head, a head before the page', () => {
    const { clock, quotas, head, event, page, used } = rig()
    quotas.of('a').event(event(40, HOUR))
    clock.now += 2 * MINUTE
    quotas.of('a').note(head(41, HOUR - 2 * MINUTE))
    quotas.page('a', page(42, HOUR - 2 * MINUTE))
    expect(used()).toEqual([40])
    clock.now += 4 * MINUTE
    quotas.page('a', page(43, HOUR - 6 * MINUTE))
    expect(used()).toEqual([43])
    clock.now += 1
    quotas.of('a').note(head(44, HOUR - 6 * MINUTE))
    expect(used()).toEqual([44])
  })

  it('another window before any, and whatever the operator had read', () => {
    const { clock, quotas, event, page, used } = rig()
    quotas.of('a').event(event(99, HOUR))
    clock.now += MINUTE
    quotas.page('a', page(1, 5 * HOUR))
    expect(used()).toEqual([1])
    quotas.of('a').event(event(80, 5 * HOUR))
    quotas.page('a', page(2, 5 * HOUR))
    expect(used()).toEqual([80])
    quotas.page('a', page(3, 5 * HOUR), true)
    expect(used()).toEqual([3])
  })

  it('of overlapping answers the higher figure', () => {
    const { clock, quotas, head, used } = rig()
    quotas.of('a').note(head(50, HOUR))
    clock.now += 1_000
    quotas.of('a').note(head(49, HOUR - 1_000))
    expect(used()).toEqual([50])
    clock.now += 2 * MINUTE
    quotas.of('a').note(head(48, HOUR - 2 * MINUTE))
    expect(used()).toEqual([48])
  })

  it('reads a frame as it reads an event, and forgets when told', () => {
    const { quotas, event, used } = rig()
    const text = event(7, HOUR).toString()
    quotas.of('a').event(Buffer.from(text.slice(text.indexOf('{')).trim()))
    expect(used()).toEqual([7])
    quotas.forget('a')
    expect(used()).toEqual([])
  })

  it('drops a window that a whole word leaves out', () => {
    const { clock, quotas, head } = rig()
    const week = {
      'x-codex-secondary-used-percent': '9',
      'x-codex-secondary-window-minutes': '10080',
      'x-codex-secondary-reset-at': String((clock.now + 50 * HOUR) / 1_000),
    }
    quotas.of('a').note(head(5, HOUR, week))
    expect(quotas.view('a', clock.now)?.windows.map(({ minutes }) => minutes)).toEqual([300, 10_080])
    clock.now += 1_000
    quotas.of('a').note(head(5, HOUR - 1_000))
    expect(quotas.view('a', clock.now)?.windows.map(({ minutes }) => minutes)).toEqual([300])
  })
})

describe('who is out', () => {
  it('is out until the reset, and in again by itself', () => {
    const { clock, quotas, head, standing } = rig()
    quotas.of('a').note(head(100, 10 * MINUTE))
    expect(standing()).toEqual({ until: START + 10 * MINUTE, isBehind: false })
    expect(quotas.left('a', clock.now, 'm')).toEqual({ percent: 0, resetsAt: START + 10 * MINUTE })
    clock.now += 10 * MINUTE
    expect(standing()).toEqual({ until: null, isBehind: false })
    expect(quotas.left('a', clock.now, 'm')).toEqual({ percent: 100, resetsAt: null })
    expect(quotas.view('a', clock.now)?.windows[0]?.state).toBe('reset')
  })

  it('by an old word only goes behind the others', () => {
    const { clock, quotas, head, standing } = rig()
    quotas.of('a').note(head(100, 5 * HOUR))
    clock.now += FRESH_MS + 1
    expect(standing()).toEqual({ until: null, isBehind: true })
    expect(quotas.left('a', clock.now, 'm')).toBeNull()
    expect(quotas.view('a', clock.now)?.windows[0]?.state).toBe('stale')
  })

  it('goes behind the others where it has credits, until it is refused all the same', () => {
    const { clock, quotas, head, standing } = rig()
    const credits = { 'x-codex-credits-has-credits': 'True', 'x-codex-credits-unlimited': 'False' }
    quotas.of('a').note(head(100, HOUR, credits))
    expect(standing()).toEqual({ until: null, isBehind: true })
    quotas.refused('a', { model: 'gpt-5.5', until: START + HOUR, headers: null })
    expect(standing().until).toBe(START + HOUR)
    clock.now += 1_000
    quotas.of('a').note(head(100, HOUR - 1_000, credits))
    expect(standing().isBehind).toBe(true)
  })

  it('by a model’s own count is out for that model alone', () => {
    const { clock, quotas, head, standing } = rig()
    const spark = {
      'x-codex-active-limit': 'premium',
      'x-codex-bengalfox-primary-used-percent': '100',
      'x-codex-bengalfox-primary-window-minutes': '300',
      'x-codex-bengalfox-primary-reset-at': String((clock.now + HOUR) / 1_000),
      'x-codex-bengalfox-limit-name': 'GPT-5.3-Codex-Spark',
    }
    quotas.of('a').note(head(10, HOUR, spark))
    expect(standing('gpt-5.3-codex-spark').until).toBe(START + HOUR)
    expect(standing('gpt-5.5')).toEqual({ until: null, isBehind: false })
    expect(quotas.left('a', clock.now, 'gpt-5.3-codex-spark')?.percent).toBe(0)
    expect(quotas.left('a', clock.now, 'gpt-5.5')?.percent).toBe(90)
    expect(quotas.meterId('a', 'GPT-5.3-Codex-Spark')).toBe('codex_bengalfox')
  })

  it('after a refusal is out until the time it named, in the window that ends then', () => {
    const { clock, quotas, head, standing, used } = rig()
    quotas.of('a').note(head(97, HOUR))
    quotas.refused('a', { model: 'gpt-5.5', until: START + HOUR + 5_000, headers: null })
    expect(used()).toEqual([100])
    expect(standing().until).toBe(START + HOUR + 5_000)
    // An answer that had begun before.
    clock.now += 1_000
    quotas.of('a').note(head(97, HOUR))
    expect(standing().until).toBe(START + HOUR + 5_000)
    quotas.refused('b', { model: 'gpt-5.5', until: START + 90 * HOUR, headers: null })
    expect(quotas.view('b', clock.now)?.windows).toMatchObject([{ meter: '', minutes: 10_080, source: 'refusal' }])
  })

  it('tells of news once until somebody looks', () => {
    const { clock, quotas, head } = rig()
    const told: string[] = []
    quotas.onNews((id) => told.push(id))
    for (const used of [1, 2, 3]) quotas.of('a').note(head(used, HOUR))
    expect(told).toEqual(['a'])
    quotas.view('a', clock.now)
    quotas.of('a').note(head(4, HOUR))
    expect(told).toEqual(['a', 'a'])
  })
})

describe('whatever is said', () => {
  const window = fc.record({
    meter: fc.constantFrom('', 'Spark'),
    minutes: fc.constantFrom(300, 10_080, 43_200, 60),
    usedPercent: fc.constantFrom(0, 50, 99.9, 100),
    resetsAt: fc.option(fc.integer({ min: START - 10 * HOUR, max: START + 10 * HOUR })),
    observedAt: fc.integer({ min: START - 2 * HOUR, max: START }),
    source: fc.constantFrom('event' as const, 'headers' as const, 'refusal' as const, 'usage' as const),
  })

  it('only a fresh word of a used-up window whose reset is to come shuts an account out', () => {
    fc.assert(
      fc.property(fc.uniqueArray(window, { selector: (w) => `${w.meter} ${w.minutes}`, maxLength: 8 }), (windows) => {
        const quotas: AccountQuotas = createAccountQuotas(() => START)
        quotas.seed('a', windows)
        for (const model of ['spark', 'gpt-5.5']) {
          const hasMeter = windows.some(({ meter }) => meter === 'Spark')
          const meter = model === 'spark' && hasMeter ? 'Spark' : ''
          const full = windows.filter((w) => {
            const isToCome = w.resetsAt !== null && w.resetsAt > START
            return w.meter === meter && w.usedPercent >= 100 && isToCome && START - w.observedAt <= FRESH_MS
          })
          const { until } = quotas.standing('a', model, START)
          expect(until).toBe(full.length === 0 ? null : Math.max(...full.map(({ resetsAt }) => resetsAt ?? 0)))
          // Whoever is out comes in again by itself.
          if (until !== null) expect(quotas.standing('a', model, until).until).toBeNull()
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('foreign headers, events and pages never throw', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('100', '300', '0', '-1', '1e9', 'NaN', '99999999999999'))
    const name = fc.constantFrom('used-percent', 'window-minutes', 'reset-at', 'reset-after-seconds')
    const header = fc.tuple(
      fc.constantFrom('codex', 'codex-x', 'y'),
      fc.constantFrom('primary', 'secondary'),
      name,
      text,
    )
    fc.assert(
      fc.property(fc.array(header), fc.jsonValue(), (headers, json) => {
        const quotas = createAccountQuotas(() => START)
        quotas.of('a').note({
          'x-codex-active-limit': 'premium',
          ...Object.fromEntries(headers.map(([family, place, what, value]) => [`x-${family}-${place}-${what}`, value])),
        })
        quotas.of('a').event(Buffer.from(`data: ${JSON.stringify({ rate_limits: json, credits: json })}\n\n`))
        quotas.page('a', { rate_limit: json, additional_rate_limits: [json], credits: json } as never)
        for (const { minutes, usedPercent } of quotas.view('a', START)?.windows ?? []) {
          expect(minutes).toBeGreaterThan(0)
          expect(usedPercent).toBeGreaterThanOrEqual(0)
          expect(usedPercent).toBeLessThanOrEqual(100)
        }
      }),
    )
  })
})

describe('a head that repeats the last one', () => {
  it('keeps the figures fresh, and one that does not is read at once', () => {
    const { clock, quotas, head, used } = rig()
    const week = { 'x-codex-secondary-used-percent': '9', 'x-codex-secondary-window-minutes': '10080' }
    const first = head(50, 5 * HOUR, { ...week, 'x-codex-secondary-reset-at': String((clock.now + 90 * HOUR) / 1_000) })
    const seen = () => quotas.view('a', clock.now)?.windows.map(({ observedAt }) => observedAt - START)
    for (let passed = 0; passed <= 40 * MINUTE; passed += 10_000) {
      quotas.of('a').note({ ...first, 'x-codex-primary-reset-after-seconds': String(passed) })
      quotas.standing('a', 'gpt-5.5', clock.now)
      expect(seen()).toEqual([passed, passed])
      clock.now += 10_000
    }
    expect(quotas.standing('a', 'gpt-5.5', clock.now)).toEqual({ until: null, isBehind: false })
    quotas.of('a').note({ ...first, 'x-codex-secondary-used-percent': '100' })
    expect(quotas.standing('a', 'gpt-5.5', clock.now).until).toBe(START + 90 * HOUR)
    expect(used()).toEqual([50, 100])
  })
})
