/** The cards view of a list: one card for each thing, with its name, its state, its menu, and figures at the foot. */
import { Skeleton } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { LoadingState } from './states.tsx'
import type { ListView } from './view-switch.tsx'
import classes from './list-cards.module.css'

export interface ListCardsProps {
  /** What they are, for screen readers: "Pools". */
  readonly label: string
  /** A `ListCard` each. */
  readonly children: ReactNode
}

export function ListCards({ label, children }: ListCardsProps) {
  return (
    <ul className={classes['cards']} aria-label={label}>
      {children}
    </ul>
  )
}

export interface ListPlaceProps {
  /** For screen readers: "Loading Pools". */
  readonly label: string
  /** What comes, so that nothing jumps when it is there. */
  readonly view: ListView
  /** Of a card, px. */
  readonly cardHeight: number
}

/** In place of cards, or of the table instead of them, while they load. */
export function ListPlace({ label, view, cardHeight }: ListPlaceProps) {
  if (view === 'table') return <LoadingState label={label} rows={8} />
  return (
    <div className={classes['cards']} role="status" aria-label={label} data-state="loading">
      {Array.from({ length: 6 }, (_, index) => (
        <Skeleton key={index} height={cardHeight} radius="sm" />
      ))}
    </div>
  )
}

export interface ListCardProps {
  readonly name: string
  /** The page of its own. */
  readonly to: string
  /** Its state, and what else stands beside the name. */
  readonly badges: ReactNode
  readonly menu: ReactNode
  readonly children: ReactNode
}

export function ListCard({ name, to, badges, menu, children }: ListCardProps) {
  return (
    <li>
      <article className={classes['card']} aria-label={name}>
        <div className={classes['head']}>
          <Link className={classes['name'] ?? ''} to={to} title={name}>
            {name}
          </Link>
          {badges}
          {menu}
        </div>
        {children}
      </article>
    </li>
  )
}

/** Four of them, the first and the third with the longest names. */
export function CardFigures({ children }: { readonly children: ReactNode }) {
  return <dl className={classes['figures']}>{children}</dl>
}

export interface CardFigureProps {
  readonly label: string
  /** On hover: what it counts, and over which time. */
  readonly hint: string
  readonly children: ReactNode
}

export function CardFigure({ label, hint, children }: CardFigureProps) {
  return (
    <div title={hint}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}
