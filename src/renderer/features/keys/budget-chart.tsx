/** What a key spent of late, held against its budgets: day by day, or the running month added up. */
import { Anchor, Button, Group, SegmentedControl, Text, Title } from '@mantine/core'
import { Link, useNavigate } from 'react-router'
import type { PoolKey } from '../../../shared/models/key.ts'
import type { BudgetField, KeySpend } from '../../../shared/models/limit.ts'
import { StepChart, useStepChartSoon } from '../../components/charts/step-chart.tsx'
import { DataTable } from '../../components/data-table.tsx'
import { LoadingState, QueryState } from '../../components/states.tsx'
import type { Column } from '../../components/table-model.ts'
import { useRoute } from '../../lib/api.ts'
import { useNow } from '../../lib/clock.ts'
import { formatCount, formatDollars, formatNoun, formatUsd } from '../../lib/format.ts'
import { choiceParam, switchParam, useUrlState } from '../../lib/url-state.ts'
import { logOf, monthSoFar, spanOf, type MonthDay, type SpendDay } from './budget-series.ts'
import { limitWords } from './limit-words.ts'
import classes from './limits.module.css'

const views = ['days', 'month'] as const
const params = { spend: choiceParam(views, 'days'), spendTable: switchParam() }
const HEIGHT = 170

export function BudgetChart({ poolKey: key }: { readonly poolKey: PoolKey }) {
  const [{ spend: view, spendTable: isTable }, setState] = useUrlState(params)
  useStepChartSoon()
  const query = useRoute('key.spend', { id: key.id })
  return (
    <section aria-labelledby="key-spend">
      <Group justify="space-between" mb={6}>
        <Title order={2} id="key-spend">
          Spend
        </Title>
        <Group gap="xs">
          <SegmentedControl
            aria-label="Spend"
            value={view}
            onChange={(next) => setState({ spend: next === 'month' ? 'month' : 'days' })}
            data={[
              { value: 'days', label: 'Per day' },
              { value: 'month', label: 'Month so far' },
            ]}
          />
          <Button
            size="compact-xs"
            variant="subtle"
            aria-pressed={isTable}
            onClick={() => setState({ spendTable: !isTable })}
          >
            {isTable ? 'Spend as chart' : 'Spend as table'}
          </Button>
        </Group>
      </Group>
      <QueryState query={query} what="The spend" loading={<LoadingState rows={5} />}>
        {(spend) => {
          if (sumOf(spend) === 0) return <NoSpend spend={spend} />
          return (
            <>
              {isTable ? (
                <SpendTable spend={spend} view={view} />
              ) : (
                <SpendBars poolKey={key} spend={spend} view={view} />
              )}
              <Sums poolKey={key} spend={spend} />
            </>
          )
        }}
      </QueryState>
    </section>
  )
}

function sumOf({ days }: KeySpend): number {
  return days.reduce((sum, { costNanos }) => sum + costNanos, 0)
}

function NoSpend({ spend: { days } }: { readonly spend: KeySpend }) {
  const span = `the last ${formatNoun(days.length, 'day')}`
  if (days.every(({ tokens }) => tokens === 0)) return <Text c="dimmed">{`No spend in ${span}.`}</Text>
  return (
    <Text c="dimmed">
      {`No spend in ${span}: no price was known for what it used. `}
      <Anchor component={Link} to="/prices" inherit underline="always">
        Prices
      </Anchor>
    </Text>
  )
}

interface SpendProps {
  readonly spend: KeySpend
  readonly view: (typeof views)[number]
}

function SpendBars({ poolKey: key, spend, view }: SpendProps & { readonly poolKey: PoolKey }) {
  const navigate = useNavigate()
  const isMonth = view === 'month'
  const shown: readonly (SpendDay & Partial<MonthDay>)[] = isMonth ? monthSoFar(spend.days) : spend.days
  const steps = shown.map(({ day }) => spanOf(day, spend.zone).from)
  const values = shown.map(({ costNanos, sumNanos }) => sumNanos ?? costNanos)
  const field: BudgetField = isMonth ? 'budgetPerMonth' : 'budgetPerDay'
  const budget = key.limits[field]
  const hasBudget = budget !== null && budget > 0
  const what = isMonth ? 'Spend of the month so far' : `Spend per day, the last ${formatNoun(shown.length, 'day')}`
  return (
    <>
      <StepChart
        label={`${what}. “Spend as table” has the figures.`}
        series={{ from: steps[0] ?? spend.at, to: spend.at, steps }}
        names={shown.map(({ day }) => ({ short: day.slice(5), full: isMonth ? `Up to ${day}` : day }))}
        lines={[{ id: 'spend', label: 'Spend', color: 'var(--series-1)', values }]}
        level={hasBudget ? budget : undefined}
        kind={isMonth ? 'areas' : 'bars'}
        format={formatDollars}
        height={HEIGHT}
        onStep={(index) => {
          const day = shown[index]?.day
          if (day !== undefined) void navigate(logOf(key.id, day, spend.zone))
        }}
      />
      {hasBudget && (
        <Text size="xs" mt={4}>
          <span className={classes['level']} />
          {`Budget: ${limitWords(field, budget)}`}
        </Text>
      )}
    </>
  )
}

type TableDay = SpendDay & Partial<MonthDay>

function SpendTable({ spend, view }: SpendProps) {
  const shown: readonly TableDay[] = view === 'month' ? monthSoFar(spend.days) : spend.days
  return (
    <DataTable
      label={view === 'month' ? 'Spend of the month so far' : 'Spend per day'}
      columns={columnsOf(spend, view)}
      rows={shown.toReversed()}
      rowKey={({ day }) => day}
      maxHeight="14rem"
    />
  )
}

function columnsOf(spend: KeySpend, view: SpendProps['view']): readonly Column<TableDay>[] {
  const sum: Column<TableDay> = {
    id: 'sum',
    header: 'Month so far',
    align: 'right',
    cell: ({ sumNanos }) => formatUsd(sumNanos ?? 0),
  }
  return [
    {
      id: 'day',
      header: 'Day',
      hint: `By the clock of ${spend.zone}`,
      cell: (row) => <DayLink row={row} to={logOf(spend.id, row.day, spend.zone)} />,
    },
    { id: 'requests', header: 'Requests', align: 'right', cell: ({ requests }) => formatCount(requests) },
    { id: 'tokens', header: 'Tokens', align: 'right', cell: ({ tokens }) => formatCount(tokens) },
    { id: 'cost', header: 'Spend', align: 'right', cell: ({ costNanos }) => formatUsd(costNanos) },
    ...(view === 'month' ? [sum] : []),
  ]
}

function DayLink({ row: { day, requests }, to }: { readonly row: TableDay; readonly to: string }) {
  if (requests === 0) return day
  return (
    <Anchor component={Link} to={to} inherit aria-label={`Requests of ${day}`}>
      {day}
    </Anchor>
  )
}

/** Today, this month and of all time in words: what the chart is looked at for. */
function Sums({ poolKey: key, spend }: Omit<SpendProps, 'view'> & { readonly poolKey: PoolKey }) {
  const now = useNow()
  const today = spend.days.at(-1)?.costNanos ?? 0
  const month = monthSoFar(spend.days).at(-1)?.sumNanos ?? 0
  const of = (field: BudgetField, used: number) => {
    const budget = key.limits[field]
    if (budget === null || budget === 0) return formatDollars(used)
    const raise = key.raises.find((each) => each.field === field && each.overrideId === null && each.until > now)
    return `${formatDollars(used)} of ${formatDollars(budget + (raise?.addNanos ?? 0))}`
  }
  const parts = [
    `Today ${of('budgetPerDay', today)}`,
    `this month ${of('budgetPerMonth', month)}`,
    `the last ${formatNoun(spend.days.length, 'day')} ${formatDollars(sumOf(spend))}`,
    `in total ${of('budgetTotal', spend.total.costNanos)}`,
  ]
  return (
    <Text size="xs" c="dimmed" mt={4}>
      {parts.join(' · ')}
    </Text>
  )
}
