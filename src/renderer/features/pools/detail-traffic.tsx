/** Traffic over time of one Pool, drawn or as a table; each step and each group is a way into the log. */
import { SegmentedControl, Select, Skeleton, Switch, Text } from '@mantine/core'
import { useNavigate } from 'react-router'
import type { RouteOutput } from '../../../shared/contract.ts'
import { colourOf, groupLabel, type ChartLine } from '../../components/charts/series.ts'
import { StepChart, useStepChartSoon } from '../../components/charts/step-chart.tsx'
import { StepTable } from '../../components/charts/step-table.tsx'
import { SumLegend } from '../../components/charts/sum-legend.tsx'
import { useColours } from '../../components/charts/use-colours.ts'
import { DetailPart } from '../../components/detail-part.tsx'
import { QueryState } from '../../components/states.tsx'
import { useRoute } from '../../lib/api.ts'
import { formatCompact, formatUsd } from '../../lib/format.ts'
import { choiceParam, switchParam, useUrlState, withParams, type UrlState } from '../../lib/url-state.ts'
import classes from './detail.module.css'

const ranges = ['1h', '24h', '7d', '30d'] as const
const metrics = ['tokens', 'requests', 'failed', 'cost'] as const
const groupings = ['model', 'key', 'upstream'] as const
const params = {
  range: choiceParam(ranges, '24h'),
  metric: choiceParam(metrics, 'tokens'),
  by: choiceParam(groupings, 'model'),
  table: switchParam(),
}
type Metric = (typeof metrics)[number]
type Series = RouteOutput<'stats.series'>

const metricWords: Readonly<Record<Metric, string>> = {
  tokens: 'Tokens',
  requests: 'Requests',
  failed: 'Failed requests',
  cost: 'Cost',
}
const rangeWords: Readonly<Record<(typeof ranges)[number], string>> = {
  '1h': 'last hour',
  '24h': 'last 24 hours',
  '7d': 'last 7 days',
  '30d': 'last 30 days',
}
const groupWords: Readonly<Record<(typeof groupings)[number], string>> = {
  model: 'by model',
  key: 'by key',
  upstream: 'by upstream',
}

const HEIGHT = 230
/** Stands for the groups that have no line of their own. */
const OTHERS = 'others'
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone

export function DetailTraffic({ poolId }: { readonly poolId: string }) {
  const [state, setState] = useUrlState(params)
  const { range, metric, by, table } = state
  useStepChartSoon()
  const query = useRoute('stats.series', { range, metric, zone, groupBy: by, poolId, top: 6 }, { keepPrevious: true })
  return (
    <DetailPart
      title="Traffic"
      isWide
      end={
        <div className={classes['controls']}>
          <Select
            aria-label="Figure"
            w={140}
            allowDeselect={false}
            value={metric}
            onChange={(next) => setState({ metric: metrics.find((each) => each === next) ?? 'tokens' })}
            data={metrics.map((value) => ({ value, label: metricWords[value] }))}
          />
          <Select
            aria-label="Grouping"
            w={120}
            allowDeselect={false}
            value={by}
            onChange={(next) => setState({ by: groupings.find((each) => each === next) ?? 'model' })}
            data={groupings.map((value) => ({ value, label: groupWords[value] }))}
          />
          <SegmentedControl
            aria-label="Range"
            value={range}
            onChange={(next) => setState({ range: ranges.find((each) => each === next) ?? '24h' })}
            data={[...ranges]}
          />
          <Switch
            label="As table"
            checked={table}
            onChange={(event) => setState({ table: event.currentTarget.checked })}
          />
        </div>
      }
    >
      <QueryState query={query} what="The traffic" loading={<Skeleton height={HEIGHT} />}>
        {(series) => <Traffic poolId={poolId} series={series} state={state} />}
      </QueryState>
    </DetailPart>
  )
}

interface TrafficProps {
  readonly poolId: string
  readonly series: Series
  readonly state: UrlState<typeof params>
}

function Traffic({ poolId, series, state: { range, metric, by, table } }: TrafficProps) {
  const navigate = useNavigate()
  const colours = useColours(series.groups, by)
  const format = metric === 'cost' ? formatUsd : formatCompact
  if (series.groups.every(({ total }) => total === 0)) {
    return <Text c="dimmed">{`${metricWords[metric]}: nothing in the ${rangeWords[range]}.`}</Text>
  }
  const lines: ChartLine[] = series.groups.map((group) => ({
    id: group.id ?? OTHERS,
    label: groupLabel(group, by),
    color: colourOf(colours, group.id),
    values: group.values,
  }))
  const linkTo = (index: number, line?: ChartLine) =>
    withParams('/requests', {
      pool: poolId,
      from: series.steps[index],
      to: series.steps[index + 1],
      state: metric === 'failed' ? 'failed' : null,
      ...(line === undefined || line.id === OTHERS || line.id === '' ? {} : { [by]: line.id }),
    })
  const label = `${metricWords[metric]} ${groupWords[by]}`
  if (table) return <StepTable label={label} {...{ series, lines, format, linkTo }} maxHeight={HEIGHT + 60} withSum />
  return (
    <>
      <StepChart
        label={`${label}, ${rangeWords[range]}. The switch “As table” has the figures.`}
        {...{ series, lines, format }}
        kind="bars"
        height={HEIGHT}
        onStep={(index) => void navigate(linkTo(index))}
      />
      <SumLegend label={`${label}, sums of the ${rangeWords[range]}`} groups={series.groups} {...{ lines, format }} />
    </>
  )
}
