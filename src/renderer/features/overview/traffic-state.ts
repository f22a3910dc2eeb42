/** What of the traffic is shown, as the address has it. */
import type { SeriesMetric, SeriesRange } from '../../../shared/models/stats.ts'
import { choiceParam, switchParam, type UrlState } from '../../lib/url-state.ts'

export const ranges = ['1h', '24h', '7d', '30d'] as const
export const metrics = ['tokens', 'requests', 'cost', 'failed'] as const
export const groupings = ['model', 'key', 'pool', 'upstream'] as const

export const trafficParams = {
  range: choiceParam(ranges, '24h'),
  metric: choiceParam(metrics, 'tokens'),
  by: choiceParam(groupings, 'model'),
  mode: choiceParam(['interval', 'cumulative'], 'interval'),
  table: switchParam(),
}
export type TrafficState = UrlState<typeof trafficParams>

export const metricWords: Readonly<Record<SeriesMetric, string>> = {
  tokens: 'Tokens',
  requests: 'Requests',
  cost: 'Cost',
  failed: 'Failed requests',
}

export const rangeWords: Readonly<Record<SeriesRange, string>> = {
  '1h': 'last hour',
  '24h': 'last 24 hours',
  '7d': 'last 7 days',
  '30d': 'last 30 days',
}

export const groupWords: Readonly<Record<(typeof groupings)[number], string>> = {
  model: 'model',
  key: 'key',
  pool: 'Pool',
  upstream: 'upstream',
}
