/**
 * Third stage: which upstreams may serve the request, in which order, and why the others may not. Pure but for the draw
 * of equals.
 */
import { CLEAR, type QuotaLeft, type QuotaStanding } from '../providers/quota-view.ts'
import { listsModelsOf, servesFamily } from '../providers/provider.ts'
import { providerOf } from '../providers/registry.ts'
import type { Assignment } from '../../shared/models/pool.ts'
import type { Exclusion, ExclusionReason, PlannedUpstream } from '../../shared/models/request.ts'
import type { Obstacle } from './breakers.ts'
import type { Rest } from './health.ts'
import { errandAt, modelAt } from './model-at.ts'
import type { PoolRecord, UpstreamRecord } from './ports.ts'
import { refusalOf } from './route-refusal.ts'
import type { Contender, RouteQuestion, RouteWorld } from './route-world.ts'
import type { Plan } from './stages.ts'
import { putInOrder } from './strategies/strategies.ts'
import type { TurnMember } from './strategies/turns.ts'
import { boundPlan, stayed } from './tied-route.ts'

/** What keeps an upstream out for a while. */
export interface Hindrance extends Rest {
  /** Its account has nothing left until then; null or left out where it may have. */
  readonly dryUntil?: number | null
}

/** Why an upstream may not serve this request, or null. Lasting reasons come before passing ones. */
export function exclusionOf(
  question: Pick<RouteQuestion, 'key' | 'dialect' | 'model' | 'modelBy' | 'now'>,
  assignment: Assignment,
  record: UpstreamRecord,
  rest: Hindrance,
): ExclusionReason | null {
  if (!assignment.enabled) return 'assignment_disabled'
  if (question.key.allowedUpstreams !== null && !question.key.allowedUpstreams.has(record.id))
    return 'not_allowed_by_key'
  if (record.status === 'paused') return 'upstream_paused'
  if (record.status === 'auth_required') return 'auth_required'
  const provider = providerOf(record.kind)
  if (provider.needsSecret && record.secret === null) return 'secret_missing'
  const family = question.dialect
  if (!servesFamily(provider, family)) return 'route_not_served'
  const isListed = record.models.size === 0 || record.models.has(modelAt(question, record.id))
  if (!isListed && listsModelsOf(provider, family)) return 'model_not_served'
  if ((rest.dryUntil ?? 0) > question.now) return 'quota_exhausted'
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
    const quota = this.#quotaOf(record)
    const hindrance = quota.until === null ? rest : { ...rest, dryUntil: quota.until }
    const reason = exclusionOf(question, assignment, record, hindrance)
    if (reason !== null) {
      this.#exclude(id, reason, untilOf(reason, hindrance))
      return
    }
    const obstacle = health.obstacle(id, errandAt(question, id), question.now)
    const isResting = rest.until > question.now
    const standing = { isResting, isLow: quota.isBehind, isFallback, circuit: circuitOf(obstacle) }
    if (obstacle?.state === 'probing') {
      this.#exclude(id, 'circuit_open', Math.max(obstacle.until, question.now))
    } else if (isFull(record, health.inFlight(id)) && question.ignoresPlaces !== true) {
      this.isAnyBusy = true
      this.#exclude(id, 'busy', null)
    } else if (obstacle?.state === 'open') {
      this.#doubt(contenderOf(record, assignment, { ...standing, isResting: true }), 'circuit_open', obstacle.until)
    } else {
      const lacksUntil = health.lacksUntil(id, modelAt(question, id))
      if (lacksUntil > question.now) {
        this.#doubt(contenderOf(record, assignment, standing), 'model_not_served', lacksUntil)
      } else this.contenders.push(contenderOf(record, assignment, standing))
    }
  }

  #quotaOf(record: UpstreamRecord): QuotaStanding {
    if (record.kind !== 'chatgpt') return CLEAR
    return this.#world.quota.standing(record.id, modelAt(this.#question, record.id), this.#question.now)
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

function circuitOf(obstacle: Obstacle | null): Contender['circuit'] {
  return obstacle === null || obstacle.state === 'probing' ? null : obstacle.state
}

function untilOf(reason: ExclusionReason, { until, dryUntil }: Hindrance): number | null {
  if (reason === 'quota_exhausted') return dryUntil ?? null
  return reason === 'cooling_down' ? until : null
}

/** Above every priority. */
const STEP = 1_001

interface Standing extends Pick<Contender, 'isResting' | 'isFallback' | 'circuit'> {
  /** By an old word nothing of its quota is left, or it would go on credits: behind every other, too. */
  readonly isLow: boolean
}

function contenderOf(
  record: UpstreamRecord,
  { weight, priority }: Assignment,
  { isResting, isLow, isFallback, circuit }: Standing,
): Contender {
  const step = (isResting || isLow ? 2 * STEP : 0) + (isFallback ? STEP : 0) + priority
  return { record, weight, isResting, isFallback, circuit, priority, step, tier: 0, rank: 0, lot: 0, figure: null }
}

/** Whether a request of the Pool may wait until there is room. */
export function hasQueue({ routing }: PoolRecord): boolean {
  return routing.queueLength > 0 && routing.queueWaitMs > 0
}

/**
 * @throws RouteRefusal `pool_busy`, `no_upstream_ready` (wait), `model_not_found`, `no_upstream_eligible` (give up);
 *   TieBroken where it must go to an upstream that may not serve it.
 */
export function route(question: RouteQuestion, world: RouteWorld): Plan {
  const { pool, fallback, maxAttempts, tie = null } = question
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
  const sorted = { contenders, exclusions }
  if (tie?.isHard === true) return boundPlan(tie, sorted, hasQueue(pool))
  const [first] = contenders
  if (first === undefined) throw refusalOf(question, exclusions)
  if (contenders.length > 1) putInOrder(contenders, question, world)
  const used = tie === null ? null : stayed(tie, sorted, { now: question.now, quota: world.quota })
  const affinity = used === null ? {} : { affinity: used }
  if (contenders.length === 1) return { candidates: [first.record], exclusions, ...affinity }
  // Who stays takes nobody's turn: a busy session would keep its upstream from new ones for as long.
  const takesTurn = pool.strategy === 'round_robin' && used?.outcome !== 'kept'
  const members = takesTurn ? { members: membersOf(contenders) } : {}
  const tried = contenders.length > maxAttempts ? contenders.slice(0, maxAttempts) : contenders
  const order = tried.map((contender) => planned(contender, world.quota.left(contender.record.id, question.now)))
  return { candidates: tried.map(({ record }) => record), exclusions, order, ...members, ...affinity }
}

function planned(
  { record, figure, isResting, isFallback, circuit }: Contender,
  left: QuotaLeft | null,
): PlannedUpstream {
  const place = { upstreamId: record.id, figure, isResting, isFallback, ...(circuit === null ? {} : { circuit }) }
  if (left === null) return place
  const quota = { ...place, quotaLeft: Math.round(left.percent) }
  return left.resetsAt === null ? quota : { ...quota, quotaResetsAt: left.resetsAt }
}

/** Those that could have been first. */
function membersOf(contenders: readonly Contender[]): TurnMember[] {
  const step = contenders[0]?.step
  return contenders
    .filter((contender) => contender.step === step && contender.weight > 0)
    .map(({ record, weight }) => ({ upstreamId: record.id, weight }))
}
