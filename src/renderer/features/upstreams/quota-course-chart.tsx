/** A module of its own, because the charts weigh as much as the rest of the page. */
import '@mantine/charts/styles.layer.css'
import { LineChart } from '@mantine/charts'
import type { QuotaCourse } from '../../../shared/models/quota.ts'
import { formatShare, formatTime } from '../../lib/format.ts'
import { windowTitle } from '../../lib/quota-words.ts'
import { courseRows } from './quota-course-rows.ts'

const DAY_MS = 86_400_000

export interface QuotaCourseChartProps {
  readonly courses: readonly QuotaCourse[]
  readonly height: number
}

export function QuotaCourseChart({ courses, height }: QuotaCourseChartProps) {
  const rows = courseRows(courses)
  const isOneDay = (rows.at(-1)?.at ?? 0) - (rows[0]?.at ?? 0) <= DAY_MS
  return (
    <div role="img" aria-label="What was left of each window over time. The switch “As table” has the figures.">
      <LineChart
        h={height}
        data={rows.map(({ at, left }) => ({
          at,
          ...Object.fromEntries(left.map((share, index) => [`window${index}`, share])),
        }))}
        dataKey="at"
        series={courses.map((course, index) => ({
          name: `window${index}`,
          label: windowTitle(course),
          color: `var(--series-${(index % 8) + 1})`,
        }))}
        withLegend
        legendProps={{ verticalAlign: 'bottom' }}
        connectNulls
        curveType="stepAfter"
        strokeWidth={1.5}
        tickLine="none"
        gridAxis="x"
        valueFormatter={formatShare}
        lineProps={{ isAnimationActive: false }}
        withDots={false}
        lineChartProps={{ accessibilityLayer: false }}
        xAxisProps={{
          type: 'number',
          scale: 'time',
          domain: ['dataMin', 'dataMax'],
          minTickGap: 32,
          tickFormatter: (at: number) => formatTime(at, { seconds: false }).slice(isOneDay ? 11 : 5),
        }}
        yAxisProps={{ width: 48, domain: [0, 1], ticks: [0, 0.5, 1] }}
        tooltipProps={{
          labelFormatter: (at: unknown) => (typeof at === 'number' ? formatTime(at, { seconds: false }) : ''),
        }}
      />
    </div>
  )
}
