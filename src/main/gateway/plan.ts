/** Policy and routing of an admitted request, as the world is at this moment. Pure but for the draw of equals. */
import type { QuotaView } from '../providers/quota-view.ts'
import type { AffinityView, TiedRequest } from './affinity.ts'
import { SessionMark } from './affinity/marks.ts'
import type { Directory } from './directory.ts'
import { permit, type PermitQuestion } from './permit.ts'
import { familyOf } from './plain.ts'
import type { PoolRecord, PriceSource } from './ports.ts'
import { route } from './route.ts'
import type { RouteHealth } from './route-world.ts'
import { sessionOf, userOf } from './session.ts'
import type { Routed } from './stages.ts'
import type { TrafficView } from './traffic.ts'

export interface PlanDeps {
  readonly directory: Pick<Directory, 'settings' | 'upstream' | 'pool'>
  readonly health: RouteHealth
  readonly traffic: TrafficView
  readonly quota: QuotaView
  readonly prices: Pick<PriceSource, 'rates'>
  /** Absent where no session is at home anywhere. */
  readonly affinity?: AffinityView | undefined
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** Epoch ms. */
  readonly clock: () => number
}

type Asking = PermitQuestion & Pick<TiedRequest, 'headers' | 'socket'>

/** The Pool whose upstreams come behind; null where there is none that is active. One step: its own is not asked. */
export function fallbackOf(pool: PoolRecord, directory: Pick<Directory, 'pool'>): PoolRecord | null {
  const id = pool.routing.fallbackPoolId
  const fallback = id === null || id === pool.id ? undefined : directory.pool(id)
  return fallback?.status === 'active' ? fallback : null
}

/**
 * `ignoresPlaces`: as if every upstream had room.
 * @throws AppError of `permit` and `route`.
 */
export function plan<A extends Asking>(
  deps: PlanDeps,
  admitted: A,
  ignoresPlaces = false,
): A & Pick<Routed, 'grant' | 'plan' | 'session'> {
  const grant = permit(admitted)
  const { pool, key, facts, fields } = admitted
  const { directory, health, quota, prices, random } = deps
  const fallback = fallbackOf(pool, directory)
  const told = sessionOf(admitted.headers ?? null, fields)
  const session = told === null ? null : new SessionMark(key.id, told)
  const isSpread = pool.strategy === 'spread'
  const hasChoice = pool.assignments.length + (fallback?.assignments.length ?? 0) > 1
  const home = isSpread || !pool.routing.sticky ? null : session
  const question = {
    pool,
    fallback,
    key,
    dialect: familyOf(admitted),
    model: grant.model,
    modelBy: grant.modelBy ?? null,
    isStream: facts.stream,
    session: isSpread ? (told ?? userOf(fields)) : null,
    tie: hasChoice ? (deps.affinity?.tieOf(admitted, home) ?? null) : null,
    input: grant.reservedInput,
    output: grant.reservedOutput,
    maxAttempts: pool.routing.maxAttempts ?? directory.settings['routing.maxAttempts'],
    now: deps.clock(),
    ignoresPlaces,
  }
  const world = { upstream: directory.upstream, health, turns: deps.traffic.turns, quota, prices, random }
  return { ...admitted, grant, session, plan: route(question, world) }
}
