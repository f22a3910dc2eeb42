/** What a caller may ask for, by every name it has, and what is known of it from the lists of those who serve it. Pure. */
import type { ModelFacts } from '../../shared/models/model-facts.ts'
import { mergeFacts } from '../../shared/merge-facts.ts'
import { modelAt, type SentModel } from './model-at.ts'
import { isModelAllowed, sentModel } from './permit.ts'
import { fallbackOf } from './plan.ts'
import type { Directory } from './directory.ts'
import type { KeyRecord, PoolRecord, TokenRecord, UpstreamRecord } from './ports.ts'

export interface Asker {
  readonly key: KeyRecord
  readonly token: TokenRecord | null
  readonly pool: PoolRecord
}

/** One name that may be asked for. */
export interface Offer {
  readonly name: string
  /** What is sent for it where single upstreams do not call it otherwise. */
  readonly sent: string
  /** What all that say anything of it agree on; null where nobody does. */
  readonly facts: ModelFacts | null
  /** Its entry of Codex's own list, as JSON, and the id it has there; null where no account has one. */
  readonly entry: { readonly model: string; readonly text: string } | null
}

/** Those of the fallback Pool serve as well; which models pass is for the key's own Pool to say. */
function usableUpstreams({ key, pool }: Asker, directory: Directory): UpstreamRecord[] {
  return [...pool.assignments, ...(fallbackOf(pool, directory)?.assignments ?? [])].flatMap(
    ({ upstreamId, enabled }) => {
      const record = directory.upstream(upstreamId)
      if (record === undefined || !enabled || record.status !== 'active') return []
      return key.allowedUpstreams === null || key.allowedUpstreams.has(upstreamId) ? [record] : []
    },
  )
}

function namesOf(caller: Asker, upstreams: readonly UpstreamRecord[]): string[] {
  const { key, token, pool } = caller
  if (key.enforced.model !== null) return isModelAllowed(caller, key.enforced.model) ? [key.enforced.model] : []
  const served = new Set(upstreams.flatMap((record) => [...record.models]))
  // A list that is not known serves any id, so ids the operator picked by hand are offered.
  const servesAny = upstreams.some((record) => record.models.size === 0)
  const picked = [key.selectedModels, token?.selectedModels, pool.models?.allowed]
  const byHand = servesAny ? picked.flatMap((ids) => [...(ids ?? [])]) : []
  const isServed = (name: string): boolean => {
    const sent = sentAs(pool, name)
    return sent.modelBy ? upstreams.some((record) => serves(record, sent)) : served.has(sent.model)
  }
  const names = new Set([...served, ...byHand, ...(pool.models?.aliases.keys() ?? [])])
  return [...names]
    .filter((name) => servesAny || isServed(name))
    .filter((name) => isModelAllowed(caller, name))
    .sort()
}

function sentAs(pool: PoolRecord, name: string): SentModel {
  return { model: sentModel(pool, name), modelBy: pool.models?.byUpstream?.get(name) ?? null }
}

function serves(record: UpstreamRecord, sent: SentModel): boolean {
  return record.models.has(modelAt(sent, record.id))
}

/** Everything that the caller may ask for by name, sorted: what is hidden in lists included. */
export function offersOf(caller: Asker, directory: Directory): Offer[] {
  const upstreams = usableUpstreams(caller, directory)
  const described = upstreams.filter(({ catalog }) => catalog !== undefined)
  return namesOf(caller, upstreams).map((name) => {
    const sent = sentAs(caller.pool, name)
    const known = described.map(({ id, catalog }) => {
      const model = modelAt(sent, id)
      return { facts: catalog?.facts.get(model), model, text: catalog?.entries.get(model) }
    })
    const facts = mergeFacts(known.flatMap((each) => each.facts ?? []))
    const [entry = null] = known.flatMap(({ model, text }) => (text === undefined ? [] : [{ model, text }]))
    return { name, sent: sent.model, facts: facts && { ...facts, id: name }, entry }
  })
}

/** Whether lists leave it out: by the Pool, or by all the providers that serve it under this very name. */
export function isHidden({ pool, key }: Asker, { name, sent, facts }: Offer): boolean {
  if (key.enforced.model === name) return false
  if (pool.models?.hidden?.has(name) === true) return true
  return facts?.isHidden === true && sent === name
}

/** The names of a list of models, sorted. */
export function modelsOf(caller: Asker, directory: Directory): string[] {
  return offersOf(caller, directory)
    .filter((offer) => !isHidden(caller, offer))
    .map(({ name }) => name)
}
