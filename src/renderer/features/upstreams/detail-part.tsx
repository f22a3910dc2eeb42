import type { ReactNode } from 'react'
import classes from './detail.module.css'

export interface DetailPartProps {
  readonly title: string
  /** Beside the title: a link, a switch. */
  readonly end?: ReactNode
  /** Over both columns. */
  readonly isWide?: boolean
  readonly children: ReactNode
}

export function DetailPart({ title, end, isWide = false, children }: DetailPartProps) {
  return (
    <section aria-label={title} className={classes['part']} data-wide={isWide}>
      <div className={classes['partHead']}>
        <h2 className={classes['heading']}>{title}</h2>
        {end}
      </div>
      {children}
    </section>
  )
}
