/** The page of one record: what keeps it from serving, then its parts in two columns. */
import { Group, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './detail-part.module.css'

export function DetailColumns({ children }: { readonly children: ReactNode }) {
  return <div className={classes['columns']}>{children}</div>
}

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
      <div className={classes['head']}>
        <h2 className={classes['heading']}>{title}</h2>
        {end}
      </div>
      {children}
    </section>
  )
}

/** What the operator wrote about it, with its line breaks; nothing when nothing was written. */
export function DetailNotes({ notes }: { readonly notes: string }) {
  return (
    notes !== '' && (
      <DetailPart title="Notes">
        <Text className={classes['notes'] ?? ''}>{notes}</Text>
      </DetailPart>
    )
  )
}

interface StateLineProps {
  readonly tone?: 'warn' | 'bad'
  /** Why it cannot serve, and links or buttons that help. */
  readonly children: ReactNode
}

export function StateLine({ tone = 'warn', children }: StateLineProps) {
  return (
    <Group className={classes['line'] ?? ''} data-tone={tone} role="status" gap="sm">
      {children}
    </Group>
  )
}
