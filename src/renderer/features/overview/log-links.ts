/** Where the rows behind a figure are: addresses of the request log with its own short filter names. Pure. */
import type { StatsDimension, SeriesMetric } from '../../../shared/models/stats.ts'
import { withParams } from '../../lib/url-state.ts'

type Params = Readonly<Record<string, string | number | null | undefined>>

export function logLink(params: Params): string {
  return withParams('/requests', params)
}

/** A value of a list in an address: a comma would end it. */
export function listed(value: string): string {
  return value.replaceAll('%', '%25').replaceAll(',', '%2C')
}

/** The requests that make up a group of the chart. Those in "all others" can't be told apart in an address. */
export function groupParams(groupBy: StatsDimension, id: string | null | undefined): Params {
  if (id === undefined || id === null || groupBy === 'none') return {}
  // What no upstream served was refused before it was sent on.
  if (id === '') return groupBy === 'upstream' ? { state: 'refused' } : {}
  return { [groupBy]: listed(id) }
}

/** What a request must be like to count for the metric. */
export function metricParams(metric: SeriesMetric): Params {
  if (metric === 'failed') return { state: 'failed' }
  return metric === 'requests' ? {} : { minTokens: 1 }
}

export interface ChartLinkInput {
  readonly metric: SeriesMetric
  readonly groupBy: StatsDimension
  readonly group?: string | null
  /** `to` is null for what still runs. */
  readonly step: { readonly from: number; readonly to: number | null }
}

export function chartLink({ metric, groupBy, group, step }: ChartLinkInput): string {
  return logLink({ from: step.from, to: step.to, ...groupParams(groupBy, group), ...metricParams(metric) })
}
