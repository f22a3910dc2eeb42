import { Text, Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import classes from './facts.module.css'

export interface Fact {
  readonly label: string
  readonly value: ReactNode
}

/** Labels and values, one pair per line. Entries of `null` are left out. */
export function FactList({ facts, label }: { readonly facts: readonly (Fact | null)[]; readonly label?: string }) {
  return (
    <dl className={classes['facts']} aria-label={label}>
      {facts
        .filter((fact) => fact !== null)
        .map((fact) => (
          <div key={fact.label} className={classes['fact']}>
            <dt>{fact.label}</dt>
            <dd>{fact.value}</dd>
          </div>
        ))}
    </dl>
  )
}

export interface StatProps {
  readonly label: string
  /** The figure, formatted. */
  readonly value: ReactNode
  readonly unit?: string
  /** Against the time before: "+12 %". `good` says how it is to be read, if it can be read at all. */
  readonly delta?: { readonly text: string; readonly good: boolean | null; readonly against: string }
  /** More on hover: how the figure is made. */
  readonly hint?: string
  /** Where the figure's rows are. */
  readonly to?: string
  readonly children?: ReactNode
}

export function Stat({ label, value, unit, delta, hint, to, children }: StatProps) {
  const inside = (
    <>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <div className={classes['figure']}>
        {value} {unit !== undefined && <span className={classes['unit']}>{unit}</span>}
      </div>
      {delta !== undefined && (
        <div className={classes['delta']} data-good={String(delta.good)}>
          {delta.text} <span className={classes['against']}>{delta.against}</span>
        </div>
      )}
      {children}
    </>
  )
  const tile =
    to === undefined ? (
      <div className={classes['stat']}>{inside}</div>
    ) : (
      <Link className={classes['stat']} to={to}>
        {inside}
      </Link>
    )
  return hint === undefined ? tile : <Tooltip label={hint}>{tile}</Tooltip>
}

/** Tiles side by side, as many as fit. */
export function StatRow({ children }: { readonly children: ReactNode }) {
  return <div className={classes['row']}>{children}</div>
}
