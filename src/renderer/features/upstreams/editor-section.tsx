import type { ReactNode } from 'react'
import classes from './editor.module.css'

/** A part of the form under its own heading. */
export function EditorSection({
  title,
  id,
  children,
}: {
  readonly title: string
  readonly id?: string
  readonly children: ReactNode
}) {
  return (
    <section className={classes['section']} aria-label={title} id={id}>
      <h2 className={classes['heading']}>{title}</h2>
      <div className={classes['fields']}>{children}</div>
    </section>
  )
}
