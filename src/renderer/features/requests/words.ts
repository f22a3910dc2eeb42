/** What the log's own terms are called on the page. */
import { errorTable } from '../../../shared/errors.ts'
import { clientNames } from '../../lib/client-names.ts'
import type { ClientKind, ExclusionReason, RequestState, RequestSummary } from '../../../shared/models/request.ts'

export function clientWord(client: ClientKind): string {
  return clientNames[client]
}

/** The end of a path that tells one route from another. */
export function routeWord(route: string): string {
  const [, socket, path] = /^(WS )?(.*)$/.exec(route) ?? []
  if (socket !== undefined) return `${routeWord(path ?? '')} WS`
  return route
    .replace(/^\/v1\//, '')
    .replace(/^\/backend-api\/codex\//, 'codex ')
    .replace('chat/completions', 'chat')
}

/** What the Doctor calls a route of the log; null for one that he does not look at. */
export function doctorRouteOf(route: string): 'chat' | 'responses' | 'embeddings' | null {
  if (route.endsWith('/embeddings')) return 'embeddings'
  if (route.endsWith('/responses')) return 'responses'
  return route.endsWith('/chat/completions') ? 'chat' : null
}

export function errorMeaning(code: string): string {
  return Object.hasOwn(errorTable, code) ? errorTable[code as keyof typeof errorTable].meaning : ''
}

export function modelWords({ model, sentModel, effort, serviceTier }: RequestSummary): string {
  return [
    `Asked for ${model ?? 'no model'}`,
    sentModel === null ? null : `sent as ${sentModel}`,
    effort === null ? null : `effort ${effort}`,
    serviceTier === null ? null : `tier ${serviceTier}`,
  ]
    .filter((part) => part !== null)
    .join(', ')
}

const reasons: Readonly<Record<ExclusionReason, string>> = {
  assignment_disabled: 'Its assignment to the Pool is disabled',
  upstream_paused: 'It is paused',
  auth_required: 'Its account needs a new sign-in',
  secret_missing: 'Its secret is not in the secret store',
  cooling_down: 'It was cooling down after failures',
  model_not_served: 'It does not serve the model',
  route_not_served: 'It does not serve this route',
  not_allowed_by_key: 'The key does not allow it',
  model_unpriced: 'The model has no price here, and the key refuses that',
  circuit_open: 'It had failed several times in a row for this model',
  busy: 'It had as many requests as it may have',
  quota_exhausted: 'Its quota was used up',
}

/** Null for what is no reason to leave an upstream out. */
export function exclusionWords(reason: string): string | null {
  return Object.hasOwn(reasons, reason) ? reasons[reason as ExclusionReason] : null
}

export function reasonWord(reason: ExclusionReason): string {
  return reasons[reason]
}

/** How a request ended, as one sentence without its figures. */
export const outcomes: Readonly<Record<RequestState, string>> = {
  open: 'It is running.',
  completed: 'It was answered.',
  failed: 'It failed after it was sent on.',
  refused: 'It was sent to no upstream.',
  aborted: 'The client ended it before the answer was whole.',
  interrupted: 'Weir stopped while it ran. What it had reserved counts as used.',
}
