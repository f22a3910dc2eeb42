/** Why an upstream may not serve a Pool now: its words and its look, for the page of either. */
import type { RouteOutput } from '../../shared/contract.ts'

type Readiness = RouteOutput<'pool.readiness'>[number]
type Reason = NonNullable<Readiness['reason']>
/** What each page says in its own words, because what helps is on the one and not on the other. */
type OwnReason = 'assignment_disabled' | 'upstream_paused' | 'auth_required' | 'secret_missing'

export const sharedReasonWords: Readonly<Record<Exclude<Reason, OwnReason>, string>> = {
  cooling_down: 'Resting after failures; it comes back by itself.',
  model_not_served: 'It serves no model that could be asked for here.',
  route_not_served: 'It serves no dialect that clients use here.',
  not_allowed_by_key: 'Not allowed by the key.',
  model_unpriced: 'The model has no price.',
  circuit_open: 'It failed several times in a row for this model.',
  busy: 'It has as many requests as it may have.',
  quota_exhausted: 'Its quota is used up.',
  pool_disabled: 'The Pool is disabled.',
  pool_archived: 'The Pool is archived.',
  models_not_allowed: 'It serves none of the models that this Pool allows.',
}

const looks: Readonly<Partial<Record<Reason, string>>> = {
  assignment_disabled: 'disabled',
  upstream_paused: 'paused',
  auth_required: 'auth_required',
  secret_missing: 'secret_missing',
  cooling_down: 'cooling_down',
  circuit_open: 'circuit_open',
  busy: 'busy',
  quota_exhausted: 'quota_exhausted',
  pool_disabled: 'disabled',
  pool_archived: 'archived',
}

/** The status to show of it: see status-badge.tsx. */
export function readinessLook({
  isReady,
  isResting,
  reason,
}: Pick<Readiness, 'isReady' | 'isResting' | 'reason'>): string {
  if (isReady) return isResting ? 'cooling_down' : 'ready'
  return reason === null ? 'cannot_serve' : (looks[reason] ?? 'cannot_serve')
}
