/** How full the limits of a key are, in its row: the fullest of them as a bar and in words, and how many more there are. */
import { Tooltip } from '@mantine/core'
import type { KeyUsageGlance } from '../../../shared/models/limit.ts'
import classes from './limits.module.css'
import { fillOf } from './limit-words.ts'
import { glanceWords, shareOf } from './limits-glance.ts'

export interface LimitsCellProps {
  /** Undefined while it loads; null for a key without limits that fill up. */
  readonly glance: KeyUsageGlance | null | undefined
}

export function LimitsCell({ glance }: LimitsCellProps) {
  if (glance === undefined) return <span className={classes['unlimited']}>…</span>
  if (glance === null || glance.fullest === null) return <span className={classes['unlimited']}>–</span>
  const { fullest } = glance
  const { first, second, whole } = glanceWords(glance)
  return (
    <Tooltip label={whole}>
      <span className={classes['glance']}>
        <span className={classes['glanceWords']}>{first}</span>
        <span className={classes['bar']} data-fill={fillOf(fullest)} aria-hidden>
          <span style={{ width: `${Math.min(1, shareOf(glance) ?? 0) * 100}%` }} />
        </span>
        {second !== '' && <span className={classes['glanceMore']}>{second}</span>}
      </span>
    </Tooltip>
  )
}
