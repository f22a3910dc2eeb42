import type { RouteOutput } from '../../../shared/contract.ts'

export const upstreamKindWords: Readonly<Record<RouteOutput<'upstream.list'>[number]['kind'], string>> = {
  openai: 'OpenAI',
  'openai-compatible': 'OpenAI-compatible',
  simulator: 'Simulator, offline',
}

type Reason = NonNullable<RouteOutput<'pool.readiness'>[number]['reason']>

/** Why an upstream may not serve a Pool now, each with what helps. */
export const readinessWords: Readonly<Record<Reason, string>> = {
  assignment_disabled: 'Switched off in this Pool. Edit the Pool to use it.',
  upstream_paused: 'Paused. Resume it on its page.',
  auth_required: 'The provider refused its credential. Replace its secret.',
  secret_missing: 'It has no secret. Set one on its page.',
  cooling_down: 'Resting after failures; it comes back by itself.',
  model_not_served: 'It serves no model that could be asked for here.',
  route_not_served: 'It serves no dialect that clients use here.',
  not_allowed_by_key: 'Not allowed by the key.',
  model_unpriced: 'The model has no price.',
  pool_disabled: 'The Pool is disabled.',
  pool_archived: 'The Pool is archived.',
  models_not_allowed: 'It serves none of the models that this Pool allows.',
}
