/**
 * Third stage: which upstreams may serve the request, in which order, and why the others may not. Pure but for the draw
 * of equals.
 */
import { providerOf } from '../providers/registry.ts'
import type { Assignment } from '../../shared/models/pool.ts'
import type { Exclusion, ExclusionReason } from '../../shared/models/request.ts'
import type { Rest } from './health.ts'
import type { PoolRecord, UpstreamRecord } from './ports.ts'
import { refusalOf } from './route-refusal.ts'
import type { Contender, RouteQuestion, RouteWorld } from './route-world.ts'
import type { Plan } from './stages.ts'
import { putInOrder } from './strategies/strategies.ts'
import type { TurnMember } from './strategies/turns.ts'

/** Why an upstream may not serve this request, or null. Lasting reasons come before passing ones. */
export function exclusionOf(
  question: Pick<RouteQuestion, 'key' | 'dialect' | 'model' | 'now'>,
  assignment: Assignment,
  record: UpstreamRecord,
  rest: Rest,
): ExclusionReason | null {
  if (!assignment.enabled) return 'assignment_disabled'
  if (question.key.allowedUpstreams !== null && !question.key.allowedUpstreams.has(record.id))
    return 'not_allowed_by_key'
  if (record.status === 'paused') return 'upstream_paused'
  if (record.status === 'auth_required') return 'auth_required'
  const provider = providerOf(record.kind)
  if (provider.needsSecret && record.secret === null) return 'secret_missing'
  if (!provider.dialects.has(question.dialect)) return 'route_not_served'
  if (record.models.size > 0 && !record.models.has(question.model)) return 'model_not_served'
  if (rest.firm && rest.until > question.now) return 'cooling_down'
  return null
}

/** What an upstream's own failures say against it; it is tried all the same where there is no other. */
interface Doubt {
  readonly exclusion: Exclusion
  readonly contender: Contender
}

class Sorting {
  readonly contenders: Contender[] = []
  readonly exclusions: Exclusion[] = []
  readonly doubts: Doubt[] = []
  isAnyBusy = false
  readonly #question: RouteQuestion
  readonly #world: RouteWorld

  constructor(question: RouteQuestion, world: RouteWorld) {
    this.#question = question
    this.#world = world
  }

  look(assignment: Assignment, isFallback: boolean): void {
    const question = this.#question
    const { health, upstream } = this.#world
    const record = upstream(assignment.upstreamId)
    if (record === undefined) return
    const { id } = record
    const rest = health.restOf(id)
    const reason = exclusionOf(question, assignment, record, rest)
    if (reason !== null) {
      this.#exclude(id, reason, reason === 'cooling_down' ? rest.until : null)
      return
    }
    const isResting = rest.until > question.now
    const obstacle = health.obstacle(id, question, question.now)
    if (obstacle?.state === 'probing') {
      this.#exclude(id, 'circuit_open', Math.max(obstacle.until, question.now))
    } else if (isFull(record, health.inFlight(id)) && question.ignoresPlaces !== true) {
      this.isAnyBusy = true
      this.#exclude(id, 'busy', null)
    } else if (obstacle?.state === 'open') {
      this.#doubt(contenderOf(record, assignment, { isResting: true, isFallback }), 'circuit_open', obstacle.until)
    } else {
      const lacksUntil = health.lacksUntil(id, question.model)
      if (lacksUntil > question.now) {
        this.#doubt(contenderOf(record, assignment, { isResting, isFallback }), 'model_not_served', lacksUntil)
      } else this.contenders.push(contenderOf(record, assignment, { isResting, isFallback }))
    }
  }

  #exclude(upstreamId: string, reason: ExclusionReason, until: number | null): void {
    this.exclusions.push({ upstreamId, reason, until })
  }

  #doubt(contender: Contender, reason: ExclusionReason, until: number): void {
    this.doubts.push({ contender, exclusion: { upstreamId: contender.record.id, reason, until } })
  }
}

/** Whether as many requests run there as may. */
export function isFull({ maxConcurrent }: UpstreamRecord, inFlight: number): boolean {
  return maxConcurrent !== null && inFlight >= maxConcurrent
}

/** Above every priority. */
const STEP = 1_001

function contenderOf(
  record: UpstreamRecord,
  { weight, priority }: Assignment,
  { isResting, isFallback }: Pick<Contender, 'isResting' | 'isFallback'>,
): Contender {
  const step = (isResting ? 2 * STEP : 0) + (isFallback ? STEP : 0) + priority
  return { record, weight, isResting, isFallback, priority, step, tier: 0, rank: 0, lot: 0, figure: null }
}

/** Whether a request of the Pool may wait until there is room. */
export function hasQueue({ routing }: PoolRecord): boolean {
  return routing.queueLength > 0 && routing.queueWaitMs > 0
}

/** @throws RouteRefusal `pool_busy`, `no_upstream_ready` (wait), `model_not_found`, `no_upstream_eligible` (give up). */
export function route(question: RouteQuestion, world: RouteWorld): Plan {
  const { pool, fallback, maxAttempts } = question
  const sorting = new Sorting(question, world)
  const own = pool.assignments
  for (const assignment of own) sorting.look(assignment, false)
  // What the Pool itself says of an upstream holds, also where the fallback Pool has it, too.
  for (const assignment of fallback?.assignments ?? []) {
    if (!own.some(({ upstreamId }) => upstreamId === assignment.upstreamId)) sorting.look(assignment, true)
  }
  const { exclusions, doubts } = sorting
  let { contenders } = sorting
  const isLastResort = contenders.length === 0 && !(sorting.isAnyBusy && hasQueue(pool))
  if (isLastResort) contenders = doubts.map(({ contender }) => contender)
  else for (const { exclusion } of doubts) exclusions.push(exclusion)
  const [first] = contenders
  if (first === undefined) throw refusalOf(question, exclusions)
  if (contenders.length === 1) return { candidates: [first.record], exclusions }
  putInOrder(contenders, question, world)
  const members = pool.strategy === 'round_robin' ? membersOf(contenders) : null
  const tried = contenders.length > maxAttempts ? contenders.slice(0, maxAttempts) : contenders
  const plan = { candidates: tried.map(({ record }) => record), exclusions, order: tried.map(planned) }
  return members === null ? plan : { ...plan, members }
}

function planned({ record, figure, isResting, isFallback }: Contender) {
  return { upstreamId: record.id, figure, isResting, isFallback }
}

/** Those that could have been first. */
function membersOf(contenders: readonly Contender[]): TurnMember[] {
  const step = contenders[0]?.step
  return contenders
    .filter((contender) => contender.step === step && contender.weight > 0)
    .map(({ record, weight }) => ({ upstreamId: record.id, weight }))
}
