/** What the page asks the core for beside the rows themselves. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { errorTable } from '../../../shared/errors.ts'
import type { RequestCount, RequestFilterInput } from '../../../shared/models/request.ts'
import { invoke, useRoute } from '../../lib/api.ts'
import { statusWord } from '../../components/status-badge.tsx'
import { clients, states, statusClasses, type ListName } from './filter-state.ts'
import type { Names } from './log-snapshot.ts'
import { clientWord, errorMeaning, routeWord } from './words.ts'

const COUNT_MS = 15_000

/** About how many there are. Counting looks at many rows, so it is repeated at leisure and not with each request. */
export function useRequestCount(filter: RequestFilterInput, isLive: boolean): RequestCount | undefined {
  return useQuery({
    queryKey: ['request.count', filter],
    queryFn: () => invoke('request.count', filter),
    meta: { live: false },
    refetchInterval: isLive ? COUNT_MS : false,
    placeholderData: keepPreviousData,
  }).data
}

/** The names that came with the rows, and those that Pools and upstreams have now. The same object while none changes. */
export function useNames(known: Names): Names {
  const pools = useRoute('pool.list', {}).data
  const upstreams = useRoute('upstream.list', {}).data
  const now = JSON.stringify([...(pools ?? []), ...(upstreams ?? [])].map(({ id, name }) => [id, name]))
  return useMemo(() => {
    const pairs = (JSON.parse(now) as [string, string][]).map(([id, name]) => [
      id,
      { name, prefix: null, isDeleted: false },
    ])
    return { ...known, ...(Object.fromEntries(pairs) as Names) }
  }, [known, now])
}

export interface Choice {
  readonly value: string
  readonly label: string
  readonly hint?: string
}

const routes = [
  '/v1/responses',
  'WS /v1/responses',
  '/v1/chat/completions',
  '/v1/embeddings',
  '/v1/messages',
  '/backend-api/codex/responses',
  'WS /backend-api/codex/responses',
]
const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh']
const tiers = ['auto', 'default', 'flex', 'priority']
const same = (values: readonly string[]): Choice[] => values.map((value) => ({ value, label: value }))

/** What each filter can be set to. Words that are not closed lists can be typed as well. */
export function useChoices(): Readonly<Record<ListName, readonly Choice[]>> {
  const keys = useRoute('key.list', {}).data
  const pools = useRoute('pool.list', {}).data
  const upstreams = useRoute('upstream.list', {}).data
  const models = useRoute('model.catalog', {}).data
  return useMemo(() => {
    const poolNames = new Map(pools?.map(({ id, name }) => [id, name]))
    return {
      state: states.map((value) => ({ value, label: statusWord(value) })),
      key: (keys ?? []).map(({ id, name, prefix, poolId }) => ({
        value: id,
        label: name,
        hint: `${poolNames.get(poolId) ?? ''} ${prefix}`.trim(),
      })),
      pool: (pools ?? []).map(({ id, name }) => ({ value: id, label: name })),
      upstream: (upstreams ?? []).map(({ id, name, kind }) => ({ value: id, label: name, hint: kind })),
      model: (models ?? []).map(({ id }) => ({ value: id, label: id })),
      error: Object.keys(errorTable).map((value) => ({ value, label: value, hint: errorMeaning(value) })),
      client: clients.map((value) => ({ value, label: clientWord(value) })),
      route: routes.map((value) => ({ value, label: routeWord(value), hint: value })),
      effort: same(efforts),
      tier: same(tiers),
      status: statusClasses.map((value) => ({ value, label: `HTTP ${value}` })),
    }
  }, [keys, pools, upstreams, models])
}
