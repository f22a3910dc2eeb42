import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { poolStrategy, usualRouting } from '../../shared/models/pool.ts'
import { NOW, poolOf, questionOf, worldOf } from '../../../test/support/route-scene.ts'
import type { Tie } from './affinity.ts'
import { route } from './route.ts'
import { RouteRefusal } from './route-refusal.ts'
import type { RouteWorld } from './route-world.ts'
import { TieBroken } from './tied-route.ts'

const IDS = ['a', 'b', 'c', 'd'] as const

/** What may be otherwise with one upstream. */
interface Fate {
  readonly priority: number
  readonly weight: number
  readonly enabled: boolean
  readonly rest: 'none' | 'soft' | 'firm'
  readonly circuit: 'closed' | 'open' | 'half_open' | 'probing'
  readonly isFull: boolean
  readonly percent: number | null
}

const fine: Fate = {
  priority: 1,
  weight: 1,
  enabled: true,
  rest: 'none',
  circuit: 'closed',
  isFull: false,
  percent: null,
}

const fate = fc.record({
  priority: fc.constantFrom(1, 1, 2),
  weight: fc.constantFrom(0, 1, 5),
  enabled: fc.constantFrom(true, true, true, false),
  rest: fc.constantFrom('none', 'none', 'soft', 'firm'),
  circuit: fc.constantFrom('closed', 'closed', 'open', 'half_open', 'probing'),
  isFull: fc.constantFrom(false, false, true),
  percent: fc.constantFrom(null, 0, 40),
}) satisfies fc.Arbitrary<Fate>

const soft = (upstreamId: string): Tie => ({ kind: 'session', upstreamId, isHard: false, rivalId: null })
const hard = (upstreamId: string, kind: Tie['kind'] = 'response'): Tie => ({
  kind,
  upstreamId,
  isHard: true,
  rivalId: null,
})

function worldWith(fates: Readonly<Record<string, Fate>>): RouteWorld {
  const of = (id: string): Fate => fates[id] ?? fine
  const base = worldOf({
    random: () => 0.3,
    quota: {
      ...worldOf().quota,
      left: (id) => (of(id).percent === null ? null : { percent: of(id).percent ?? 0, resetsAt: NOW + 1 }),
    },
    health: {
      restOf: (id) => ({ until: of(id).rest === 'none' ? 0 : NOW + 5_000, firm: of(id).rest === 'firm' }),
      inFlight: (id) => (of(id).isFull ? 1 : 0),
      obstacle: (id) => {
        const { circuit } = of(id)
        return circuit === 'closed' ? null : { state: circuit, until: NOW + 7_000 }
      },
    },
  })
  return {
    ...base,
    upstream(id) {
      const record = base.upstream(id)
      return record === undefined ? undefined : { ...record, maxConcurrent: of(id).isFull ? 1 : null }
    },
  }
}

function planOf(
  fates: Readonly<Record<string, Fate>>,
  tie: Tie | null,
  pool: Parameters<typeof poolOf>[1] = {},
  ids: readonly string[] = IDS,
) {
  return route(questionOf(poolOf(ids, pool, fates), { tie }), worldWith(fates))
}

describe('a session that may move', () => {
  it.each(poolStrategy.options)('stays where it is under %s', (strategy) => {
    for (const home of IDS) {
      const plan = planOf({}, soft(home), { strategy })
      expect(plan.candidates[0]?.id).toBe(home)
      expect(plan.order?.[0]?.upstreamId).toBe(home)
      expect(plan.candidates.map(({ id }) => id).toSorted()).toEqual([...IDS])
      expect(plan.affinity).toEqual({ kind: 'session', upstreamId: home, outcome: 'kept', reason: null })
    }
  })

  it.each([
    ['assignment_disabled', { ...fine, enabled: false }],
    ['cooling_down', { ...fine, rest: 'firm' }],
    ['resting', { ...fine, rest: 'soft' }],
    ['circuit_open', { ...fine, circuit: 'open' }],
    ['busy', { ...fine, isFull: true }],
    ['priority', { ...fine, priority: 2 }],
    ['no_weight', { ...fine, weight: 0 }],
    ['quota_exhausted', { ...fine, percent: 0 }],
  ] satisfies [string, Fate][])('moves for the reason %s, and says so', (reason, changed) => {
    const plan = planOf({ c: changed }, soft('c'))
    expect(plan.candidates[0]?.id).not.toBe('c')
    expect(plan.affinity).toEqual({ kind: 'session', upstreamId: 'c', outcome: 'moved', reason })
  })

  it('moves from an upstream that left the Pool, also to the only one', () => {
    expect(planOf({}, soft('gone')).affinity).toMatchObject({ outcome: 'moved', reason: 'not_in_pool' })
    const alone = planOf({ b: { ...fine, enabled: false } }, soft('b'), {}, ['a', 'b'])
    expect(alone.candidates.map(({ id }) => id)).toEqual(['a'])
    expect(alone.affinity).toMatchObject({ upstreamId: 'b', outcome: 'moved', reason: 'assignment_disabled' })
  })

  it('comes back to the better priority when that is well again', () => {
    const away = { a: { ...fine, rest: 'firm' as const }, b: { ...fine, priority: 2 }, c: { ...fine, priority: 2 } }
    const moved = planOf(away, soft('a'), {}, ['a', 'b', 'c']).candidates[0]?.id ?? ''
    expect(['b', 'c']).toContain(moved)
    expect(planOf(away, soft(moved), {}, ['a', 'b', 'c']).candidates[0]?.id).toBe(moved)
    const well = planOf({ ...away, a: fine }, soft(moved), {}, ['a', 'b', 'c'])
    expect(well.candidates[0]?.id).toBe('a')
    expect(well.affinity).toMatchObject({ outcome: 'moved', reason: 'priority' })
  })

  it('moves only when its upstream is left out, rests, is used up, or stands behind', () => {
    fc.assert(
      fc.property(fc.tuple(fate, fate, fate, fate), fc.nat(3), fc.nat(7), (fates, at, kind) => {
        const home = IDS[at] ?? 'a'
        const of = Object.fromEntries(IDS.map((id, index) => [id, fates[index] ?? fine]))
        const strategy = poolStrategy.options[kind] ?? 'priority'
        let plan
        try {
          plan = planOf(of, soft(home), { strategy })
        } catch (error) {
          expect(error).toBeInstanceOf(RouteRefusal)
          return
        }
        const first = plan.candidates[0]?.id ?? ''
        const mine = of[home] ?? fine
        const goes = of[first] ?? fine
        expect(plan.affinity?.outcome).toBe(first === home ? 'kept' : 'moved')
        if (first === home) return
        const isLeftOut = plan.exclusions.some(({ upstreamId }) => upstreamId === home)
        const isBehind = mine.priority > goes.priority || (mine.weight === 0 && goes.weight > 0)
        // The last resort is among those whose circuit is open: they all count as resting.
        const isResting = mine.rest !== 'none' || mine.circuit === 'open'
        expect(isLeftOut || isBehind || isResting || (mine.percent === 0 && goes.percent !== 0)).toBe(true)
        // And the order of the others is a whole one all the same.
        expect(new Set(plan.candidates.map(({ id }) => id)).size).toBe(plan.candidates.length)
      }),
      { numRuns: 3_000 },
    )
  })
})

describe('a request that may not move', () => {
  it('goes to its owner alone, or nowhere', () => {
    fc.assert(
      fc.property(fc.tuple(fate, fate, fate, fate), fc.nat(3), fc.boolean(), (fates, at, isFile) => {
        const owner = IDS[at] ?? 'a'
        const of = Object.fromEntries(IDS.map((id, index) => [id, fates[index] ?? fine]))
        try {
          const plan = planOf(of, hard(owner, isFile ? 'file' : 'response'))
          expect(plan.candidates.map(({ id }) => id)).toEqual([owner])
          expect(plan.affinity?.outcome).toBe('kept')
        } catch (error) {
          if (!(error instanceof TieBroken)) throw error
          expect(error.affinity).toMatchObject({ upstreamId: owner, outcome: 'broken' })
          expect(error.affinity.reason).not.toBeNull()
        }
      }),
      { numRuns: 3_000 },
    )
  })

  function refusal(fates: Readonly<Record<string, Fate>>, tie: Tie, pool: Parameters<typeof poolOf>[1] = {}) {
    try {
      planOf(fates, tie, pool)
    } catch (error) {
      if (error instanceof RouteRefusal) return error
      throw error
    }
    return null
  }

  it('is told to send the whole conversation', () => {
    const error = refusal({ b: { ...fine, rest: 'firm' } }, hard('b'))
    expect(error?.code).toBe('previous_response_not_found')
    expect(error?.message).toContain('without previous_response_id')
    expect(error?.readyAt).toBeNull()
    expect(refusal({}, hard('gone', 'socket'))?.code).toBe('previous_response_not_found')
  })

  it('hears of its files when they can be had again, or that they cannot', () => {
    expect(refusal({ b: { ...fine, rest: 'firm' } }, hard('b', 'file'))).toMatchObject({
      code: 'file_owner_unavailable',
      readyAt: NOW + 5_000,
    })
    expect(refusal({ b: { ...fine, isFull: true } }, hard('b', 'file'))).toMatchObject({
      code: 'file_owner_unavailable',
      readyAt: null,
    })
    expect(refusal({ b: { ...fine, enabled: false } }, hard('b', 'file'))?.code).toBe('file_owner_gone')
    expect(refusal({}, hard('gone', 'file'))?.code).toBe('file_owner_gone')
    expect(refusal({}, { ...hard('a', 'file'), rivalId: 'b' })?.code).toBe('file_owner_conflict')
    expect(refusal({}, { ...hard('a'), rivalId: 'b' })?.code).toBe('previous_response_not_found')
  })

  it('waits for its owner where the Pool lets requests wait', () => {
    const routing = { ...usualRouting, queueLength: 5 }
    const error = refusal({ b: { ...fine, isFull: true } }, hard('b'), { routing })
    expect(error?.code).toBe('pool_busy')
    expect(error).not.toBeInstanceOf(TieBroken)
  })

  it('is tried at an owner with an open circuit where nobody else could be asked', () => {
    const open = Object.fromEntries(IDS.map((id) => [id, { ...fine, circuit: 'open' as const }]))
    expect(planOf(open, hard('b')).candidates.map(({ id }) => id)).toEqual(['b'])
    expect(refusal({ b: { ...fine, circuit: 'open' } }, hard('b'))?.code).toBe('previous_response_not_found')
  })
})

it('who stays with its session takes nobody’s turn, and who moved does', () => {
  expect(planOf({}, null, { strategy: 'round_robin' }).members).toHaveLength(4)
  expect(planOf({}, soft('b'), { strategy: 'round_robin' }).members).toBeUndefined()
  expect(planOf({ b: { ...fine, isFull: true } }, soft('b'), { strategy: 'round_robin' }).members).toHaveLength(3)
})

it('each place says what was known then', () => {
  const plan = planOf({ a: { ...fine, percent: 40 }, b: { ...fine, circuit: 'half_open' } }, null, {}, ['a', 'b'])
  const places = Object.fromEntries(plan.order?.map((place) => [place.upstreamId, place]) ?? [])
  expect(places['a']).toMatchObject({ quotaLeft: 40, quotaResetsAt: NOW + 1 })
  expect(places['a']).not.toHaveProperty('circuit')
  expect(places['b']).toMatchObject({ circuit: 'half_open' })
  expect(places['b']).not.toHaveProperty('quotaLeft')
  expect(plan.affinity).toBeUndefined()
})
