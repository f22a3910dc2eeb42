/** A Pool, its upstreams and the world around them, for routing without a gateway. */
import { usualRouting, type Assignment } from '../../src/shared/models/pool.ts'
import type { PoolRecord, UpstreamRecord } from '../../src/main/gateway/ports.ts'
import type { RouteQuestion, RouteWorld } from '../../src/main/gateway/route-world.ts'
import { upstreamRecord } from './gateway-rig.ts'

export const NOW = 1_000_000

export function bareUpstream(id: string, changes: Partial<UpstreamRecord> = {}): UpstreamRecord {
  return upstreamRecord(id, 'http://127.0.0.1:9/v1', { secret: null, ...changes })
}

/** One Pool over these, all of one priority and weight 1 but for what is said otherwise. */
export function poolOf(
  ids: readonly string[],
  changes: Partial<PoolRecord> = {},
  members: Readonly<Record<string, Partial<Assignment>>> = {},
): PoolRecord {
  const assignments = ids.map((upstreamId) => ({
    upstreamId,
    priority: 1,
    weight: 1,
    enabled: true,
    ...members[upstreamId],
  }))
  const usual = { strategy: 'priority', routing: usualRouting, models: null, assignments } as const
  return { id: 'pool', name: 'Test', status: 'active', ...usual, ...changes }
}

export function questionOf(pool: PoolRecord, changes: Partial<RouteQuestion> = {}): RouteQuestion {
  const asked = { dialect: 'chat', model: 'm', isStream: false, session: null, input: 100, output: 100 } as const
  return { pool, fallback: null, key: { allowedUpstreams: null }, maxAttempts: 9, now: NOW, ...asked, ...changes }
}

/** Every upstream is known, healthy and idle, and nothing is known of quota and prices. */
export function worldOf(
  changes: Partial<Omit<RouteWorld, 'health' | 'quota'>> & {
    readonly health?: Partial<RouteWorld['health']>
    readonly quota?: Partial<RouteWorld['quota']>
  } = {},
): RouteWorld {
  const known = new Map<string, UpstreamRecord>()
  const { health, quota, ...rest } = changes
  return {
    upstream(id) {
      const record = known.get(id) ?? bareUpstream(id)
      known.set(id, record)
      return record
    },
    health: {
      restOf: () => ({ until: 0, firm: false }),
      inFlight: () => 0,
      obstacle: () => null,
      lacksUntil: () => 0,
      pace: () => null,
      ...health,
    },
    turns: { credit: () => 0 },
    quota: { left: () => null, standing: () => ({ until: null, isBehind: false }), ...quota },
    prices: { rates: () => null },
    random: () => 0.5,
    ...rest,
  }
}

/** Uniform and the same in every run. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}
