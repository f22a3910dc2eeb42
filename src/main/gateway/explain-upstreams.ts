/** The step that says which upstreams of the Pool may serve a request, in which order, and why the others may not. */
import type { AppError } from '../../shared/errors.ts'
import type { DoctorFact } from '../../shared/models/doctor.ts'
import type { Exclusion, ExclusionReason } from '../../shared/models/request.ts'
import type { ExplainWorld, Finding } from './explain.ts'
import { fact, passed, refused, type Fix } from './explain-step.ts'
import type { PermitQuestion } from './permit.ts'
import { RouteRefusal } from './route.ts'
import type { Plan } from './stages.ts'

type Planned =
  | { readonly value: { readonly plan: Plan }; readonly refusal: null }
  | { readonly value: null; readonly refusal: AppError }

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
}

export function explainUpstreams(world: ExplainWorld, { key, pool }: PermitQuestion, planned: Planned): Finding {
  const nameOf = (id: string): string => world.directory.upstream(id)?.name ?? id
  const excluded = (exclusions: readonly Exclusion[]): DoctorFact[] =>
    exclusions.map(({ upstreamId, reason, until }) => {
      const verdict = planned.refusal === null ? 'skipped' : 'fail'
      return fact(nameOf(upstreamId), `not tried: ${REASONS[reason][0]}`, { verdict, at: until })
    })
  if (planned.refusal !== null) {
    const { refusal } = planned
    const exclusions = refusal instanceof RouteRefusal ? refusal.exclusions : []
    return refused('upstreams', refusal, fixFor(exclusions, key.id, pool.id), excluded(exclusions))
  }
  const { candidates, exclusions } = planned.value.plan
  const now = world.clock()
  const tried = candidates.map(({ id, name }, index) => {
    const { until } = world.health.restOf(id)
    const isResting = until > now
    const value = `${place(index)}${isResting ? ', behind the others: it failed a moment ago. It recovers' : ''}`
    return fact(name, value, { verdict: isResting ? 'warning' : 'pass', at: isResting ? until : null })
  })
  const named = new Set([...candidates.map(({ id }) => id), ...exclusions.map(({ upstreamId }) => upstreamId)])
  const others = pool.assignments
    .filter(({ upstreamId }) => !named.has(upstreamId) && world.directory.upstream(upstreamId) !== undefined)
    .map(({ upstreamId }) => fact(nameOf(upstreamId), 'ready, and behind the most that one request may try'))
  const facts = [...tried, ...others, ...excluded(exclusions)]
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

function place(index: number): string {
  return index === 0 ? 'tried first' : `tried ${['second', 'third', 'fourth', 'fifth'][index - 1] ?? 'later'}`
}

/** By the reason that is the least work to end. */
function fixFor(exclusions: readonly Exclusion[], keyId: string, poolId: string): Fix {
  const order: readonly ExclusionReason[] = [
    'cooling_down',
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
