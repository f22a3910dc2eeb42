/** The drawing itself, in a file of its own: the chart library is large and comes with the first chart that is shown. */
import '@mantine/charts/styles.layer.css'
import { AreaChart, BarChart, LineChart } from '@mantine/charts'
import type { Series } from '../../../shared/models/stats.ts'
import classes from './charts.module.css'
import { stepLabel, stepWords, type ChartLine } from './series.ts'

/** Of the drawing, for the halves of the outermost figures. */
const MARGIN = { top: 8, right: 8, bottom: 0, left: 0 }
const AXIS_FIGURE = { fontSize: 12, fill: 'currentColor' }

/** `bars` and `areas` are stacked. */
export type ChartKind = 'bars' | 'areas' | 'lines'

export interface StepChartProps {
  /** What the chart shows and where its figures are as text; read out in its place. */
  readonly label: string
  readonly series: Pick<Series, 'from' | 'to' | 'steps'>
  readonly lines: readonly ChartLine[]
  readonly kind: ChartKind
  readonly format: (value: number) => string
  readonly height: number
  /** Under the axis and in full, for steps that are no spans of time of this machine's clock. */
  readonly names?: readonly { readonly short: string; readonly full: string }[]
  /** A line across, which the figures are held against: a budget. In sight even where every figure is far below it. */
  readonly level?: number | undefined
  /** A click on a step. The table has the same as links, so nothing is for the pointer alone. */
  readonly onStep?: (index: number) => void
}

export function StepChartBody(props: StepChartProps) {
  const { label, series, lines, kind, format, height, names, level, onStep } = props
  const data = series.steps.map((at, index) => ({
    at: names?.[index]?.short ?? stepLabel(at, series),
    index,
    ...Object.fromEntries(lines.map(({ values }, place) => [`line${place}`, values[index] ?? 0])),
  }))
  const onClick = (state: { activeTooltipIndex?: number | string | null | undefined }) => {
    const index = Number(state.activeTooltipIndex ?? Number.NaN)
    if (Number.isInteger(index) && onStep !== undefined) onStep(index)
  }
  const tooltip = ({ payload = [] }: { readonly payload?: readonly TooltipEntry[] }) =>
    chartTooltip({ payload, series, lines, kind, format, names })
  const common = {
    h: height,
    data,
    dataKey: 'at',
    series: lines.map(({ label, color }, place) => ({ name: `line${place}`, label, color })),
    valueFormatter: format,
    tickLine: 'none' as const,
    // Not the chart's own keyboard layer: a focusable thing inside of what is read out as one picture.
    accessibilityLayer: false,
    textColor: 'var(--mantine-color-dimmed)',
    gridColor: 'var(--weir-line)',
    xAxisProps: { minTickGap: 28, interval: 'equidistantPreserveStart' as const },
    // Each line of the grid has its figure: five of them always have room.
    yAxisProps: { width: 'auto' as const, interval: 0, tick: AXIS_FIGURE },
    tooltipProps: { content: tooltip },
    ...(level === undefined
      ? {}
      : { referenceLines: [{ y: level, color: 'var(--tone-bad)', ifOverflow: 'extendDomain' as const }] }),
  }
  return (
    <div role="img" aria-label={label} className={classes['chart']} data-clickable={onStep !== undefined}>
      {kind === 'bars' && (
        <BarChart
          {...common}
          type="stacked"
          barChartProps={{ onClick, margin: MARGIN, barCategoryGap: '14%' }}
          barProps={{ isAnimationActive: false }}
          maxBarWidth={40}
        />
      )}
      {kind === 'areas' && (
        <AreaChart
          {...common}
          type="stacked"
          curveType="linear"
          withDots={false}
          withGradient={false}
          fillOpacity={0.75}
          strokeWidth={1}
          areaChartProps={{ onClick, margin: MARGIN }}
          areaProps={{ isAnimationActive: false }}
        />
      )}
      {kind === 'lines' && (
        <LineChart
          {...common}
          curveType="linear"
          withDots={false}
          strokeWidth={1.5}
          lineChartProps={{ onClick, margin: MARGIN }}
          lineProps={{ isAnimationActive: false }}
        />
      )}
    </div>
  )
}

interface TooltipEntry {
  readonly payload?: { readonly index?: number }
}

type TooltipInput = Pick<StepChartProps, 'series' | 'lines' | 'kind' | 'format'> & {
  readonly names: StepChartProps['names']
  readonly payload: readonly TooltipEntry[]
}

/** The whole time of the step, what there is in it, and the sum. */
function chartTooltip({ payload, series, lines, kind, format, names }: TooltipInput) {
  const index = payload[0]?.payload?.index
  if (index === undefined) return null
  const shown = lines.filter(({ values }) => (values[index] ?? 0) > 0)
  const sum = shown.reduce((total, { values }) => total + (values[index] ?? 0), 0)
  return (
    <div className={classes['tooltip']}>
      <div className={classes['when']}>{names?.[index]?.full ?? stepWords(series, index)}</div>
      {shown.length === 0 && <div className={classes['none']}>nothing</div>}
      {shown.map(({ id, label, color, values }) => (
        <div key={id} className={classes['entry']}>
          <span className={classes['swatch']} style={{ background: color }} />
          <span className={classes['entryLabel']}>{label}</span>
          <span>{format(values[index] ?? 0)}</span>
        </div>
      ))}
      {kind !== 'lines' && shown.length > 1 && (
        <div className={classes['entry']} data-sum="true">
          <span />
          <span className={classes['entryLabel']}>together</span>
          <span>{format(sum)}</span>
        </div>
      )}
    </div>
  )
}
