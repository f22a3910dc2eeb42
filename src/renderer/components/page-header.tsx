import { Group, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { usePageTitle } from '../lib/page-title.ts'
import classes from './page-header.module.css'

export interface PageHeaderProps {
  readonly title: string
  /** The one question this page answers: "Which Pools can serve right now?" */
  readonly question?: ReactNode
  /** Beside the title: a status badge, an id to copy. */
  readonly badge?: ReactNode
  /** Buttons; the page's main act last. */
  readonly actions?: ReactNode
  /** Above the title: where "up" leads. */
  readonly above?: ReactNode
}

/** The heading of a page. Sets the window's title, and takes the focus after navigation. */
export function PageHeader({ title, question, badge, actions, above }: PageHeaderProps) {
  usePageTitle(title)
  return (
    <header className={classes['header']}>
      <div>
        {above}
        <Group gap="xs">
          <Title order={1} id="page-title" tabIndex={-1} className={classes['title']}>
            {title}
          </Title>
          {badge}
        </Group>
        {question !== undefined && (
          <Text c="dimmed" className={classes['question']}>
            {question}
          </Text>
        )}
      </div>
      {actions !== undefined && <Group gap="xs">{actions}</Group>}
    </header>
  )
}
