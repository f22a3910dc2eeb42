/** The step that says which upstreams of the Pool may serve a request, in which order, and why the others may not. */
import type { AppError } from '../../shared/errors.ts'
import type { DoctorFact } from '../../shared/models/doctor.ts'
import { dollarsInWords } from '../../shared/limit-policy.ts'
import type { PoolStrategy } from '../../shared/models/pool.ts'
import type { Exclusion, ExclusionReason, PlannedUpstream } from '../../shared/models/request.ts'
import type { AffinityNote } from '../../shared/models/session.ts'
import type { ExplainWorld, Finding } from './explain-world.ts'
import { attempted, count, fact, passed, refused, type Fix } from './explain-step.ts'
import { modelAt } from './model-at.ts'
import type { PermitQuestion } from './permit.ts'
import { fallbackOf, plan, type PlanDeps } from './plan.ts'
import type { PoolRecord } from './ports.ts'
import { hasQueue } from './route.ts'
import { isBusy, RouteRefusal } from './route-refusal.ts'
import type { Routed } from './stages.ts'
import { poolRefusal } from './traffic.ts'

type Planned =
  | {
      readonly value: Pick<Routed, 'grant' | 'plan'>
      readonly refusal: null
      /** Why it would not go at once; null where it would. */
      readonly waits: AppError | null
    }
  | { readonly value: null; readonly refusal: AppError; readonly waits: null }

/** The plan of a request as the pipeline would begin it: with no room for it, it waits where the Pool has a queue. */
export function planned<A extends PermitQuestion>(
  world: PlanDeps,
  admitted: A,
): Planned & { readonly value: (A & Pick<Routed, 'grant' | 'plan'>) | null } {
  const { pool } = admitted
  const full = poolRefusal(pool, world.traffic)
  const now = attempted(() => {
    if (full !== null) throw full
    return plan(world, admitted)
  })
  if (now.refusal === null) return { ...now, waits: null }
  const canWait = isBusy(now.refusal) && hasQueue(pool) && world.traffic.waiting(pool.id) < pool.routing.queueLength
  if (!canWait) return { ...now, waits: null }
  const later = attempted(() => plan(world, admitted, true))
  return later.refusal === null ? { ...later, waits: now.refusal } : { ...later, waits: null }
}

const REASONS: Readonly<Record<ExclusionReason, readonly [words: string, fix: string]>> = {
  assignment_disabled: ['switched off in the Pool', 'Switch the upstream on in the Pool.'],
  not_allowed_by_key: ['not among the upstreams of the key', 'Let the key use the upstream.'],
  upstream_paused: ['paused', 'Resume the upstream.'],
  auth_required: ['its account must sign in again', "Replace the upstream's secret."],
  secret_missing: ['its secret is not there', "Set the upstream's secret."],
  route_not_served: ['does not serve this route', 'Assign an upstream that serves the route.'],
  model_not_served: ['does not serve the model', 'Refresh its models, or add the id to them by hand.'],
  cooling_down: ['resting after a failure, ready', 'Wait until the first is ready.'],
  model_unpriced: ['the model has no price there', 'Set a price for the model.'],
  circuit_open: ['failed several times in a row for this model', 'Wait until it is tried again, or test it now.'],
  busy: ['has as many requests as it may have', 'Raise its limit, or add another upstream.'],
  quota_exhausted: ['its quota is used up, some is there again', 'Wait for the reset, or add another account.'],
}

export function explainUpstreams(world: ExplainWorld, { key, pool }: PermitQuestion, planned: Planned): Finding {
  const nameOf = (id: string): string => world.directory.upstream(id)?.name ?? id
  const excluded = (exclusions: readonly Exclusion[]): DoctorFact[] =>
    exclusions.map(({ upstreamId, reason, until }) => {
      const verdict = planned.refusal === null ? 'skipped' : 'fail'
      return fact(nameOf(upstreamId), leftOutWords(reason), { verdict, at: until })
    })
  const inPool = factsOfPool(world, pool)
  if (planned.refusal !== null) {
    const { refusal } = planned
    const exclusions = refusal instanceof RouteRefusal ? refusal.exclusions : []
    return refused('upstreams', refusal, fixFor(exclusions, key.id, pool.id), [...inPool, ...excluded(exclusions)])
  }
  const { plan, grant } = planned.value
  const { candidates, exclusions } = plan
  const now = world.clock()
  const tried = candidates.map(({ id, name }, index) => {
    const { until } = world.health.restOf(id)
    const isResting = until > now
    const words = triedWords(pool.strategy, index, plan.order?.[index])
    const isLow = world.quota.standing(id, modelAt(grant, id), now).isBehind
    const low = isLow ? ', behind the others: by an older word its quota is used up, or it would go on credits' : ''
    const value = `${words}${isResting ? ', behind the others: it failed a moment ago. It recovers' : low}`
    return fact(name, value, { verdict: isResting ? 'warning' : 'pass', at: isResting ? until : null })
  })
  const named = new Set([...candidates.map(({ id }) => id), ...exclusions.map(({ upstreamId }) => upstreamId)])
  const others = [...pool.assignments, ...(fallbackOf(pool, world.directory)?.assignments ?? [])]
    .filter(({ upstreamId }) => !named.has(upstreamId) && world.directory.upstream(upstreamId) !== undefined)
    .map(({ upstreamId }) => fact(nameOf(upstreamId), BEYOND_WORDS))
  const facts = [...inPool, ...factsOfSession(plan.affinity, nameOf), ...tried, ...others, ...excluded(exclusions)]
  if (planned.waits !== null) {
    return passed('upstreams', { summary: `It would wait for room first: ${planned.waits.message}`, facts }, 'warning')
  }
  const isFirstResting = tried[0]?.verdict === 'warning'
  return passed(
    'upstreams',
    isFirstResting
      ? { summary: 'All that may serve it failed a moment ago; they are tried all the same.', facts }
      : {
          summary: `${candidates.length === 1 ? 'One upstream' : `${candidates.length} upstreams`} may serve it.`,
          facts,
        },
    isFirstResting ? 'warning' : 'pass',
  )
}

/** Where the session is at home, and whether it would stay there. */
function factsOfSession(note: AffinityNote | undefined, nameOf: (id: string) => string): DoctorFact[] {
  if (note === undefined) return []
  const { outcome, upstreamId, reason } = note
  const name = nameOf(upstreamId)
  const moved = `would move from ${name}: ${(reason ?? '').replaceAll('_', ' ')}`
  return [fact('Session', outcome === 'kept' ? `stays at ${name}` : moved)]
}

/** How the Pool chooses, and how many of its requests run and wait, where that is limited. */
function factsOfPool({ traffic, directory }: ExplainWorld, pool: PoolRecord): DoctorFact[] {
  const { maxConcurrent, queueLength } = pool.routing
  const fallback = fallbackOf(pool, directory)
  const running = traffic.running(pool.id)
  return [
    ...(pool.assignments.length > 1 || fallback !== null ? [fact('Strategy', STRATEGY_WORDS[pool.strategy])] : []),
    ...(fallback === null ? [] : [fact('Fallback Pool', fallback.name)]),
    ...(maxConcurrent === null
      ? []
      : [fact('Requests running in the Pool', `${count(running)} of ${count(maxConcurrent)} at most`)]),
    ...(hasQueue(pool)
      ? [fact('Requests waiting', `${count(traffic.waiting(pool.id))} of ${count(queueLength)} at most`)]
      : []),
  ]
}

const STRATEGY_WORDS: Readonly<Record<PoolStrategy, string>> = {
  priority: 'priority, then by weight',
  spread: 'spread by weight, a session stays where it is',
  round_robin: 'in turn',
  least_in_flight: 'fewest running requests first',
  fastest: 'soonest first token first',
  quota_first: 'most quota left first',
  drain_first: 'soonest reset of the quota first',
  cheapest: 'lowest price first',
}

const FIGURE_WORDS: Readonly<Partial<Record<PoolStrategy, (figure: number) => string>>> = {
  least_in_flight: (figure) => `${count(figure)} running`,
  fastest: (figure) => `first token after ${count(figure)} ms of late`,
  quota_first: (figure) => `${count(figure)} % left`,
  drain_first: (figure) => `full again in ${count(Math.ceil(figure / 1_000))} s`,
  cheapest: (figure) => `about ${dollarsInWords(figure)} for such a request`,
}

/** Where it stands, and the figure that put it there. */
export function triedWords(strategy: PoolStrategy, index: number, planned: PlannedUpstream | undefined): string {
  return `${place(index)}${wordsOf(strategy, planned)}`
}

export function leftOutWords(reason: ExclusionReason): string {
  return `not tried: ${REASONS[reason][0]}`
}

export const BEYOND_WORDS = 'ready, and behind the most that one request may try'

function wordsOf(strategy: PoolStrategy, planned: PlannedUpstream | undefined): string {
  const figure = planned?.figure ?? null
  const words = figure === null ? undefined : FIGURE_WORDS[strategy]?.(figure)
  return `${words === undefined ? '' : `, ${words}`}${planned?.isFallback === true ? ', of the fallback Pool' : ''}`
}

function place(index: number): string {
  return index === 0 ? 'tried first' : `tried ${['second', 'third', 'fourth', 'fifth'][index - 1] ?? 'later'}`
}

/** By the reason that is the least work to end. */
function fixFor(exclusions: readonly Exclusion[], keyId: string, poolId: string): Fix {
  const order: readonly ExclusionReason[] = [
    'busy',
    'cooling_down',
    'circuit_open',
    'quota_exhausted',
    'model_not_served',
    'upstream_paused',
    'secret_missing',
    'auth_required',
    'not_allowed_by_key',
    'assignment_disabled',
    'route_not_served',
  ]
  const reason = order.find((each) => exclusions.some((entry) => entry.reason === each))
  const found = exclusions.find((entry) => entry.reason === reason)
  if (reason === undefined || found === undefined) {
    return { text: 'Assign an upstream to the Pool.', path: `/pools/${poolId}/edit` }
  }
  const ofPool = reason === 'assignment_disabled' || reason === 'route_not_served'
  const path = ofPool
    ? `/pools/${poolId}/edit`
    : reason === 'not_allowed_by_key'
      ? `/keys/${keyId}/edit?step=models`
      : `/upstreams/${found.upstreamId}`
  return { text: REASONS[reason][1], path }
}
