/** A line or two that stay on the page: a verdict, a warning, something that waits. Colour, icon and words together. */
import { CloseButton, Group, Text } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconInfoCircle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import classes from './notice.module.css'

const icons = { ok: IconCircleCheck, warn: IconAlertTriangle, bad: IconCircleX, info: IconInfoCircle }

export interface NoticeProps {
  readonly tone: keyof typeof icons
  readonly title: string
  readonly children?: ReactNode
  /** Buttons at the end. */
  readonly actions?: ReactNode
  readonly onClose?: () => void
  /** Names the region; the title unless given. */
  readonly label?: string
}

export function Notice({ tone, title, children, actions, onClose, label = title }: NoticeProps) {
  const Icon = icons[tone]
  return (
    <section className={classes['notice']} data-tone={tone} aria-label={label}>
      <Icon size={18} aria-hidden className={classes['icon'] ?? ''} />
      <div className={classes['words']}>
        <Text fw={600}>{title}</Text>
        {children}
      </div>
      <Group gap="xs" wrap="nowrap">
        {actions}
        {onClose !== undefined && <CloseButton size="sm" aria-label="Dismiss" onClick={onClose} />}
      </Group>
    </section>
  )
}
