/** One figure of today with yesterday's beside it. */
import { Tooltip, VisuallyHidden } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import type { Delta } from './comparison.ts'
import classes from './figures.module.css'

export interface TileProps {
  readonly label: string
  readonly hint: string
  readonly value: string
  readonly unit?: string
  readonly to: string
  readonly delta: Delta | null
  /** Yesterday's figure, or that there is none. */
  readonly before: { readonly text: string; readonly to: string } | null
  readonly children?: ReactNode
}

export function Tile({ label, hint, value, unit, to, delta, before, children }: TileProps) {
  return (
    <div className={classes['tile']} role="group" aria-label={label}>
      <Tooltip label={hint}>
        <div className={classes['label']}>{label}</div>
      </Tooltip>
      <Link className={classes['value']} to={to}>
        <VisuallyHidden>{`${label} today: `}</VisuallyHidden>
        {value}
        {unit !== undefined && <span className={classes['unit']}>{unit}</span>}
      </Link>
      <div className={classes['delta']}>
        {delta !== null && <span data-good={String(delta.good)}>{delta.text}</span>}
        {before === null ? (
          <span className={classes['dim']}>none yesterday</span>
        ) : (
          <Link className={classes['dim']} to={before.to}>
            <VisuallyHidden>{`${label} yesterday: `}</VisuallyHidden>
            {`was ${before.text}`}
          </Link>
        )}
      </div>
      {children}
    </div>
  )
}

export function SmallDelta({ delta }: { readonly delta: Delta | null }) {
  return delta === null ? null : <span data-good={String(delta.good)}>{delta.text}</span>
}

export function Detail({ children }: { readonly children: ReactNode }) {
  return <div className={classes['detail']}>{children}</div>
}
