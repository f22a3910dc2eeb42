/** The table behind a chart: a row per step, newest first, a column per line. */
import { Link } from 'react-router'
import type { Series } from '../../../shared/models/stats.ts'
import { zoneOf } from '../../lib/format.ts'
import classes from './charts.module.css'
import { stepWords, type ChartLine } from './series.ts'

export interface StepTableProps {
  readonly label: string
  readonly series: Pick<Series, 'to' | 'steps'>
  readonly lines: readonly ChartLine[]
  readonly format: (value: number) => string
  readonly maxHeight: number
  /** A column of sums: for lines that can be added up. */
  readonly withSum?: boolean
  /** Where the rows of a figure are; `line` is left out for the sum of a step. */
  readonly linkTo?: (step: number, line?: ChartLine) => string
}

export function StepTable(props: StepTableProps) {
  const { label, series, lines, format, maxHeight, withSum = false, linkTo } = props
  const order = series.steps.map((_, index) => index).toReversed()
  return (
    <div className={classes['box']} style={{ maxHeight }} tabIndex={0} role="region" aria-label={label}>
      <table className={classes['table']} aria-label={label}>
        <thead>
          <tr>
            <th scope="col">{`Time, ${zoneOf(series.to)}`}</th>
            {lines.map((line) => (
              <th key={line.id} scope="col" data-align="right">
                {line.label}
              </th>
            ))}
            {withSum && (
              <th scope="col" data-align="right">
                Together
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {order.map((index) => (
            <tr key={series.steps[index]}>
              <th scope="row">{stepWords(series, index)}</th>
              {lines.map((line) => (
                <td key={line.id} data-align="right">
                  <Figure value={line.values[index] ?? 0} format={format} to={linkTo?.(index, line)} />
                </td>
              ))}
              {withSum && (
                <td data-align="right">
                  <Figure
                    value={lines.reduce((sum, { values }) => sum + (values[index] ?? 0), 0)}
                    format={format}
                    to={linkTo?.(index)}
                  />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface FigureProps {
  readonly value: number
  readonly format: (value: number) => string
  readonly to: string | undefined
}

function Figure({ value, format, to }: FigureProps) {
  if (value === 0 || to === undefined) return <span data-zero={value === 0}>{format(value)}</span>
  return <Link to={to}>{format(value)}</Link>
}
