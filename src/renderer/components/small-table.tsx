/** A plain table of some rows within a part of a page. For lists that are sorted and walked: data-table.tsx. */
import type { ReactNode } from 'react'
import classes from './small-table.module.css'

export interface SmallTableHead {
  readonly text: string
  readonly align?: 'right'
  /** On hover: what the column says, and in which unit. */
  readonly hint?: string
}

export interface SmallTableProps {
  /** What the table holds, for screen readers. */
  readonly label: string
  readonly heads: readonly (string | SmallTableHead)[]
  /** Names the box around it, which then takes the focus to be scrolled by keys: where no link in it could. */
  readonly region?: string
  /** Scrolls after some rows. */
  readonly isTall?: boolean
  /** Its `<tr>`s; a cell with `data-align="right"` stands under a head that does. */
  readonly children: ReactNode
}

export function SmallTable({ label, heads, region, isTall = false, children }: SmallTableProps) {
  return (
    <div
      className={classes['scroll']}
      data-tall={isTall}
      {...(region === undefined ? {} : { tabIndex: 0, role: 'region', 'aria-label': region })}
    >
      <table className={classes['table']} aria-label={label}>
        <thead>
          <tr>
            {heads.map((head) => {
              const { text, align, hint } = typeof head === 'string' ? { text: head } : head
              return (
                <th key={text} scope="col" data-align={align} title={hint}>
                  {text}
                </th>
              )
            })}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  )
}

/** The second line of a cell. */
export function BelowCell({
  isOneLine = false,
  children,
}: {
  readonly isOneLine?: boolean
  readonly children: ReactNode
}) {
  return (
    <div className={classes['below']} data-nowrap={isOneLine}>
      {children}
    </div>
  )
}
