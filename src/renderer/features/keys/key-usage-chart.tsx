/** Traffic of one key over time, by model: as bars, or as the table behind them. */
import { Button, Group, SegmentedControl, Text } from '@mantine/core'
import type { Series } from '../../../shared/models/stats.ts'
import { colourOf } from '../../components/charts/series.ts'
import { StepChart, useStepChartSoon } from '../../components/charts/step-chart.tsx'
import { SumLegend } from '../../components/charts/sum-legend.tsx'
import { useColours } from '../../components/charts/use-colours.ts'
import { LoadingState, QueryState } from '../../components/states.tsx'
import { useRoute } from '../../lib/api.ts'
import { formatCompact, formatUsd } from '../../lib/format.ts'
import { choiceParam, switchParam, useUrlState } from '../../lib/url-state.ts'
import type { Range } from './key-rows.ts'
import { groupName, UsageTable } from './usage-table.tsx'

const metrics = ['requests', 'tokens', 'cost'] as const
type Metric = (typeof metrics)[number]
const labels: Readonly<Record<Metric, string>> = { requests: 'Requests', tokens: 'Tokens', cost: 'Cost' }
const params = { metric: choiceParam(metrics, 'tokens'), table: switchParam() }
const HEIGHT = 170
/** Stands for the models that have no line of their own. */
const OTHERS = 'others'
const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone

export function KeyUsageChart({ id, range }: { readonly id: string; readonly range: Range }) {
  const [{ metric, table }, setState] = useUrlState(params)
  useStepChartSoon()
  const query = useRoute('stats.series', { range, zone, metric, groupBy: 'model', keyId: id }, { keepPrevious: true })
  const format = metric === 'cost' ? formatUsd : (value: number) => formatCompact(value)
  return (
    <div>
      <Group justify="space-between" mb={6}>
        <SegmentedControl
          aria-label="Figure of the chart"
          value={metric}
          onChange={(next) => setState({ metric: metrics.find((each) => each === next) ?? 'tokens' })}
          data={metrics.map((value) => ({ value, label: labels[value] }))}
        />
        <Button size="compact-xs" variant="subtle" aria-pressed={table} onClick={() => setState({ table: !table })}>
          {table ? 'Show as chart' : 'Show as table'}
        </Button>
      </Group>
      <QueryState query={query} what="The chart" loading={<LoadingState rows={5} />}>
        {(data) => {
          if (data.groups.every(({ total }) => total === 0)) {
            return <Text c="dimmed">{`No ${metric} in this time.`}</Text>
          }
          if (table) return <UsageTable series={data} label={labels[metric]} format={format} />
          return <UsageBars series={data} label={labels[metric]} format={format} />
        }}
      </QueryState>
    </div>
  )
}

interface UsageBarsProps {
  readonly series: Series
  readonly label: string
  readonly format: (value: number) => string
}

function UsageBars({ series, label, format }: UsageBarsProps) {
  const colours = useColours(series.groups, 'model')
  const lines = series.groups.map((group) => ({
    id: group.id ?? OTHERS,
    label: groupName(group),
    color: colourOf(colours, group.id),
    values: group.values,
  }))
  return (
    <>
      <StepChart
        label={`${label} over time by model. “Show as table” has the figures.`}
        {...{ series, lines, format }}
        kind="bars"
        height={HEIGHT}
      />
      <SumLegend label={`${label} by model, sums`} groups={series.groups} {...{ lines, format }} />
    </>
  )
}
