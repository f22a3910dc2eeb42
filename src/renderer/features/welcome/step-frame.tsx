import { Button } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import classes from './welcome.module.css'

export interface StepFrameProps {
  readonly id: string
  readonly number: number
  readonly title: string
  readonly isDone: boolean
  readonly isOpen: boolean
  /** Comes later: something before it is not done. */
  readonly isWaiting: boolean
  /** What it came to, in a few words; shown while it is closed. */
  readonly summary: ReactNode
  readonly onOpen: () => void
  readonly children: ReactNode
}

export function StepFrame(props: StepFrameProps) {
  const { id, number, title, isDone, isOpen, isWaiting, summary, onOpen, children } = props
  return (
    <li className={classes['step']} data-open={isOpen} data-waiting={isWaiting && !isOpen}>
      <section aria-labelledby={`welcome-${id}`}>
        <div className={classes['head']}>
          <span className={classes['mark']} data-done={isDone}>
            {isDone ? <IconCheck size={14} role="img" aria-label="Done" /> : number}
          </span>
          <h2 className={classes['title']} id={`welcome-${id}`} tabIndex={-1}>
            {title}
          </h2>
          <span className={classes['summary']}>{isOpen ? '' : summary}</span>
          {!isOpen && !isWaiting && (
            <Button
              size="compact-xs"
              variant="default"
              onClick={onOpen}
              aria-label={`${isDone ? 'Change' : 'Open'}: ${title}`}
            >
              {isDone ? 'Change' : 'Open'}
            </Button>
          )}
        </div>
        {isOpen && <div className={classes['body']}>{children}</div>}
      </section>
    </li>
  )
}
