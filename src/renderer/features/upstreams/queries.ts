/** What the pages of upstreams ask. News of upstreams, Pools and traffic brings each of these up to date. */
import { useMemo } from 'react'
import { useRoute } from '../../lib/api.ts'
import { upstreamRows } from './upstream-rows.ts'

/** The list waits for the upstreams alone; figures and readiness come when they come. */
export function useUpstreamRows() {
  const upstreams = useRoute('upstream.list', {})
  const figures = useRoute('upstream.figures', {})
  const readiness = useRoute('upstream.readinessAll', {})
  const rows = useMemo(
    () => (upstreams.data === undefined ? undefined : upstreamRows(upstreams.data, figures.data, readiness.data)),
    [upstreams.data, figures.data, readiness.data],
  )
  return { upstreams, rows }
}

export function useUpstreamFigures(id: string) {
  return useRoute('upstream.figures', { id }).data?.[0] ?? null
}
