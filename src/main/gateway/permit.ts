/** Second stage: what the key's policy makes of the request. Pure. */
import { AppError } from '../../shared/errors.ts'
import type { KeyRecord, PoolRecord } from './ports.ts'
import type { Admitted, Grant } from './stages.ts'

/** Rough tokens of a JSON body; used where a provider never reports the real figure. */
export const BYTES_PER_TOKEN = 4

type ModelKey = Pick<KeyRecord, 'modelPolicy' | 'selectedModels'>
type ModelPool = Pick<PoolRecord, 'models'>

/** What is sent for a model: the Pool's alias resolved, in one step. */
export function sentModel(pool: ModelPool, model: string): string {
  return pool.models?.aliases.get(model) ?? model
}

/**
 * Key and Pool must both let a model pass. A list that names what is asked or what is sent for it lets it pass: so an
 * operator can list aliases only, and an id in the list covers the aliases that lead to it.
 */
export function isModelAllowed(key: ModelKey, pool: ModelPool, model: string): boolean {
  return isAllowedByKey(key, model, sentModel(pool, model)) && isAllowedByPool(pool, model)
}

function isAllowedByKey(key: ModelKey, model: string, sent: string): boolean {
  if (key.modelPolicy.mode === 'all') return true
  return key.selectedModels !== null && (key.selectedModels.has(model) || key.selectedModels.has(sent))
}

function isAllowedByPool(pool: ModelPool, model: string): boolean {
  const allowed = pool.models?.allowed ?? null
  return allowed === null || allowed.has(model) || allowed.has(sentModel(pool, model))
}

/** A client may name any bound for its output; no answer is longer than this, and sums must stay whole numbers. */
const MAX_RESERVED_OUTPUT = 10_000_000

function notAllowed(key: KeyRecord, pool: PoolRecord, model: string): AppError {
  const byKey = !isAllowedByKey(key, model, sentModel(pool, model))
  const message = !byKey
    ? `The Pool "${pool.name}" of the key ${key.prefix} does not offer the model "${model}".`
    : key.modelPolicy.mode === 'none'
      ? `The key ${key.prefix} may use no model at all.`
      : `The key ${key.prefix} may not use the model "${model}".`
  const rule = byKey ? 'modelPolicy' : 'allowedModels'
  return new AppError('model_not_allowed', message, { details: { key: key.prefix, model, rule } })
}

export type PermitQuestion = Pick<Admitted, 'key' | 'pool' | 'dialect' | 'facts' | 'fields'>

/**
 * In this order: an enforced model replaces the client's, because the operator chose it; the policies of key and Pool are
 * asked; the Pool's alias says what is sent.
 * @throws AppError `model_not_allowed`
 */
export function permit(admitted: PermitQuestion): Grant {
  const { key, pool, facts } = admitted
  const model = key.enforced.model ?? facts.model
  if (!isModelAllowed(key, pool, model)) throw notAllowed(key, pool, model)
  return {
    model: sentModel(pool, model),
    effort: admitted.dialect === 'embeddings' ? null : (key.enforced.effort ?? facts.effort),
    serviceTier: admitted.dialect === 'embeddings' ? null : (key.enforced.serviceTier ?? facts.serviceTier),
    reservedInput: Math.ceil(admitted.fields.bytes.length / BYTES_PER_TOKEN),
    reservedOutput: Math.min(facts.maxOutput ?? 0, MAX_RESERVED_OUTPUT),
  }
}
