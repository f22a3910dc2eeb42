/** Second stage: what the key's policy makes of the request. Pure. */
import { AppError } from '../../shared/errors.ts'
import type { KeyRecord } from './ports.ts'
import type { Admitted, Grant } from './stages.ts'

/** Rough tokens of a JSON body; used where a provider never reports the real figure. */
const BYTES_PER_TOKEN = 4

export function isModelAllowed(key: Pick<KeyRecord, 'modelPolicy' | 'selectedModels'>, model: string): boolean {
  if (key.modelPolicy.mode === 'all') return true
  return key.selectedModels?.has(model) ?? false
}

/** A client may name any bound for its output; no answer is longer than this, and sums must stay whole numbers. */
const MAX_RESERVED_OUTPUT = 10_000_000

/**
 * An enforced model replaces the client's before the policy is asked: the operator chose it, so the model the client
 * named does not matter.
 * @throws AppError `model_not_allowed`
 */
export function permit(admitted: Admitted): Grant {
  const { key, facts } = admitted
  const model = key.enforced.model ?? facts.model
  if (!isModelAllowed(key, model)) {
    const message =
      key.modelPolicy.mode === 'none'
        ? `The key ${key.prefix} may use no model at all.`
        : `The key ${key.prefix} may not use the model "${model}".`
    throw new AppError('model_not_allowed', message, { details: { key: key.prefix, model, rule: 'modelPolicy' } })
  }
  return {
    model,
    effort: admitted.dialect === 'embeddings' ? null : (key.enforced.effort ?? facts.effort),
    serviceTier: admitted.dialect === 'embeddings' ? null : (key.enforced.serviceTier ?? facts.serviceTier),
    reservedInput: Math.ceil(admitted.fields.bytes.length / BYTES_PER_TOKEN),
    reservedOutput: Math.min(facts.maxOutput ?? 0, MAX_RESERVED_OUTPUT),
  }
}
