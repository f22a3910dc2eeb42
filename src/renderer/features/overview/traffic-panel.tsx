/** Traffic over time: drawn or as a table, per step or added up, by what the operator wants it told apart. */
import { Button, SegmentedControl, Select, Skeleton, Text } from '@mantine/core'
import { IconChartBar, IconTable } from '@tabler/icons-react'
import { useMemo } from 'react'
import { useNavigate } from 'react-router'
import type { Series } from '../../../shared/models/stats.ts'
import { colourOf, cumulate, groupLabel, type ChartLine } from '../../components/charts/series.ts'
import { StepChart } from '../../components/charts/step-chart.tsx'
import { StepTable } from '../../components/charts/step-table.tsx'
import { useColours } from '../../components/charts/use-colours.ts'
import { QueryState } from '../../components/states.tsx'
import { useCommands } from '../../lib/commands.ts'
import { formatCompact, formatUsd } from '../../lib/format.ts'
import { useShortcut } from '../../lib/shortcuts.ts'
import { useUrlState } from '../../lib/url-state.ts'
import figures from './figures.module.css'
import { chartLink } from './log-links.ts'
import classes from './overview.module.css'
import { useTraffic } from './queries.ts'
import { TrafficLegend } from './traffic-legend.tsx'
import {
  groupings,
  groupWords,
  metrics,
  metricWords,
  ranges,
  rangeWords,
  trafficParams,
  type TrafficState,
} from './traffic-state.ts'

const HEIGHT = 250

export function TrafficPanel() {
  const [state, setState] = useUrlState(trafficParams)
  const { table, mode } = state
  const query = useTraffic(state)
  const toggleTable = () => setState({ table: !table })
  const toggleMode = () => setState({ mode: mode === 'interval' ? 'cumulative' : 'interval' })
  useShortcut('t', 'Chart or table', toggleTable)
  useShortcut('i', 'Per interval or cumulative', toggleMode)
  useCommands(
    useMemo(
      () =>
        groupings.map((each) => ({
          id: `overview.by.${each}`,
          label: `Show traffic by ${groupWords[each]}`,
          keywords: 'chart group overview',
          run: () => setState({ by: each }),
        })),
      [setState],
    ),
  )
  return (
    <section aria-label="Traffic" className={classes['panel']}>
      <div className={classes['panelHead']}>
        <h2 className={figures['heading']}>Traffic</h2>
        <div className={classes['controls']}>
          <Controls state={state} setState={setState} />
          <Button
            variant="default"
            leftSection={table ? <IconChartBar size={14} aria-hidden /> : <IconTable size={14} aria-hidden />}
            onClick={toggleTable}
          >
            {table ? 'Show as chart' : 'Show as table'}
          </Button>
        </div>
      </div>
      <QueryState query={query} what="The traffic" loading={<Skeleton height={HEIGHT} />}>
        {(series) => <Traffic series={series} state={state} isOld={query.isPlaceholderData} />}
      </QueryState>
    </section>
  )
}

interface ControlsProps {
  readonly state: TrafficState
  readonly setState: (patch: Partial<TrafficState>) => void
}

function Controls({ state, setState }: ControlsProps) {
  return (
    <>
      <Select
        aria-label="Figure"
        w={128}
        allowDeselect={false}
        value={state.metric}
        onChange={(next) => setState({ metric: metrics.find((each) => each === next) ?? 'tokens' })}
        data={metrics.map((value) => ({ value, label: metricWords[value] }))}
      />
      <Select
        aria-label="Told apart by"
        w={122}
        allowDeselect={false}
        value={state.by}
        onChange={(next) => setState({ by: groupings.find((each) => each === next) ?? 'model' })}
        data={groupings.map((value) => ({ value, label: `by ${groupWords[value]}` }))}
      />
      <SegmentedControl
        aria-label="Interval or cumulative"
        value={state.mode}
        onChange={(next) => setState({ mode: next === 'cumulative' ? 'cumulative' : 'interval' })}
        data={[
          { value: 'interval', label: 'Interval' },
          { value: 'cumulative', label: 'Cumulative' },
        ]}
      />
      <SegmentedControl
        aria-label="Range"
        value={state.range}
        onChange={(next) => setState({ range: ranges.find((each) => each === next) ?? '24h' })}
        data={[...ranges]}
      />
    </>
  )
}

interface TrafficProps {
  readonly series: Series
  readonly state: TrafficState
  /** The answer to what was asked before, while this one is on its way. */
  readonly isOld: boolean
}

function Traffic({ series, state, isOld }: TrafficProps) {
  const { range, metric, by, table, mode } = state
  const navigate = useNavigate()
  const assigned = useColours(series.groups, by)
  const format = metric === 'cost' ? formatUsd : formatCompact
  if (series.groups.length === 0) {
    return (
      <Text c="dimmed" className={classes['nothing']}>
        {metric === 'cost'
          ? `No price is known for what ran in the ${rangeWords[range]}.`
          : `${metricWords[metric]}: nothing in the ${rangeWords[range]}.`}
      </Text>
    )
  }
  const isSum = mode === 'cumulative'
  const lines: ChartLine[] = series.groups.map((group) => ({
    id: group.id ?? 'others',
    label: groupLabel(group, groupWords[by]),
    color: colourOf(assigned, group.id),
    values: isSum ? cumulate(group.values) : group.values,
  }))
  const linkTo = (index: number, line?: ChartLine) => {
    const from = (isSum ? series.steps[0] : series.steps[index]) ?? series.from
    const group = line === undefined || line.id === 'others' ? undefined : line.id
    const step = { from, to: series.steps[index + 1] ?? null }
    return chartLink({ metric, groupBy: by, step, ...(group === undefined ? {} : { group }) })
  }
  const title = `${metricWords[metric]} by ${groupWords[by]}, ${rangeWords[range]}${isSum ? ', added up' : ''}`
  return (
    <div className={classes['traffic']} data-old={isOld} data-table={table}>
      {table ? (
        <StepTable
          label={title}
          series={series}
          lines={lines}
          format={format}
          maxHeight={HEIGHT}
          withSum
          linkTo={linkTo}
        />
      ) : (
        <StepChart
          label={`${title}. “Show as table” has the figures.`}
          series={series}
          lines={lines}
          kind={isSum ? 'areas' : 'bars'}
          format={format}
          height={HEIGHT}
          onStep={(index) => void navigate(linkTo(index))}
        />
      )}
      <TrafficLegend series={series} lines={lines} state={state} format={format} />
    </div>
  )
}
