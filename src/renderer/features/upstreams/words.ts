import type { RouteOutput } from '../../../shared/contract.ts'

type Kind = RouteOutput<'upstream.get'>['kind']
type Reason = NonNullable<RouteOutput<'upstream.readiness'>[number]['reason']>

export const kindWords: Readonly<Record<Kind, string>> = {
  openai: 'OpenAI',
  'openai-compatible': 'OpenAI-compatible',
  simulator: 'Simulator',
}

export const kindHints: Readonly<Record<Kind, string>> = {
  openai: 'An API key of OpenAI.',
  'openai-compatible': 'Any server with the same API: a provider, a proxy, a local model server.',
  simulator: 'Built in, works offline and costs nothing. For trying out and for rehearsing failures.',
}

/** Why a Pool may not use this upstream now, in the words of the upstream's own page. */
export const reasonWords: Readonly<Record<Reason, string>> = {
  assignment_disabled: 'Switched off in this Pool.',
  upstream_paused: 'The upstream is paused.',
  auth_required: 'The provider refused the credential.',
  secret_missing: 'The upstream has no secret.',
  cooling_down: 'Resting after failures; it comes back by itself.',
  model_not_served: 'It serves no model that could be asked for here.',
  route_not_served: 'It serves no dialect that clients use here.',
  not_allowed_by_key: 'Not allowed by the key.',
  model_unpriced: 'The model has no price.',
  pool_disabled: 'The Pool is disabled.',
  pool_archived: 'The Pool is archived.',
  models_not_allowed: 'It serves none of the models that this Pool allows.',
}

/** Names of what a provider counts. */
export function quotaWord(name: string): string {
  return name === 'all' ? 'requests' : name
}
