import type { RouteOutput } from '../../../shared/contract.ts'
import { sharedReasonWords } from '../../lib/readiness.ts'

export const upstreamKindWords: Readonly<Record<RouteOutput<'upstream.list'>[number]['kind'], string>> = {
  openai: 'OpenAI',
  'openai-compatible': 'OpenAI-compatible',
  chatgpt: 'ChatGPT account',
  simulator: 'Simulator, offline',
}

type Reason = NonNullable<RouteOutput<'pool.readiness'>[number]['reason']>

/** Why an upstream may not serve a Pool now, each with what helps. */
export const readinessWords: Readonly<Record<Reason, string>> = {
  ...sharedReasonWords,
  assignment_disabled: 'Switched off in this Pool. Edit the Pool to use it.',
  upstream_paused: 'Paused. Resume it on its page.',
  auth_required: 'The provider refused its credential. Replace its secret.',
  secret_missing: 'It has no secret. Set one on its page.',
}
