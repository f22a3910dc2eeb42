/** What hardly anybody needs, closed until it is asked for, or something in it is to be corrected. */
import { UnstyledButton } from '@mantine/core'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import classes from './editor.module.css'

export interface DisclosureProps {
  readonly title: string
  readonly startsOpen?: boolean
  /** Stays open. */
  readonly isNeeded?: boolean
  readonly children: ReactNode
}

export function Disclosure({ title, startsOpen = false, isNeeded = false, children }: DisclosureProps) {
  const [isWanted, setWanted] = useState(startsOpen)
  const isOpen = isWanted || isNeeded
  const Icon = isOpen ? IconChevronDown : IconChevronRight
  return (
    <div>
      <UnstyledButton
        type="button"
        className={classes['disclose'] ?? ''}
        aria-expanded={isOpen}
        onClick={() => setWanted(!isOpen)}
      >
        <Icon size={14} aria-hidden />
        {title}
      </UnstyledButton>
      {isOpen && <div className={classes['fields']}>{children}</div>}
    </div>
  )
}
