/**
 * From an admitted request to one with a plan, a charge and its places: at once, as nearly always, or after its prompt
 * was counted, or after it waited for room in its Pool. Planning, charging and taking the places are one turn of the
 * event loop, so nothing is overshot.
 */
import { LimitRefused } from './limit-error.ts'
import { familyOf } from './plain.ts'
import { plan, type PlanDeps } from './plan.ts'
import { hasQueue } from './route.ts'
import { isBusy } from './route-refusal.ts'
import { poolRefusal, type Traffic } from './traffic.ts'
import type { SettledRow } from './ports.ts'
import type { ClientStream } from './client-stream.ts'
import type { Limiter } from './limiter.ts'
import type { Place } from './place.ts'
import type { Admitted, Reserved, Routed } from './stages.ts'

export interface StartDeps extends PlanDeps {
  readonly limiter: Limiter
  readonly traffic: Traffic
  /** Monotonic ms. */
  readonly now: () => number
}

/** It may be dispatched. Whoever has it must release its place. */
export interface Started {
  readonly held: Reserved
  readonly place: Place
}

/** Who asks. */
export interface Door {
  readonly client: Pick<ClientStream, 'onGone'>
  /** Told of each plan before it is charged, so that a refusal can be told with it. */
  planned(routed: Routed): void
  /** Told once where it waited, however that ended. */
  waited(ms: number): void
}

/** Each round some running request is counted that was only bounded before; more of them come no faster than this. */
export const MAX_ROUNDS = 10

/** @throws RouteRefusal, LimitRefused, AppError `model_not_allowed`, `model_unpriced`. */
function begin(deps: StartDeps, admitted: Admitted, door: Door): Started {
  const { pool } = admitted
  const busy = poolRefusal(pool, deps.traffic)
  if (busy !== null) throw busy
  const routed = plan(deps, admitted)
  door.planned(routed)
  const held = deps.limiter.reserve(routed)
  return { held, place: deps.traffic.open(pool, held.plan, errandOf(held)) }
}

function errandOf(held: Reserved) {
  const { grant } = held
  return { model: grant.model, modelBy: grant.modelBy ?? null, dialect: familyOf(held) }
}

/** @throws as `begin`, or rejects so. */
export function start(deps: StartDeps, admitted: Admitted, door: Door): Started | Promise<Started> {
  const { pool } = admitted
  if (hasQueue(pool) && deps.traffic.mustWait(pool.id)) return startLater(deps, admitted, { door, refusal: null })
  try {
    return begin(deps, admitted, door)
  } catch (refusal) {
    if (!(refusal instanceof LimitRefused) && !(isBusy(refusal) && hasQueue(pool))) throw refusal
    return startLater(deps, admitted, { door, refusal })
  }
}

interface Late {
  readonly door: Door
  /** Null where others wait already. */
  readonly refusal: unknown
}

async function startLater(deps: StartDeps, admitted: Admitted, { door, refusal: first }: Late): Promise<Started> {
  const line = createLine(deps, admitted, door)
  let refusal = first
  let rounds = 0
  try {
    for (;;) {
      try {
        if (!(refusal instanceof LimitRefused)) return await line.wait()
        if (rounds++ >= MAX_ROUNDS) throw refusal
        if (!(await deps.limiter.refine(plan(deps, admitted, true), refusal))) throw refusal
        return begin(deps, admitted, door)
      } catch (error) {
        const canGoOn = error instanceof LimitRefused || (isBusy(error) && hasQueue(admitted.pool))
        if (!canGoOn || error === refusal || error === line.refusal) throw error
        refusal = error
      }
    }
  } finally {
    line.tell()
  }
}

/** A request's waits for room, of which there may be more than one, but no longer than one in all. */
function createLine(deps: StartDeps, admitted: Admitted, door: Door) {
  const { pool, key, facts } = admitted
  const startedAt = deps.now()
  let since: number | null = null
  let refusal: unknown = null

  /** With the Pool as it is by then. */
  function go(): Started | null {
    try {
      return begin(deps, { ...admitted, pool: deps.directory.pool(pool.id) ?? pool }, door)
    } catch (error) {
      if (isBusy(error)) return null
      throw error
    }
  }

  return {
    get refusal() {
      return refusal
    },
    async wait(): Promise<Started> {
      // Whom its limits refuse should hear of it now, and not after the wait.
      deps.limiter.settle(deps.limiter.reserve(plan(deps, admitted, true)).claim, NOT_SENT)
      since ??= deps.now()
      const waitMs = Math.max(0, pool.routing.queueWaitMs - (deps.now() - startedAt))
      const asks = `${familyOf(admitted)} ${facts.model} ${key.id}`
      const ended = await deps.traffic.wait({ pool, keyId: key.id, asks, waitMs, go }, (leave) =>
        door.client.onGone(leave),
      )
      if ('went' in ended) return ended.went
      refusal = ended.refused
      throw refusal
    },
    tell(): void {
      if (since !== null) door.waited(deps.now() - since)
    },
  }
}

/** Gives back what was charged for a look. */
const NOT_SENT: SettledRow = {
  state: 'refused',
  upstreamId: null,
  status: 0,
  errorCode: null,
  usage: { input: 0, cached: 0, output: 0, reasoning: 0 },
  usageSource: 'none',
  costNanos: null,
  firstByteMs: null,
  durationMs: 0,
  tries: [],
}
