import type { RouteOutput } from '../../../shared/contract.ts'
import { sharedReasonWords } from '../../lib/readiness.ts'

type Kind = RouteOutput<'upstream.get'>['kind']
type Reason = NonNullable<RouteOutput<'upstream.readiness'>[number]['reason']>

export const kindWords: Readonly<Record<Kind, string>> = {
  openai: 'OpenAI',
  'openai-compatible': 'OpenAI-compatible',
  chatgpt: 'ChatGPT account',
  simulator: 'Simulator',
}

export const kindHints: Readonly<Record<Kind, string>> = {
  openai: 'An API key of OpenAI.',
  'openai-compatible': 'Any server with the same API: a provider, a proxy, a local model server.',
  chatgpt: 'A ChatGPT plan, as Codex signs in to it.',
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

/** What a client calls, by the dialect that it speaks there. */
export function routeWords(dialect: string): string {
  return dialect === 'chat' ? 'chat completions' : dialect
}
