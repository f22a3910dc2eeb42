import type { ChartLine } from './series.ts'
import classes from './sum-legend.module.css'

export interface SumLegendProps {
  /** "Tokens by model, sums of the last 24 hours". */
  readonly label: string
  readonly lines: readonly ChartLine[]
  /** In the order of the lines. */
  readonly groups: readonly { readonly total: number }[]
  readonly format: (value: number) => string
}

/** Below a chart: what each colour stands for, and its sum. */
export function SumLegend({ label, lines, groups, format }: SumLegendProps) {
  return (
    <ul className={classes['legend']} aria-label={label}>
      {lines.map(({ id, label: name, color }, index) => (
        <li key={id}>
          <span className={classes['swatch']} style={{ background: color }} />
          {name} <b>{format(groups[index]?.total ?? 0)}</b>
        </li>
      ))}
    </ul>
  )
}
