/** A part of a form that opens and can be removed: what most records do not have, or have several of. */
import { Button, UnstyledButton } from '@mantine/core'
import { IconChevronRight } from '@tabler/icons-react'
import { useId, type ReactNode } from 'react'
import classes from './folded-part.module.css'

export interface FoldedPartProps {
  /** Names the part as a whole: "Limits for gpt-5". */
  readonly label: string
  /** On the toggle. */
  readonly title: string
  /** What is in it, beside the title. */
  readonly summary: string | null
  readonly isOpen: boolean
  readonly onToggle: () => void
  /** "Remove gpt-5". */
  readonly removeLabel: string
  readonly onRemove: () => void
  /** Of the toggle, for who sends the focus there. */
  readonly id?: string
  readonly children: ReactNode
}

export function FoldedPart(props: FoldedPartProps) {
  const { label, title, summary, isOpen, onToggle, removeLabel, onRemove, id, children } = props
  const panelId = useId()
  return (
    <div className={classes['part']} role="group" aria-label={label}>
      <div className={classes['head']}>
        <UnstyledButton
          {...(id === undefined ? {} : { id })}
          type="button"
          className={classes['toggle'] ?? ''}
          aria-expanded={isOpen}
          aria-controls={panelId}
          onClick={onToggle}
        >
          <IconChevronRight size={14} aria-hidden data-opened={isOpen} />
          <span className={classes['title']}>{title}</span>
          {summary !== null && <span className={classes['summary']}>{summary}</span>}
        </UnstyledButton>
        <Button size="compact-xs" variant="subtle" color="gray" aria-label={removeLabel} onClick={onRemove}>
          Remove
        </Button>
      </div>
      <div id={panelId} hidden={!isOpen} className={classes['panel']}>
        {isOpen && children}
      </div>
    </div>
  )
}
