/** Every model id that Weir knows, from wherever it knows it, and who serves it. For pickers. Pure. */
import { mergeFacts } from '../../shared/merge-facts.ts'
import type { ModelFacts } from '../../shared/models/model-facts.ts'
import type { CatalogModel } from '../../shared/models/overview.ts'
import type { Pool } from '../../shared/models/pool.ts'
import type { StoredUpstream } from '../db/upstream-store.ts'

type Source = CatalogModel['sources'][number]
type CatalogUpstream = Pick<StoredUpstream, 'id' | 'kind' | 'manualModels' | 'fetchedModels' | 'modelFacts'> & {
  readonly simulator: { readonly models: readonly string[] } | null
}
type CatalogPool = Pick<Pool, 'id' | 'assignments' | 'aliases'>

interface Entry {
  readonly sources: Set<Source>
  readonly upstreamIds: Set<string>
  readonly poolIds: Set<string>
  readonly facts: ModelFacts[]
  requests: number
}

export function createCatalog(
  upstreams: readonly CatalogUpstream[],
  pools: readonly CatalogPool[],
  seen: readonly { readonly id: string; readonly requests: number }[],
): CatalogModel[] {
  const entries = new Map<string, Entry>()
  const entryOf = (id: string): Entry => {
    const known = entries.get(id)
    if (known !== undefined) return known
    const fresh: Entry = { sources: new Set(), upstreamIds: new Set(), poolIds: new Set(), facts: [], requests: 0 }
    entries.set(id, fresh)
    return fresh
  }
  for (const upstream of upstreams) {
    const poolIds = pools.filter((pool) => serves(pool, upstream.id)).map((pool) => pool.id)
    for (const [source, models] of modelsOf(upstream)) {
      for (const model of models) {
        const entry = entryOf(model)
        entry.sources.add(source)
        entry.upstreamIds.add(upstream.id)
        for (const id of poolIds) entry.poolIds.add(id)
      }
    }
    for (const facts of upstream.modelFacts) entryOf(facts.id).facts.push(facts)
  }
  for (const pool of pools) {
    for (const { alias } of pool.aliases) {
      entryOf(alias).sources.add('alias')
      entryOf(alias).poolIds.add(pool.id)
    }
  }
  for (const { id, requests } of seen) {
    entryOf(id).sources.add('seen')
    entryOf(id).requests = requests
  }
  return [...entries]
    .map(([id, entry]) => ({
      id,
      sources: [...entry.sources],
      upstreamIds: [...entry.upstreamIds],
      poolIds: [...entry.poolIds],
      requests: entry.requests,
      facts: mergeFacts(entry.facts),
    }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

function modelsOf(upstream: CatalogUpstream): readonly (readonly [Source, readonly string[]])[] {
  return [
    ['manual', upstream.manualModels],
    // What a simulator lists is what it was told to list.
    [upstream.kind === 'simulator' ? 'simulator' : 'fetched', upstream.fetchedModels],
    ['simulator', upstream.simulator?.models ?? []],
  ]
}

function serves(pool: CatalogPool, upstreamId: string): boolean {
  return pool.assignments.some((member) => member.enabled && member.upstreamId === upstreamId)
}
