/** Requests by the hour of the last day, small enough for a card. The Pool's own page has the same as a table. */
import { formatCompact, formatCount, formatNoun, formatTime } from '../../lib/format.ts'
import classes from './pools.module.css'
import type { PoolFigures } from './pool-rows.ts'

const HEIGHT = 34
const STEP = 10

export function HourBars({ hours }: { readonly hours: PoolFigures['hours'] }) {
  const most = Math.max(1, ...hours.map((hour) => hour.requests))
  const total = hours.reduce((sum, hour) => sum + hour.requests, 0)
  const label = `Requests by hour, last 24 hours: ${formatCount(total)} in all, at most ${formatCount(most)} an hour`
  return (
    <svg
      className={classes['bars']}
      viewBox={`0 0 ${24 * STEP} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={total === 0 ? 'No requests in the last 24 hours' : label}
    >
      <line x1={0} x2={24 * STEP} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} className={classes['ground']} />
      {hours.map(({ at, requests, failed, tokens }, index) => {
        const height = requests === 0 ? 0 : Math.max(2, (requests / most) * (HEIGHT - 2))
        const failedHeight = failed === 0 ? 0 : Math.max(1.5, (failed / requests) * height)
        const words = `${formatTime(at, { seconds: false })}: ${formatNoun(requests, 'request')}, ${formatCompact(tokens)} tokens${failed === 0 ? '' : `, ${formatCount(failed)} failed`}`
        return (
          <g key={at}>
            <title>{words}</title>
            <rect x={index * STEP} y={0} width={STEP} height={HEIGHT} fill="transparent" />
            <rect
              className={classes['bar']}
              x={index * STEP + 1}
              width={STEP - 2}
              y={HEIGHT - height}
              height={height}
            />
            <rect
              className={classes['failed']}
              x={index * STEP + 1}
              width={STEP - 2}
              y={HEIGHT - failedHeight}
              height={failedHeight}
            />
          </g>
        )
      })}
    </svg>
  )
}
