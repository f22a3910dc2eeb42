import type { SeriesMetric, SeriesRange, StatsDimension } from '../../../shared/models/stats.ts'
import { useRoute } from '../../lib/api.ts'

export const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone

/** Requests bring news by events; this is for the hours in which none comes: midnight passes, a window moves on. */
const QUIET_MS = 60_000

export function useOverview() {
  return useRoute('overview.get', { zone }, { refetchInterval: QUIET_MS })
}

export function useSetup() {
  return useRoute('setup.state', {})
}

export interface TrafficQuestion {
  readonly range: SeriesRange
  readonly metric: SeriesMetric
  readonly groupBy: Exclude<StatsDimension, 'none'>
}

export function useTraffic(question: TrafficQuestion) {
  return useRoute('stats.series', { ...question, zone, top: 7 }, { keepPrevious: true, refetchInterval: QUIET_MS })
}
