/** What the pages of keys ask the core. Keys of queries begin with their route, so that events refresh them. */
import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query'
import type { RouteInput, RouteOutput } from '../../../shared/contract.ts'
import type { KeyUsageGlance } from '../../../shared/models/limit.ts'
import { invoke, routeQuery } from '../../lib/api.ts'
import type { OperatorError } from '../../lib/operator-error.ts'
import { rangeMs, type Range } from './key-rows.ts'

const MINUTE_MS = 60_000
const GLANCE_MS = 5_000

/** Of all keys, up to now. The key names no time, so that the figures stay while they are fetched again. */
export function useKeyFigures(range: Range): UseQueryResult<RouteOutput<'key.figures'>, OperatorError> {
  return useQuery<RouteOutput<'key.figures'>, OperatorError>({
    queryKey: ['key.figures', range],
    queryFn: () => {
      const to = Date.now() + MINUTE_MS
      return invoke('key.figures', { from: to - MINUTE_MS - rangeMs[range], to })
    },
    placeholderData: keepPreviousData,
  })
}

/** What one key used of each model, up to now. */
export function useModelSums(keyId: string, range: Range): UseQueryResult<RouteOutput<'stats.query'>, OperatorError> {
  return useQuery<RouteOutput<'stats.query'>, OperatorError>({
    queryKey: ['stats.query', 'model', keyId, range],
    queryFn: () => {
      const to = Date.now() + MINUTE_MS
      return invoke('stats.query', { from: to - MINUTE_MS - rangeMs[range], to, groupBy: 'model', keyId })
    },
    placeholderData: keepPreviousData,
  })
}

/**
 * How full the limits of all keys are, by key. Time alone changes these figures too, so they are asked for at a steady
 * pace, and not with every request that was settled.
 */
export function useUsageGlances(): UseQueryResult<ReadonlyMap<string, KeyUsageGlance>, OperatorError> {
  return useQuery<KeyUsageGlance[], OperatorError, ReadonlyMap<string, KeyUsageGlance>>({
    ...routeQuery('key.usageAll', {}),
    meta: { live: false },
    refetchInterval: GLANCE_MS,
    select: byId,
  })
}

function byId(glances: readonly KeyUsageGlance[]): ReadonlyMap<string, KeyUsageGlance> {
  return new Map(glances.map((glance) => [glance.id, glance]))
}

/**
 * What a draft or an edit comes to. Asked anew with every change of the input; changes of the key or its Pool refresh it.
 */
export function useReview(
  input: RouteInput<'key.effectivePolicy'> | null,
): UseQueryResult<RouteOutput<'key.effectivePolicy'>, OperatorError> {
  return useQuery<RouteOutput<'key.effectivePolicy'>, OperatorError>({
    queryKey: ['key.review', input],
    queryFn: () => invoke('key.effectivePolicy', input ?? { id: '', patch: {} }),
    enabled: input !== null,
    staleTime: 0,
    gcTime: 0,
  })
}
