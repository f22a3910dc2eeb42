import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { poolStrategy, type Assignment, type PoolStrategy } from '../../../shared/models/pool.ts'
import { NOW, poolOf, questionOf, seeded, worldOf } from '../../../../test/support/route-scene.ts'
import { route } from '../route.ts'
import { RouteRefusal } from '../route-refusal.ts'
import type { RouteQuestion, RouteWorld } from '../route-world.ts'
import { createTurns } from './turns.ts'

type Members = Readonly<Record<string, Partial<Assignment>>>

function order(
  strategy: PoolStrategy,
  world: RouteWorld,
  asked: { readonly ids: readonly string[]; readonly members?: Members; readonly question?: Partial<RouteQuestion> },
): string[] {
  const pool = poolOf(asked.ids, { strategy }, asked.members)
  return route(questionOf(pool, asked.question), world).candidates.map(({ id }) => id)
}

const ABC = ['a', 'b', 'c'] as const
const FIFTY = Array.from({ length: 50 }, (_, index) => `ups_${index}`)

describe('every strategy', () => {
  const state = fc.record({
    priority: fc.integer({ min: 1, max: 3 }),
    weight: fc.integer({ min: 0, max: 4 }),
    enabled: fc.boolean(),
    rest: fc.constantFrom('none', 'soft', 'firm'),
    obstacle: fc.constantFrom(null, 'open', 'half_open', 'probing'),
    lacks: fc.boolean(),
    inFlight: fc.integer({ min: 0, max: 3 }),
    maxConcurrent: fc.constantFrom(null, 2),
    left: fc.constantFrom(null, 0, 40, 100),
    ms: fc.constantFrom(null, 5, 80),
  })

  it('plans those that may serve, each once, resting ones last and then by priority, and says of all others why', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...poolStrategy.options),
        fc.array(state, { minLength: 1, maxLength: 12 }),
        fc.boolean(),
        (strategy, states, hasFallback) => {
          const ids = states.map((_, index) => `u${index}`)
          const of = (id: string) => states[Number(id.slice(1))] as (typeof states)[number]
          const split = hasFallback ? Math.ceil(ids.length / 2) : ids.length
          const members = Object.fromEntries(ids.map((id) => [id, of(id)]))
          const pool = poolOf(ids.slice(0, split), { strategy }, members)
          const fallback = poolOf(ids.slice(split), { id: 'other' }, members)
          const base = worldOf()
          const world = worldOf({
            upstream: (id) => ({ ...base.upstream(id), maxConcurrent: of(id).maxConcurrent }) as never,
            health: {
              restOf: (id) => ({ until: of(id).rest === 'none' ? 0 : NOW + 5, firm: of(id).rest === 'firm' }),
              inFlight: (id) => of(id).inFlight,
              obstacle: (id) => {
                const { obstacle } = of(id)
                return obstacle === null ? null : { state: obstacle, until: obstacle === 'open' ? NOW + 9 : NOW - 1 }
              },
              lacksUntil: (id) => (of(id).lacks ? NOW + 9 : 0),
              pace: (id) => of(id).ms,
            },
            quota: { left: (id) => (of(id).left === null ? null : { percent: of(id).left ?? 0, resetsAt: NOW + 7 }) },
            random: seeded(states.length),
          })
          const isShut = (id: string) =>
            !of(id).enabled ||
            of(id).rest === 'firm' ||
            of(id).obstacle === 'probing' ||
            (of(id).maxConcurrent !== null && of(id).inFlight >= 2)
          const isDoubtful = (id: string) => of(id).obstacle === 'open' || of(id).lacks
          const good = ids.filter((id) => !isShut(id) && !isDoubtful(id))
          const wanted = good.length > 0 ? good : ids.filter((id) => !isShut(id))
          let planned: string[] = []
          let excluded: string[] = []
          try {
            const plan = route(questionOf(pool, { fallback, maxAttempts: 20 }), world)
            planned = plan.candidates.map(({ id }) => id)
            excluded = plan.exclusions.map(({ upstreamId }) => upstreamId)
          } catch (error) {
            if (!(error instanceof RouteRefusal)) throw error
            excluded = error.exclusions.map(({ upstreamId }) => upstreamId)
          }
          expect(planned.toSorted()).toEqual(wanted.toSorted())
          expect([...planned, ...excluded].toSorted()).toEqual(ids.toSorted())
          const step = (id: string) => {
            const isResting = of(id).rest === 'soft' || of(id).obstacle === 'open'
            return (isResting ? 20 : 0) + (ids.indexOf(id) >= split ? 10 : 0) + of(id).priority
          }
          const steps = planned.map(step)
          expect(steps).toEqual(steps.toSorted((x, y) => x - y))
          // Weight 0 stands behind all others of its step.
          planned.forEach((id, index) => {
            const next = planned[index + 1]
            if (next === undefined || step(next) !== step(id) || of(next).weight === 0) return
            expect(of(id).weight).toBeGreaterThan(0)
          })
        },
      ),
      { numRuns: 2_000 },
    )
  })
})

describe('spread', () => {
  const first = (session: string | null, ids: readonly string[], members: Members = {}, random = () => 0.5) =>
    order('spread', worldOf({ random }), { ids, members, question: { session, maxAttempts: 1 } })[0] ?? ''

  it('shares within 2 % of the weights over 100,000 sessions, and as well where there is none', () => {
    const members = { a: { weight: 1 }, b: { weight: 3 }, c: { weight: 6 } }
    const random = seeded(5)
    for (const sessionOf of [(run: number) => `session-${run}`, () => null]) {
      const seen: Record<string, number> = { a: 0, b: 0, c: 0 }
      for (let run = 0; run < 100_000; run++) seen[first(sessionOf(run), ABC, members, random)]! += 1
      for (const [id, { weight }] of Object.entries(members)) {
        expect(Math.abs((seen[id] ?? 0) / 100_000 / (weight / 10) - 1)).toBeLessThan(0.02)
      }
    }
  })

  it('keeps a session where it is, whoever draws', () => {
    const ids = FIFTY.slice(0, 7)
    for (let run = 0; run < 500; run++) {
      const random = seeded(run)
      expect(first(`s${run}`, ids, {}, random)).toBe(first(`s${run}`, ids.toReversed(), {}, random))
    }
  })

  it('moves a session only when its upstream is left out, and then to its second', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.integer({ min: 2, max: 20 }), fc.nat(), (session, n, at) => {
        const ids = FIFTY.slice(0, n)
        const all = order('spread', worldOf(), { ids, question: { session, maxAttempts: 50 } })
        const gone = ids[at % n] ?? ''
        const rest = order('spread', worldOf(), {
          ids,
          members: { [gone]: { enabled: false } },
          question: { session, maxAttempts: 50 },
        })
        expect(rest).toEqual(all.filter((id) => id !== gone))
      }),
      { numRuns: 500 },
    )
  })

  it.each([2, 5, 10, 25])('moves a share of 1/n of the sessions when an upstream joins %i others', (n) => {
    const sessions = Array.from({ length: 20_000 }, (_, index) => `thread-${index}`)
    const [before, after] = [FIFTY.slice(0, n), FIFTY.slice(0, n + 1)]
    const newcomer = after[n] ?? ''
    let moved = 0
    for (const session of sessions) {
      const [was, is] = [first(session, before), first(session, after)]
      if (was === is) continue
      moved++
      expect(is).toBe(newcomer)
    }
    // Five standard deviations of 20,000 draws.
    const share = 1 / (n + 1)
    const bound = 5 * Math.sqrt((share * (1 - share)) / sessions.length)
    expect(Math.abs(moved / sessions.length - share)).toBeLessThan(bound)
  })
})

describe('round robin', () => {
  function rounds(members: Members, count: number): string[] {
    const turns = createTurns()
    const world = worldOf({ turns, random: seeded(3) })
    const pool = poolOf([...ABC], { strategy: 'round_robin' }, members)
    return Array.from({ length: count }, () => {
      const plan = route(questionOf(pool), world)
      const gone = plan.candidates[0]?.id ?? ''
      turns.take(pool.id, 'm', { members: plan.members ?? [], gone })
      return gone
    })
  }

  it('goes in turn, exactly', () => {
    const seen = rounds({}, 30)
    for (let at = 0; at < 30; at += 3) expect(seen.slice(at, at + 3).toSorted()).toEqual([...ABC])
  })

  it('gives each its weight in each round, and not in one go', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: 3 }), (weights) => {
        const [a = 1, b = 1, c = 1] = weights
        const total = a + b + c
        const seen = rounds({ a: { weight: a }, b: { weight: b }, c: { weight: c } }, total * 4)
        for (let at = 0; at < seen.length; at += total) {
          const round = seen.slice(at, at + total)
          expect(ABC.map((id) => round.filter((each) => each === id).length)).toEqual([a, b, c])
        }
      }),
    )
    expect(rounds({ a: { weight: 3 } }, 5).join('')).not.toContain('aaa')
  })
})

describe('the others', () => {
  it('go to who has the fewest running requests for its weight', () => {
    const running: Record<string, number> = { a: 2, b: 5, c: 3 }
    const world = worldOf({ health: { inFlight: (id) => running[id] ?? 0 } })
    expect(order('least_in_flight', world, { ids: ABC })).toEqual(['a', 'c', 'b'])
    expect(order('least_in_flight', world, { ids: ABC, members: { b: { weight: 5 } } })).toEqual(['b', 'a', 'c'])
  })

  it('go to the fastest, and ask one that is not known once at a time', () => {
    const ms: Record<string, number | null> = { a: 80, b: null, c: 20 }
    const running: Record<string, number> = {}
    const world = worldOf({ health: { pace: (id) => ms[id] ?? null, inFlight: (id) => running[id] ?? 0 } })
    expect(order('fastest', world, { ids: ABC })).toEqual(['b', 'c', 'a'])
    running['b'] = 1
    expect(order('fastest', world, { ids: ABC })).toEqual(['c', 'a', 'b'])
  })

  it('go by what is left, the unknown ones between those with something and those with nothing', () => {
    const left: Record<string, { percent: number; resetsAt: number | null } | null> = {
      a: { percent: 10, resetsAt: NOW + 50 },
      b: { percent: 90, resetsAt: NOW + 500 },
      c: { percent: 0, resetsAt: NOW + 5 },
      d: null,
    }
    const world = worldOf({ quota: { left: (id) => left[id] ?? null } })
    const ids = ['a', 'b', 'c', 'd']
    expect(order('quota_first', world, { ids })).toEqual(['b', 'a', 'd', 'c'])
    expect(order('drain_first', world, { ids })).toEqual(['a', 'b', 'd', 'c'])
  })

  it('go to the cheapest for what is asked, those without a price last', () => {
    const rates = (input: number, output: number) => ({ input, output }) as never
    const world = worldOf({
      prices: { rates: (_model, id) => (id === 'a' ? rates(10, 10) : id === 'b' ? rates(1, 30) : null) },
    })
    const ids = ['c', 'a', 'b']
    expect(order('cheapest', world, { ids, question: { input: 1_000, output: 10 } })).toEqual(['b', 'a', 'c'])
    expect(order('cheapest', world, { ids, question: { input: 10, output: 1_000 } })).toEqual(['a', 'b', 'c'])
  })
})
