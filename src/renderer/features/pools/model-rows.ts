/** What a Pool can be asked for, and what is known of each: for the wizard and the page of a Pool. Pure. */
import { mergeFacts } from '../../../shared/merge-facts.ts'
import type { ModelFacts } from '../../../shared/models/model-facts.ts'
import type { Pool } from './pool-rows.ts'

/** One model that the Pool can be asked for. */
export interface ModelRow {
  readonly id: string
  /** What all its upstreams agree on that say anything; null where none does. */
  readonly facts: ModelFacts | null
  /** No upstream of the Pool lists it now. */
  readonly isUnserved: boolean
  readonly isAlias: boolean
  /** A ChatGPT account serves it under this id, so it has a form in which it is asked. */
  readonly hasMode: boolean
}

interface Lister {
  readonly id: string
  readonly kind: string
  readonly fetchedModels: readonly string[]
  readonly manualModels: readonly string[]
  readonly modelFacts: readonly ModelFacts[]
}

/**
 * `marked`: ids that something is said of and that must be there to be changed, served or not. Sorted; an alias stands in
 * the place of an id that is spelled like it.
 */
export function modelRows(
  upstreams: readonly Lister[],
  aliases: Pool['aliases'],
  marked: readonly string[],
): readonly ModelRow[] {
  const lists = upstreams.map((upstream) => ({
    ...upstream,
    models: new Set([...upstream.fetchedModels, ...upstream.manualModels]),
    facts: new Map(upstream.modelFacts.map((facts) => [facts.id, facts])),
  }))
  const byName = new Map(aliases.filter(({ alias }) => alias !== '').map((each) => [each.alias, each]))
  const ids = new Set([...lists.flatMap(({ models }) => [...models]), ...byName.keys(), ...marked])
  return [...ids].sort().map((id) => {
    const alias = byName.get(id)
    const at = (upstreamId: string): string =>
      alias?.upstreams?.find((own) => own.upstreamId === upstreamId)?.model ?? alias?.model ?? id
    const serving = lists.filter((list) => list.models.has(at(list.id)))
    return {
      id,
      facts: mergeFacts(serving.flatMap((list) => list.facts.get(at(list.id)) ?? [])),
      isUnserved: serving.length === 0 && lists.every(({ models }) => models.size > 0),
      isAlias: alias !== undefined,
      hasMode: alias === undefined && serving.some(({ kind }) => kind === 'chatgpt'),
    }
  })
}
