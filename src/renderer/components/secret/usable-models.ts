import type { CatalogModel } from '../../../shared/models/overview.ts'
import type { PoolKey } from '../../../shared/models/key.ts'

/** Ids that the key may ask for and its Pool can serve, the most used first. */
export function usableModels(
  catalog: readonly CatalogModel[],
  { poolId, modelPolicy }: Pick<PoolKey, 'poolId' | 'modelPolicy'>,
): readonly string[] {
  return catalog
    .filter(({ poolIds }) => poolIds.includes(poolId))
    .filter(({ id }) => modelPolicy.mode !== 'selected' || modelPolicy.models.includes(id))
    .toSorted((a, b) => b.requests - a.requests)
    .map(({ id }) => id)
}

/** Ids of the list that nothing in the Pool serves now. */
export function unservedModels(catalog: readonly CatalogModel[], ids: readonly string[], poolId: string): string[] {
  const served = new Set(catalog.filter(({ poolIds }) => poolIds.includes(poolId)).map(({ id }) => id))
  return ids.filter((id) => !served.has(id))
}
