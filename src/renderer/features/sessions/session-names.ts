/** What the ids of sessions are called: upstreams, keys and Pools. */
import { useMemo } from 'react'
import { useRoute } from '../../lib/api.ts'

export interface Named {
  readonly id: string
  readonly name: string
}

export interface SessionNames {
  readonly upstreams: readonly Named[]
  readonly keys: readonly Named[]
  readonly pools: readonly Named[]
  /** Null for what is gone, or not loaded yet. */
  readonly of: (id: string) => string | null
}

const NONE: readonly Named[] = []

export function useSessionNames(): SessionNames {
  const upstreams = useRoute('upstream.list', {}).data ?? NONE
  const keys = useRoute('key.list', {}).data ?? NONE
  const pools = useRoute('pool.list', {}).data ?? NONE
  return useMemo(() => {
    const names = new Map([...upstreams, ...keys, ...pools].map(({ id, name }) => [id, name]))
    return { upstreams, keys, pools, of: (id) => names.get(id) ?? null }
  }, [upstreams, keys, pools])
}
