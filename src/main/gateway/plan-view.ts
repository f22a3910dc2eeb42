/**
 * The plan of a request that nobody sends, with all that stands behind it, for an operator who looks or tries a draft. It
 * asks the function that the pipeline asks, and changes nothing.
 */
import type { AppError } from '../../shared/errors.ts'
import type { PlannedPlace, PlanView } from '../../shared/models/plan-preview.ts'
import type { Assignment } from '../../shared/models/pool.ts'
import type { Exclusion, PlannedUpstream } from '../../shared/models/request.ts'
import { attempted } from './explain-step.ts'
import { BEYOND_WORDS, leftOutWords, planned, triedWords } from './explain-upstreams.ts'
import { errandAt, modelAt, type SentModel } from './model-at.ts'
import type { Askable } from './plan-question.ts'
import { permit } from './permit.ts'
import { fallbackOf, type PlanDeps } from './plan.ts'
import { RouteRefusal } from './route-refusal.ts'
import { seededRandom } from './seeded-random.ts'
import { TieBroken } from './tied-route.ts'
import type { Plan } from './stages.ts'

/** Draws by which it is told how often equals come first: within some percent. */
const DRAWS = 128
const SEED = 1

interface Found {
  readonly plan: Plan | null
  /** What is sent; null where nothing is. */
  readonly sent: SentModel | null
  readonly refusal: AppError | null
  readonly waits: AppError | null
  /** How many of the draws put an upstream first. */
  readonly firsts: ReadonlyMap<string, number>
}

/** `paused`: by the draft alone. */
export function planView(world: PlanDeps, asked: Askable, paused: ReadonlySet<string> = new Set()): PlanView {
  const found = drawn(world, asked)
  const { plan, sent, refusal, waits } = found
  const view = { strategy: asked.pool.strategy, model: sent?.model ?? null, waits: waits?.message ?? null }
  const affinity = plan?.affinity ?? (refusal instanceof TieBroken ? refusal.affinity : null)
  const exclusions = plan?.exclusions ?? (refusal instanceof RouteRefusal ? refusal.exclusions : [])
  const places = placesOf(world, asked, { ...found, exclusions, paused })
  if (refusal === null) return { ...view, refusal: null, places, affinity }
  const readyAt = refusal instanceof RouteRefusal ? refusal.readyAt : null
  return { ...view, refusal: { code: refusal.code, message: refusal.message, readyAt }, places, affinity }
}

/** Of the many plans that draws can come to, one whose first is the one that is first most often. */
function drawn(world: PlanDeps, asked: Askable): Found {
  const firsts = new Map<string, number>()
  const plans = new Map<string, Omit<Found, 'firsts'>>()
  for (let draw = 0; draw < DRAWS; draw++) {
    const { value, refusal, waits } = planned({ ...world, random: seededRandom(SEED + draw) }, asked)
    if (refusal !== null) return { plan: null, sent: sentOf(asked), refusal, waits, firsts }
    const { plan, grant } = value
    const found = { plan, sent: grant, refusal, waits }
    const first = plan.candidates[0]?.id ?? ''
    firsts.set(first, (firsts.get(first) ?? 0) + 1)
    if (!plans.has(first)) plans.set(first, found)
    if (plan.order === undefined) break
  }
  const [usual = ''] = [...firsts].toSorted((a, b) => b[1] - a[1]).map(([id]) => id)
  const found = plans.get(usual)
  if (found === undefined) throw new Error('a plan without a candidate')
  return { ...found, firsts }
}

/** Also where no upstream may serve it. */
function sentOf(asked: Askable): SentModel | null {
  return attempted(() => permit(asked)).value
}

interface Told extends Found {
  readonly exclusions: readonly Exclusion[]
  readonly paused: ReadonlySet<string>
}

function placesOf(world: PlanDeps, asked: Askable, told: Told): PlannedPlace[] {
  const { plan, exclusions } = told
  // Nothing was looked at: the model may not pass.
  if (plan === null && exclusions.length === 0) return []
  const { pool } = asked
  const fallback = fallbackOf(pool, world.directory)?.assignments ?? []
  const assigned = [
    ...pool.assignments.map((each) => ({ ...each, isFallback: false })),
    ...fallback
      .filter(({ upstreamId }) => !pool.assignments.some((own) => own.upstreamId === upstreamId))
      .map((each) => ({ ...each, isFallback: true })),
  ]
  const candidates = plan?.candidates ?? []
  const rankOf = (id: string): number => {
    const index = candidates.findIndex((candidate) => candidate.id === id)
    return index < 0 ? candidates.length : index
  }
  const isOut = (id: string): boolean => exclusions.some(({ upstreamId }) => upstreamId === id)
  return assigned
    .filter(({ upstreamId }) => world.directory.upstream(upstreamId) !== undefined)
    .toSorted((a, b) => {
      const out = Number(isOut(a.upstreamId)) - Number(isOut(b.upstreamId))
      return out === 0 ? rankOf(a.upstreamId) - rankOf(b.upstreamId) : out
    })
    .map((member) => placeOf(world, asked, member, told))
}

type Member = Assignment & { readonly isFallback: boolean }

function placeOf(world: PlanDeps, { pool, dialect }: Askable, member: Member, told: Told): PlannedPlace {
  const { plan, sent, exclusions, paused, firsts } = told
  const { directory, health, quota } = world
  const { upstreamId: id, isFallback, priority, weight } = member
  const now = world.clock()
  const record = directory.upstream(id)
  const index = plan?.candidates.findIndex((candidate) => candidate.id === id) ?? -1
  const order: PlannedUpstream | undefined = plan?.order?.[index]
  const exclusion = exclusions.find(({ upstreamId }) => upstreamId === id)
  const rest = health.restOf(id)
  const isResting = exclusion === undefined && rest.until > now
  const left = quota.left(id, now)
  const draws = [...firsts.values()].reduce((sum, count) => sum + count, 0)
  return {
    upstreamId: id,
    name: record?.name ?? id,
    outcome: exclusion !== undefined ? 'excluded' : index < 0 ? 'beyond' : 'ordered',
    place: index < 0 ? null : index + 1,
    words:
      exclusion !== undefined
        ? leftOutWords(exclusion.reason)
        : index < 0
          ? BEYOND_WORDS
          : triedWords(pool.strategy, index, order),
    firstShare: draws === 0 ? 0 : (firsts.get(id) ?? 0) / draws,
    figure: order?.figure ?? null,
    isResting: order?.isResting ?? isResting,
    isFallback,
    reason: exclusion?.reason ?? null,
    until: exclusion?.until ?? (isResting ? rest.until : null),
    priority,
    weight,
    model: sent === null || exclusion !== undefined ? null : modelAt(sent, id),
    quotaLeft: left === null ? null : left.percent,
    quotaResetsAt: left?.resetsAt ?? null,
    circuit: sent === null ? null : (health.obstacle(id, errandAt({ ...sent, dialect }, id), now)?.state ?? null),
    inFlight: health.inFlight(id),
    maxConcurrent: record?.maxConcurrent ?? null,
    isPausedInDraft: paused.has(id),
  }
}
