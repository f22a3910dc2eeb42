/**
 * How far the way has been gone, read from what exists: so it can be left and taken up again at any point, also when parts
 * of it were done elsewhere. Which Pool and key it is about stands in the address.
 */
import type { UseQueryResult } from '@tanstack/react-query'
import type { RouteOutput } from '../../../shared/contract.ts'
import { useRoute } from '../../lib/api.ts'
import { oneOfParam, textParam, useUrlState, type SetUrlState, type UrlState } from '../../lib/url-state.ts'

export type Upstream = RouteOutput<'upstream.list'>[number]
export type Pool = RouteOutput<'pool.list'>[number]
export type PoolKey = RouteOutput<'key.list'>[number]
export type SetupState = RouteOutput<'setup.state'>

export const stepIds = ['upstream', 'pool', 'key', 'client'] as const
export type StepId = (typeof stepIds)[number]

const params = { step: oneOfParam(stepIds), pool: textParam(), key: textParam(), client: textParam() }
export type WelcomeParams = UrlState<typeof params>

export interface Progress {
  readonly upstreams: readonly Upstream[]
  readonly pools: readonly Pool[]
  readonly keys: readonly PoolKey[]
  readonly setup: SetupState
  /** The Pool and the key that the client is to use; null until there is one that can be used. */
  readonly pool: Pool | null
  readonly key: PoolKey | null
  readonly isDone: Readonly<Record<StepId, boolean>>
}

export interface FirstRun {
  /** The first of the questions that is not answered yet, for its loading and error states. */
  readonly query: UseQueryResult<unknown, unknown>
  readonly progress: Progress | null
  readonly params: WelcomeParams
  readonly setParams: SetUrlState<typeof params>
}

export function isServed(pool: Pool): boolean {
  return pool.status === 'active' && pool.assignments.some((member) => member.enabled)
}

interface Found {
  readonly upstreams: readonly Upstream[]
  readonly pools: readonly Pool[]
  readonly keys: readonly PoolKey[]
  readonly setup: SetupState
}

export function progressOf(found: Found, wanted: { readonly pool: string; readonly key: string }): Progress {
  const served = found.pools.filter(isServed)
  const usable = found.keys.filter(({ status }) => status === 'active')
  const named = usable.find(({ id }) => id === wanted.key)
  const last = usable.find(({ id }) => id === found.setup.lastRequest?.keyId)
  // The address first; then what a client has used already; then whatever there is.
  const pool =
    served.find(({ id }) => id === (wanted.pool === '' ? named?.poolId : wanted.pool)) ??
    served.find(({ id }) => id === last?.poolId) ??
    served.find(({ id }) => usable.some((key) => key.poolId === id)) ??
    served[0] ??
    null
  const own = usable.filter(({ poolId }) => poolId === pool?.id)
  const key =
    own.find(({ id }) => id === wanted.key) ??
    own.find(({ id }) => id === last?.id) ??
    own.toSorted((a, b) => b.createdAt - a.createdAt)[0] ??
    null
  return {
    ...found,
    pool,
    key,
    isDone: {
      upstream: found.upstreams.length > 0,
      pool: pool !== null,
      key: key !== null,
      client: key !== null && key.lastUsedAt !== null,
    },
  }
}

export function useFirstRun(): FirstRun {
  const [state, setParams] = useUrlState(params)
  const setup = useRoute('setup.state', {})
  const upstreams = useRoute('upstream.list', {})
  const pools = useRoute('pool.list', {})
  const keys = useRoute('key.list', {})
  const all = [setup, upstreams, pools, keys]
  const query: UseQueryResult<unknown, unknown> = all.find(({ data }) => data === undefined) ?? setup
  const isThere =
    setup.data !== undefined && upstreams.data !== undefined && pools.data !== undefined && keys.data !== undefined
  return {
    query,
    progress: isThere
      ? progressOf({ setup: setup.data, upstreams: upstreams.data, pools: pools.data, keys: keys.data }, state)
      : null,
    params: state,
    setParams,
  }
}
