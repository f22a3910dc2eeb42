import { describe, expect, it } from 'vitest'
import type { Overview } from '../../../shared/models/overview.ts'
import type { UsageSums } from '../../../shared/models/stats.ts'
import { byTrouble, failureVerdict, relativeDelta, shareDelta, tokenParts, upstreamVerdict } from './comparison.ts'

const none: UsageSums = {
  requests: 0,
  failed: 0,
  refused: 0,
  input: 0,
  cached: 0,
  output: 0,
  reasoning: 0,
  costNanos: 0,
  durationMs: 0,
}

type Upstream = Overview['upstreams'][number]
function upstream(state: Upstream['health']['state'], day: Partial<UsageSums> = {}): Upstream {
  const health = { state, reason: null, until: null, inFlight: 0, breakers: [] }
  return { id: state, name: state, kind: 'simulator', health, recent: none, day: { ...none, ...day }, latency: null }
}

describe('comparison', () => {
  it.each([
    [112, 100, 'more', '+12 %', true],
    [88, 100, 'more', '−12 %', false],
    [88, 100, 'less', '−12 %', true],
    [112, 100, null, '+12 %', null],
    [100.2, 100, 'less', 'the same', null],
    [340, 100, 'less', '×3.4', false],
    [4_000, 100, null, '×40', null],
  ] as const)('%s against %s, %s is better: %s', (today, yesterday, better, text, good) => {
    expect(relativeDelta(today, yesterday, better)).toEqual({ text, good })
  })

  it('compares with nothing where there was nothing', () => {
    expect(relativeDelta(5, 0, 'more')).toBeNull()
    expect(relativeDelta(null, 5, 'more')).toBeNull()
    expect(shareDelta(0.5, null)).toBeNull()
  })

  it('compares shares in percentage points', () => {
    expect(shareDelta(0.961, 0.992)).toEqual({ text: '−3.1 pts', good: false })
    expect(shareDelta(1, 0.99)).toEqual({ text: '+1 pt', good: true })
    expect(shareDelta(0.99, 0.99)).toEqual({ text: 'the same', good: null })
  })

  it('takes tokens apart into what adds up', () => {
    const parts = tokenParts({ ...none, input: 100, cached: 60, output: 20, reasoning: 5 })
    expect(parts.map(({ name, tokens }) => [name, tokens])).toEqual([
      ['fresh', 40],
      ['cached', 60],
      ['output', 20],
    ])
  })

  it('says how the upstreams are, and counts a pause as meant', () => {
    expect(upstreamVerdict([])).toBeNull()
    expect(upstreamVerdict([upstream('ready')])?.tone).toBe('ok')
    expect(upstreamVerdict([upstream('paused')])?.tone).toBe('bad')
    expect(upstreamVerdict([upstream('ready'), upstream('paused')])).toEqual({
      tone: 'ok',
      text: '1 of 2 upstreams is ready',
    })
    expect(upstreamVerdict([upstream('ready'), upstream('cooling_down')])?.tone).toBe('warn')
    expect(upstreamVerdict([upstream('cooling_down'), upstream('paused')])?.tone).toBe('bad')
  })

  it('says how many requests failed, and nothing where none was sent on', () => {
    const of = (upstreams: Upstream[]) =>
      failureVerdict({ upstreams, failures: { from: 0, groups: [] } } as unknown as Overview)
    expect(of([upstream('ready')])).toBeNull()
    expect(of([upstream('ready', { requests: 9 })])).toEqual({ tone: 'ok', text: 'Nothing failed in 24 h' })
    expect(of([upstream('ready', { requests: 100, failed: 2 })])).toEqual({ tone: 'warn', text: '2 % failed in 24 h' })
    expect(of([upstream('ready', { requests: 10, failed: 2 })])?.tone).toBe('bad')
  })

  it('puts those first that need somebody, then the busiest', () => {
    const order = byTrouble([
      upstream('paused', { requests: 50 }),
      upstream('ready', { requests: 1 }),
      upstream('cooling_down'),
      upstream('auth_required'),
    ])
    expect(order.map(({ health }) => health.state)).toEqual(['auth_required', 'cooling_down', 'ready', 'paused'])
  })
})
