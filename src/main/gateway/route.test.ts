import { describe, expect, it } from 'vitest'
import { usualRouting } from '../../shared/models/pool.ts'
import { route } from './route.ts'
import { RouteRefusal } from './route-refusal.ts'
import type { RouteQuestion, RouteWorld } from './route-world.ts'
import type { Assignment } from '../../shared/models/pool.ts'
import type { Rest } from './health.ts'
import type { UpstreamRecord } from './ports.ts'

const NOW = 1_000_000

function upstream(id: string, changes: Partial<UpstreamRecord> = {}): UpstreamRecord {
  return {
    id,
    name: id,
    kind: 'openai-compatible',
    status: 'active',
    statusReason: null,
    baseUrl: 'http://127.0.0.1:9/v1',
    proxyUrl: null,
    models: new Set(),
    maxConcurrent: null,
    secret: null,
    ...changes,
  }
}

interface Scene {
  readonly upstreams: readonly UpstreamRecord[]
  readonly assignments?: Readonly<Record<string, Partial<Assignment>>>
  readonly rests?: Readonly<Record<string, Rest>>
  readonly question?: Partial<RouteQuestion>
  readonly random?: () => number
}

function plan({ upstreams, assignments = {}, rests = {}, question = {}, random = () => 0.5 }: Scene) {
  const pool = {
    id: 'pool',
    name: 'Test',
    status: 'active' as const,
    strategy: 'priority' as const,
    routing: usualRouting,
    models: null,
    assignments: upstreams.map(({ id }) => ({
      upstreamId: id,
      priority: 1,
      weight: 1,
      enabled: true,
      ...assignments[id],
    })),
  }
  const world: RouteWorld = {
    upstream: (id) => upstreams.find((entry) => entry.id === id),
    health: {
      restOf: (id) => rests[id] ?? { until: 0, firm: false },
      inFlight: () => 0,
      obstacle: () => null,
      lacksUntil: () => 0,
      pace: () => null,
    },
    turns: { credit: () => 0 },
    quota: { left: () => null, standing: () => ({ until: null, isBehind: false }) },
    prices: { rates: () => null },
    random,
  }
  const asked: RouteQuestion = {
    pool,
    key: { allowedUpstreams: null },
    dialect: 'chat',
    fallback: null,
    model: 'm',
    isStream: false,
    session: null,
    input: 0,
    output: 0,
    maxAttempts: 9,
    now: NOW,
    ...question,
  }
  return route(asked, world)
}

function order(scene: Scene): string[] {
  return plan(scene).candidates.map((record) => record.id)
}

function refusal(scene: Scene): RouteRefusal {
  try {
    plan(scene)
  } catch (error) {
    if (error instanceof RouteRefusal) return error
  }
  throw new Error('it was not refused')
}

/** Uniform and the same in every run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}

const good = upstream('good')
const firm = { until: NOW + 5_000, firm: true }

const exclusions: readonly (readonly [string, Scene, number | null])[] = [
  ['assignment_disabled', { upstreams: [upstream('x'), good], assignments: { x: { enabled: false } } }, null],
  [
    'not_allowed_by_key',
    { upstreams: [upstream('x'), good], question: { key: { allowedUpstreams: new Set(['good']) } } },
    null,
  ],
  ['upstream_paused', { upstreams: [upstream('x', { status: 'paused' }), good] }, null],
  ['auth_required', { upstreams: [upstream('x', { status: 'auth_required' }), good] }, null],
  ['secret_missing', { upstreams: [upstream('x', { kind: 'openai' }), good] }, null],
  ['model_not_served', { upstreams: [upstream('x', { models: new Set(['other']) }), good] }, null],
  ['cooling_down', { upstreams: [upstream('x'), good], rests: { x: firm } }, firm.until],
]

describe('route', () => {
  it.each(exclusions)('leaves an upstream out and says why: %s', (reason, scene, until) => {
    const { candidates, exclusions: left } = plan(scene)
    expect(candidates.map((record) => record.id)).toEqual(['good'])
    expect(left).toEqual([{ upstreamId: 'x', reason, until }])
  })

  it('says the lasting reason where there is a passing one as well', () => {
    const scene = { upstreams: [upstream('x', { status: 'paused' }), good], rests: { x: firm } } as const
    expect(plan(scene).exclusions).toEqual([{ upstreamId: 'x', reason: 'upstream_paused', until: null }])
  })

  it('passes over an assignment whose upstream is gone', () => {
    const { candidates, exclusions: left } = plan({
      upstreams: [good],
      assignments: { good: { upstreamId: 'gone' } },
      question: {
        pool: {
          id: 'p',
          name: 'p',
          status: 'active',
          strategy: 'priority',
          routing: usualRouting,
          models: null,
          assignments: ['gone', 'good'].map((upstreamId) => ({ upstreamId, priority: 1, weight: 1, enabled: true })),
        },
      },
    })
    expect([candidates.map((record) => record.id), left]).toEqual([['good'], []])
  })

  it('takes the lowest priority number first, whatever the weights', () => {
    const upstreams = ['a', 'b', 'c'].map((id) => upstream(id))
    const assignments = { a: { priority: 3, weight: 1_000 }, b: { priority: 1, weight: 0 }, c: { priority: 2 } }
    expect(order({ upstreams, assignments })).toEqual(['b', 'c', 'a'])
  })

  it('shares one priority in proportion to the weights', () => {
    const upstreams = ['a', 'b', 'c'].map((id) => upstream(id))
    const assignments = { a: { weight: 1 }, b: { weight: 3 }, c: { weight: 6 } }
    const random = seeded(7)
    const firsts: Record<string, number> = { a: 0, b: 0, c: 0 }
    const secondsAfterC: Record<string, number> = { a: 0, b: 0 }
    for (let run = 0; run < 20_000; run += 1) {
      const [first = '', second = ''] = order({ upstreams, assignments, random })
      firsts[first] = (firsts[first] ?? 0) + 1
      if (first === 'c') secondsAfterC[second] = (secondsAfterC[second] ?? 0) + 1
    }
    expect((firsts['a'] ?? 0) / 20_000).toBeCloseTo(0.1, 1)
    expect((firsts['b'] ?? 0) / 20_000).toBeCloseTo(0.3, 1)
    expect((firsts['c'] ?? 0) / 20_000).toBeCloseTo(0.6, 1)
    // Without replacement: what is left is shared in its own proportion, 1 to 3.
    expect((secondsAfterC['b'] ?? 0) / (firsts['c'] ?? 1)).toBeCloseTo(0.75, 1)
  })

  it('uses weight 0 only when no other is left', () => {
    const upstreams = ['a', 'b'].map((id) => upstream(id))
    const random = seeded(11)
    const firsts = Array.from({ length: 500 }, () => order({ upstreams, assignments: { a: { weight: 0 } }, random })[0])
    expect(new Set(firsts)).toEqual(new Set(['b']))
    expect(order({ upstreams: [upstream('a')], assignments: { a: { weight: 0 } } })).toEqual(['a'])
  })

  it('puts an upstream that failed a moment ago behind every other, and uses it when it is the only one', () => {
    const soft = { until: NOW + 5_000, firm: false }
    const upstreams = ['a', 'b'].map((id) => upstream(id))
    const assignments = { a: { priority: 1 }, b: { priority: 9 } }
    expect(order({ upstreams, assignments, rests: { a: soft } })).toEqual(['b', 'a'])
    expect(order({ upstreams: [upstream('a')], rests: { a: soft } })).toEqual(['a'])
    expect(order({ upstreams, assignments, rests: { a: { until: NOW, firm: false } } })).toEqual(['a', 'b'])
  })

  it('takes an upstream back when the rest it asked for is over', () => {
    expect(order({ upstreams: [upstream('a')], rests: { a: { until: NOW, firm: true } } })).toEqual(['a'])
  })

  it('plans no more attempts than allowed', () => {
    const upstreams = ['a', 'b', 'c'].map((id) => upstream(id))
    expect(order({ upstreams, question: { maxAttempts: 2 } })).toHaveLength(2)
  })

  it.each([
    ['no_upstream_eligible', 'has no upstream', { upstreams: [] }, null],
    ['no_upstream_eligible', 'upstream paused', { upstreams: [upstream('x', { status: 'paused' })] }, null],
    ['model_not_found', 'serves the model "m"', { upstreams: [upstream('x', { models: new Set(['other']) })] }, null],
    [
      'no_upstream_ready',
      'ready in 5 s',
      { upstreams: [upstream('x'), upstream('y')], rests: { x: firm, y: { until: NOW + 9_000, firm: true } } },
      NOW + 5_000,
    ],
    [
      'no_upstream_ready',
      'ready in 5 s',
      { upstreams: [upstream('x'), upstream('y', { status: 'paused' })], rests: { x: firm } },
      NOW + 5_000,
    ],
  ] as const)('refuses with %s: %s', (code, words, scene, readyAt) => {
    const error = refusal(scene)
    expect([error.code, error.readyAt]).toEqual([code, readyAt])
    expect(error.message).toContain(words)
    expect(error.exclusions).toHaveLength(scene.upstreams.length)
  })
})
