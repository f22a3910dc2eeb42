/** What the audit page asks the core. Keys of queries begin with their route, so that events refresh them. */
import { keepPreviousData, useInfiniteQuery, type UseInfiniteQueryResult } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { AuditEntry, AuditPage } from '../../../shared/models/audit.ts'
import { invoke, useRoute } from '../../lib/api.ts'
import type { OperatorError } from '../../lib/operator-error.ts'
import { toQuery, type AuditFilters } from './filter-state.ts'

const ROWS = 100

export interface AuditList {
  readonly rows: readonly AuditEntry[]
}

/** Newest first, page by page. The key names no time: a range up to now moves with it, without starting anew. */
export function useAuditList(filters: AuditFilters): UseInfiniteQueryResult<AuditList, OperatorError> {
  return useInfiniteQuery<AuditPage, OperatorError, AuditList, readonly [string, AuditFilters], string | null>({
    queryKey: ['audit.list', filters],
    queryFn: ({ pageParam }) =>
      invoke('audit.list', {
        ...toQuery(filters, Date.now()),
        limit: ROWS,
        ...(pageParam === null ? {} : { before: pageParam }),
      }),
    initialPageParam: null,
    getNextPageParam: ({ next }) => next ?? undefined,
    select: ({ pages }) => ({ rows: pages.flatMap((page) => page.rows) }),
    placeholderData: keepPreviousData,
  })
}

/** The names of today of Pools, upstreams and keys; an id that has none any more stays an id. */
export function useNames(): (id: string) => string {
  const pools = useRoute('pool.list', {}).data
  const upstreams = useRoute('upstream.list', {}).data
  const keys = useRoute('key.list', {}).data
  return useMemo(() => {
    const all = [...(pools ?? []), ...(upstreams ?? []), ...(keys ?? [])]
    const names = new Map(all.map(({ id, name }) => [id, name]))
    return (id: string) => names.get(id) ?? id
  }, [pools, upstreams, keys])
}
