/** What the pages of Pools ask. Events of Pools, upstreams, keys and traffic bring each of these up to date. */
import { useMemo } from 'react'
import { useRoute } from '../../lib/api.ts'
import { poolRows } from './pool-rows.ts'

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
  const counts = useRoute('pool.summary', {})
  const figures = useRoute('pool.figures', {})
  const row = useMemo(
    () => (pool.data === undefined ? undefined : poolRows([pool.data], counts.data, figures.data)[0]),
    [pool.data, counts.data, figures.data],
  )
  return { pool, row }
}
