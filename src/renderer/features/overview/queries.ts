import { useRoute } from '../../lib/api.ts'
import type { TrafficState } from './traffic-state.ts'

export const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone

/** Requests bring news by events; this is for the hours in which none comes: midnight passes, a window moves on. */
const QUIET_MS = 60_000

export function useOverview() {
  return useRoute('overview.get', { zone }, { refetchInterval: QUIET_MS })
}

export function useSetup() {
  return useRoute('setup.state', {})
}

export function useTraffic({ range, metric, by }: Pick<TrafficState, 'range' | 'metric' | 'by'>) {
  const question = { range, metric, groupBy: by, zone, top: 7 }
  return useRoute('stats.series', question, { keepPrevious: true, refetchInterval: QUIET_MS })
}
