/** A module of its own, because the charts weigh as much as the rest of the page. */
import '@mantine/charts/styles.layer.css'
import { CompositeChart } from '@mantine/charts'
import { formatCount, formatMs, formatTime } from '../../lib/format.ts'
import type { Figures } from './upstream-rows.ts'

export interface LatencyChartProps {
  readonly hours: Figures['hours']
  readonly height: number
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
        valueFormatter={formatMs}
        withRightYAxis={hasFailed}
        rightYAxisProps={{ width: 32, allowDecimals: false, tickFormatter: (value: number) => formatCount(value) }}
        xAxisProps={{ minTickGap: 24 }}
        yAxisProps={{ width: 56 }}
        series={[
          ...(hasFailed
            ? [
                {
                  name: 'failed',
                  label: 'Failed, requests',
                  color: 'var(--series-6)',
                  type: 'bar' as const,
                  yAxisId: 'right',
                },
              ]
            : []),
          { name: 'p95', label: 'p95', color: 'var(--series-2)', type: 'line' },
          { name: 'p50', label: 'p50', color: 'var(--series-1)', type: 'line' },
          { name: 'first', label: 'First token p50', color: 'var(--series-4)', type: 'line' },
        ]}
      />
    </div>
  )
}
