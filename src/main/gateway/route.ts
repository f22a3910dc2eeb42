/** Third stage: which upstreams may serve the request, in which order, and why the others may not. Pure. */
import { AppError } from '../../shared/errors.ts'
import { providerOf } from '../providers/registry.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Assignment } from '../../shared/models/pool.ts'
import type { Exclusion, ExclusionReason } from '../../shared/models/request.ts'
import type { Rest } from './health.ts'
import type { KeyRecord, PoolRecord, UpstreamRecord } from './ports.ts'
import type { Plan } from './stages.ts'

export interface RouteQuestion {
  readonly pool: PoolRecord
  readonly key: Pick<KeyRecord, 'allowedUpstreams'>
  readonly dialect: Dialect
  readonly model: string
  readonly maxAttempts: number
  readonly now: number
}

/** The state of the world that routing looks at. */
export interface RouteWorld {
  upstream(id: string): UpstreamRecord | undefined
  restOf(upstreamId: string): Rest
  /** Uniform in [0, 1). */
  random(): number
}

/** Why an upstream may not serve this request, or null. Lasting reasons come before passing ones. */
export function exclusionOf(
  question: RouteQuestion,
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

interface Eligible {
  readonly record: UpstreamRecord
  /** Failed a moment ago: behind every other, whatever its priority. */
  readonly isResting: boolean
  readonly priority: number
  /** Sorts by weighted chance inside one priority. */
  readonly draw: number
}

/** @throws AppError `no_upstream_ready` (wait), `model_not_found` or `no_upstream_eligible` (give up). */
export function route(question: RouteQuestion, world: RouteWorld): Plan {
  const eligible: Eligible[] = []
  const exclusions: Exclusion[] = []
  for (const assignment of question.pool.assignments) {
    const record = world.upstream(assignment.upstreamId)
    if (record === undefined) continue
    const rest = world.restOf(record.id)
    const reason = exclusionOf(question, assignment, record, rest)
    if (reason !== null) {
      exclusions.push({ upstreamId: record.id, reason, until: reason === 'cooling_down' ? rest.until : null })
      continue
    }
    const draw = weightedDraw(assignment.weight, world.random)
    eligible.push({ record, isResting: rest.until > question.now, priority: assignment.priority, draw })
  }
  if (eligible.length === 0) throw refusal(question, exclusions)
  if (eligible.length > 1) {
    eligible.sort((a, b) => Number(a.isResting) - Number(b.isResting) || a.priority - b.priority || b.draw - a.draw)
  }
  return { candidates: eligible.slice(0, question.maxAttempts).map((entry) => entry.record), exclusions }
}

/**
 * Sorting by random^(1/weight), highest first, draws without replacement in proportion to the weights (Efraimidis and
 * Spirakis). Weight 0 sorts behind every other.
 */
function weightedDraw(weight: number, random: () => number): number {
  return weight === 0 ? -random() : random() ** (1 / weight)
}

export class RouteRefusal extends AppError {
  readonly exclusions: readonly Exclusion[]
  /** Epoch ms at which the first upstream is ready again; null when none will be by itself. */
  readonly readyAt: number | null

  constructor(
    error: { code: AppError['code']; message: string },
    exclusions: readonly Exclusion[],
    readyAt: number | null,
  ) {
    super(error.code, error.message, { details: { reasons: exclusions.map((entry) => entry.reason) } })
    this.exclusions = exclusions
    this.readyAt = readyAt
  }
}

function refusal(question: RouteQuestion, exclusions: readonly Exclusion[]): RouteRefusal {
  const resting = exclusions.flatMap((entry) => (entry.until === null ? [] : [entry.until]))
  if (resting.length > 0) {
    const readyAt = Math.min(...resting)
    const seconds = Math.max(1, Math.ceil((readyAt - question.now) / 1_000))
    const message = `Every upstream that could serve this request is cooling down; the first is ready in ${seconds} s.`
    return new RouteRefusal({ code: 'no_upstream_ready', message }, exclusions, readyAt)
  }
  if (exclusions.some((entry) => entry.reason === 'model_not_served')) {
    const message = `No upstream of the Pool "${question.pool.name}" serves the model "${question.model}".`
    return new RouteRefusal({ code: 'model_not_found', message }, exclusions, null)
  }
  const message =
    exclusions.length === 0
      ? `The Pool "${question.pool.name}" has no upstream.`
      : `No upstream of the Pool "${question.pool.name}" may serve this request: ${describe(exclusions)}.`
  return new RouteRefusal({ code: 'no_upstream_eligible', message }, exclusions, null)
}

function describe(exclusions: readonly Exclusion[]): string {
  return [...new Set(exclusions.map((entry) => entry.reason.replaceAll('_', ' ')))].join(', ')
}
