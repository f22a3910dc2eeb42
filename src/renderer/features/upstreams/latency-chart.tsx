/** A module of its own, because the charts weigh as much as the rest of the page. */
import '@mantine/charts/styles.layer.css'
import { ChartTooltip, CompositeChart, type CompositeChartSeries } from '@mantine/charts'
import type { ReactNode } from 'react'
import { formatCount, formatMs, formatTime } from '../../lib/format.ts'
import type { Figures } from './upstream-rows.ts'

export interface LatencyChartProps {
  readonly hours: Figures['hours']
  readonly height: number
}

interface Shown {
  readonly label?: ReactNode
  readonly payload?: readonly { readonly name?: unknown; readonly value?: unknown }[]
}

/** Its own, because only one of the two axes is a time. */
function tooltipOf({ label, payload = [] }: Shown, series: CompositeChartSeries[]) {
  const worded = payload.map((item) => ({ ...item, value: wordsOf(item.name, item.value) }))
  return <ChartTooltip label={label} series={series} payload={worded} />
}

function wordsOf(name: unknown, value: unknown): string {
  if (typeof value !== 'number') return '–'
  return name === 'failed' ? formatCount(value) : formatMs(value)
}

export function LatencyChart({ hours, height }: LatencyChartProps) {
  const data = hours.map(({ at, failed, latency, firstByte }) => ({
    at: formatTime(at, { seconds: false }).slice(11),
    p50: latency?.p50 ?? null,
    p95: latency?.p95 ?? null,
    first: firstByte?.p50 ?? null,
    failed,
  }))
  const hasFailed = data.some(({ failed }) => failed > 0)
  const series = seriesOf(hasFailed)
  return (
    <div role="img" aria-label="Latency and failures by the hour. The switch “As table” has the figures.">
      <CompositeChart
        h={height}
        data={data}
        dataKey="at"
        withLegend
        legendProps={{ verticalAlign: 'bottom' }}
        tickLine="none"
        gridAxis="x"
        connectNulls={false}
        curveType="linear"
        lineProps={{ isAnimationActive: false }}
        barProps={{ isAnimationActive: false }}
        composedChartProps={{ margin: { top: 8, right: 6 } }}
        tooltipProps={{ content: (shown) => tooltipOf(shown, series) }}
        withRightYAxis={hasFailed}
        rightYAxisProps={{ width: 32, interval: 0, allowDecimals: false, tickFormatter: formatCount }}
        xAxisProps={{ minTickGap: 16, interval: 'equidistantPreserveStart' }}
        yAxisProps={{ width: 62, interval: 0, tickFormatter: (ms: number) => (ms === 0 ? '0' : formatMs(ms)) }}
        series={series}
      />
    </div>
  )
}

function seriesOf(hasFailed: boolean): CompositeChartSeries[] {
  const lines: CompositeChartSeries[] = [
    { name: 'p95', label: 'p95', color: 'var(--series-2)', type: 'line' },
    { name: 'p50', label: 'p50', color: 'var(--series-1)', type: 'line' },
    { name: 'first', label: 'First token p50', color: 'var(--series-4)', type: 'line' },
  ]
  if (!hasFailed) return lines
  return [
    { name: 'failed', label: 'Failed, requests', color: 'var(--series-6)', type: 'bar', yAxisId: 'right' },
    ...lines,
  ]
}
