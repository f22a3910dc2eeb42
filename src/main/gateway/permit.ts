/** Second stage: what the key's policy makes of the request. Pure. */
import { AppError } from '../../shared/errors.ts'
import { guessedInput } from './plain-bounds.ts'
import type { KeyRecord, PoolRecord, TokenRecord } from './ports.ts'
import type { Admitted, Grant } from './stages.ts'

/** Rough tokens of a JSON body; used where a provider never reports the real figure. */
export const BYTES_PER_TOKEN = 4

type ModelKey = Pick<KeyRecord, 'modelPolicy' | 'selectedModels'>
type ModelPool = Pick<PoolRecord, 'models'>

/** What is sent for a model: the Pool's alias resolved, in one step. */
export function sentModel(pool: ModelPool, model: string): string {
  return pool.models?.aliases.get(model) ?? model
}

/** Who must let a model pass. */
export interface ModelAsker {
  readonly key: ModelKey
  readonly token: ModelKey | null
  readonly pool: ModelPool
}

/**
 * Key, token and Pool must all let a model pass. A list that names what is asked or what is sent for it lets it pass: so
 * an operator can list aliases only, and an id in the list covers the aliases that lead to it.
 */
export function isModelAllowed({ key, token, pool }: ModelAsker, model: string): boolean {
  const sent = sentModel(pool, model)
  if (!isAllowedByKey(key, model, sent) || !isAllowedByPool(pool, model)) return false
  return token === null || isAllowedByKey(token, model, sent)
}

/** Of a key or a token: they list models in the same way. */
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

/** Names the widest of those that refuse: where the key itself may not, another token of it would not help. */
function notAllowed({ key, token, pool }: PermitQuestion, model: string): AppError {
  const sent = sentModel(pool, model)
  if (!isAllowedByKey(key, model, sent)) return outOfScope(key, 'key', model)
  if (token !== null && isAllowedByPool(pool, model)) return outOfScope(token, 'token', model)
  const message = `The Pool "${pool.name}" of the key ${key.prefix} does not offer the model "${model}".`
  return new AppError('model_not_allowed', message, { details: { key: key.prefix, model, rule: 'allowedModels' } })
}

function outOfScope({ prefix, modelPolicy }: KeyRecord | TokenRecord, what: 'key' | 'token', model: string): AppError {
  const message =
    modelPolicy.mode === 'none'
      ? `The ${what} ${prefix} may use no model at all.`
      : `The ${what} ${prefix} may not use the model "${model}".`
  const rule = what === 'key' ? 'modelPolicy' : 'tokenModelPolicy'
  return new AppError('model_not_allowed', message, { details: { key: prefix, model, rule } })
}

/** The model that counts: the key's own where it enforces one, but for a route that has one model only. */
export function askedModel({
  key,
  facts,
}: Pick<Admitted, 'facts'> & { readonly key: Pick<KeyRecord, 'enforced'> }): string {
  return facts.modelIs === undefined ? (key.enforced.model ?? facts.model) : facts.model
}

export type PermitQuestion = Pick<Admitted, 'key' | 'token' | 'pool' | 'dialect' | 'plain' | 'facts' | 'fields'>

/**
 * In this order: an enforced model replaces the client's, because the operator chose it; the policies of key, token and
 * Pool are asked; the Pool's alias says what is sent.
 * @throws AppError `model_not_allowed`
 */
export function permit(admitted: PermitQuestion): Grant {
  const { key, pool, facts, dialect, plain } = admitted
  const reservedInput = guessedInput(admitted)
  if (facts.modelIs === 'none') {
    return { model: facts.model, effort: null, serviceTier: null, reservedInput, reservedOutput: 0 }
  }
  const model = askedModel(admitted)
  if (!isModelAllowed(admitted, model)) throw notAllowed(admitted, model)
  const isFixed = facts.modelIs === 'fixed'
  const isTurn = plain === undefined ? dialect !== 'embeddings' : plain.spec.name === 'compact'
  return {
    model: isFixed ? model : sentModel(pool, model),
    modelBy: isFixed ? null : (pool.models?.byUpstream?.get(model) ?? null),
    effort: isTurn ? (key.enforced.effort ?? facts.effort) : null,
    serviceTier: isTurn ? (key.enforced.serviceTier ?? facts.serviceTier) : null,
    reservedInput,
    reservedOutput: Math.min(facts.maxOutput ?? 0, MAX_RESERVED_OUTPUT),
  }
}
