/** Beside the chart: every group with its sum and share of the whole, each a way into the log. */
import { Link } from 'react-router'
import type { Series } from '../../../shared/models/stats.ts'
import type { ChartLine } from '../../components/charts/series.ts'
import { formatShare } from '../../lib/format.ts'
import { chartLink } from './log-links.ts'
import classes from './overview.module.css'
import { groupWords, metricWords, rangeWords, type TrafficState } from './traffic-state.ts'

interface TrafficLegendProps {
  readonly series: Series
  /** In the order of the groups. */
  readonly lines: readonly ChartLine[]
  readonly state: TrafficState
  readonly format: (value: number) => string
}

export function TrafficLegend({ series, lines, state, format }: TrafficLegendProps) {
  const { range, metric, by } = state
  // The first step is a whole one, so the chart begins a little earlier than its range says.
  const step = { from: series.from, to: null }
  const sum = series.groups.reduce((total, group) => total + group.total, 0)
  return (
    <table
      className={classes['legend']}
      aria-label={`${metricWords[metric]} by ${groupWords[by]}, sums of the ${rangeWords[range]}`}
    >
      <tbody>
        {series.groups.map((group, place) => (
          <tr key={group.id ?? 'others'}>
            <th scope="row">
              <span className={classes['swatch']} style={{ background: lines[place]?.color }} />
              <span className={classes['legendLabel']} title={lines[place]?.label}>
                {lines[place]?.label}
              </span>
            </th>
            <td>
              {group.id === null ? (
                format(group.total)
              ) : (
                <Link to={chartLink({ metric, groupBy: by, step, group: group.id })}>{format(group.total)}</Link>
              )}
            </td>
            <td className={classes['share']}>{formatShare(sum === 0 ? null : group.total / sum)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">together</th>
          <td>
            <Link to={chartLink({ metric, groupBy: by, step })}>{format(sum)}</Link>
          </td>
          <td className={classes['share']}>{formatShare(sum === 0 ? null : 1)}</td>
        </tr>
      </tfoot>
    </table>
  )
}
