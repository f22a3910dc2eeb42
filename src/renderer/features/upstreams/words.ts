import type { RouteOutput } from '../../../shared/contract.ts'
import { sharedReasonWords } from '../../lib/readiness.ts'

type Upstream = RouteOutput<'upstream.get'>
type Kind = Upstream['kind']
type Reason = NonNullable<RouteOutput<'upstream.readiness'>[number]['reason']>

export const kindWords: Readonly<Record<Kind, string>> = {
  openai: 'OpenAI',
  'openai-compatible': 'OpenAI-compatible',
  chatgpt: 'ChatGPT account (Codex)',
  simulator: 'Simulator',
}

export const originWords: Readonly<Record<NonNullable<Upstream['account']>['origin'], string>> = {
  browser: 'signing in with the browser',
  device: 'a device code',
  import: 'importing an auth.json of Codex',
  token: 'a business access token',
}

/** `Plus`, by the provider's word `plus`. */
export function planWord(plan: string): string {
  return `${plan.slice(0, 1).toUpperCase()}${plan.slice(1).replaceAll('_', ' ')}`
}

/** The act that gives it another credential, as a button says it. */
export function credentialWord({ kind, secret }: Pick<Upstream, 'kind' | 'secret'>): string {
  if (kind === 'chatgpt') return 'Sign in again'
  return secret === null ? 'Set secret' : 'Replace secret'
}

export const kindHints: Readonly<Record<Kind, string>> = {
  openai: 'An API key of OpenAI.',
  'openai-compatible': 'Any server with the same API: a provider, a proxy, a local model server.',
  chatgpt: 'A ChatGPT plan, with the sign-in of Codex.',
  simulator: 'Built in, works offline and costs nothing. For trying out and for rehearsing failures.',
}

/** Why a Pool may not use this upstream now, in the words of the upstream's own page. */
export const reasonWords: Readonly<Record<Reason, string>> = {
  ...sharedReasonWords,
  assignment_disabled: 'Switched off in this Pool.',
  upstream_paused: 'The upstream is paused.',
  auth_required: 'The provider refused the credential.',
  secret_missing: 'The upstream has no secret.',
}

/** Names of what a provider counts. */
export function quotaWord(name: string): string {
  return name === 'all' ? 'requests' : name
}

/** What a client calls, by its dialect or by what it is. */
export function routeWords(family: string): string {
  return family === 'chat' ? 'chat completions' : family.replaceAll('_', ' ')
}
