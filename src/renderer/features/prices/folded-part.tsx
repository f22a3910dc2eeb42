import { Button, UnstyledButton } from '@mantine/core'
import { IconChevronRight } from '@tabler/icons-react'
import { useId, useState, type ReactNode } from 'react'
import classes from './prices.module.css'

export interface FoldedPartProps {
  readonly title: string
  /** What is in it, while it is shut. */
  readonly summary: string
  readonly startsOpen: boolean
  /** Something in it is wrong, which must not hide. */
  readonly hasError: boolean
  readonly onRemove: () => void
  readonly children: ReactNode
}

/** A part of the form that most prices do not have: long requests, a service tier. */
export function FoldedPart({ title, summary, startsOpen, hasError, onRemove, children }: FoldedPartProps) {
  const [isOpen, setOpen] = useState(startsOpen)
  const panelId = useId()
  const isShown = isOpen || hasError
  return (
    <div className={classes['part']} role="group" aria-label={title}>
      <div className={classes['partHead']}>
        <UnstyledButton
          type="button"
          className={classes['toggle'] ?? ''}
          aria-expanded={isShown}
          aria-controls={panelId}
          onClick={() => setOpen(!isShown)}
        >
          <IconChevronRight size={14} aria-hidden data-opened={isShown} />
          <span className={classes['partTitle']}>{title}</span>
          {!isShown && <span className={classes['partSummary']}>{summary}</span>}
        </UnstyledButton>
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          aria-label={`Remove ${title.toLowerCase()}`}
          onClick={onRemove}
        >
          Remove
        </Button>
      </div>
      <div id={panelId} hidden={!isShown} className={classes['panel']}>
        {isShown && children}
      </div>
    </div>
  )
}
