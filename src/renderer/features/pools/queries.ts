/** What the pages of Pools ask. Events of Pools, upstreams, keys and traffic bring each of these up to date. */
import { useMemo } from 'react'
import { useRoute } from '../../lib/api.ts'
import { poolRows } from './pool-rows.ts'
import type { RoutingContext } from './routing-words.ts'

/** The list waits for the Pools alone; counts and figures come when they come. */
export function usePoolRows() {
  const pools = useRoute('pool.list', {})
  const counts = useRoute('pool.summary', {})
  const figures = useRoute('pool.figures', {})
  const rows = useMemo(
    () => (pools.data === undefined ? undefined : poolRows(pools.data, counts.data, figures.data)),
    [pools.data, counts.data, figures.data],
  )
  return { pools, rows, hasFigures: figures.data !== undefined }
}

export function usePoolRow(id: string) {
  const pool = useRoute('pool.get', { id })
  const pools = useRoute('pool.list', {})
  const counts = useRoute('pool.summary', {})
  const figures = useRoute('pool.figures', {})
  const row = useMemo(() => {
    if (pool.data === undefined) return undefined
    const others = pools.data?.filter((other) => other.id !== id) ?? []
    return poolRows([pool.data, ...others], counts.data, figures.data).find((each) => each.pool.id === id)
  }, [id, pool.data, pools.data, counts.data, figures.data])
  return { pool, row }
}

/** How many upstreams a request may try where its Pool says nothing; null until it is loaded. */
export function useUsualAttempts(): number | null {
  const rows = useRoute('settings.list', {}).data
  const value = rows?.find(({ key }) => key === 'routing.maxAttempts')?.active
  return typeof value === 'number' ? value : null
}

/** What is needed to put a Pool's routing into words. */
export function useRoutingContext(): RoutingContext {
  const pools = useRoute('pool.list', {}).data
  const usualAttempts = useUsualAttempts()
  return useMemo(
    () => ({
      usualAttempts,
      poolName: (id) =>
        pools?.find((pool) => pool.id === id)?.name ?? (pools === undefined ? '…' : 'a Pool that is gone'),
    }),
    [pools, usualAttempts],
  )
}
