/** How full the limits of a key are, in its row: the fullest of them as a bar between two short lines of words. */
import { Tooltip } from '@mantine/core'
import type { PoolKey } from '../../../shared/models/key.ts'
import type { KeyUsageGlance } from '../../../shared/models/limit.ts'
import { useNow } from '../../lib/clock.ts'
import classes from './limits.module.css'
import { fillOf } from './limit-words.ts'
import { glanceWords, resetWords, shareOf, withoutProgress } from './limits-glance.ts'

export interface LimitsCellProps {
  readonly poolKey: PoolKey
  /** Undefined while it loads; null for a key without limits that fill up. */
  readonly glance: KeyUsageGlance | null | undefined
}

export function LimitsCell({ poolKey, glance }: LimitsCellProps) {
  if (glance === undefined) return <span className={classes['unlimited']}>…</span>
  if (glance === null || glance.fullest === null) {
    return <span className={classes['unlimited']}>{withoutProgress(poolKey)}</span>
  }
  const { fullest } = glance
  const { share, cap, more, whole } = glanceWords(glance)
  return (
    <Tooltip label={<Whole glance={glance} />} events={{ hover: true, focus: true, touch: false }}>
      <span className={classes['glance']} tabIndex={0} role="group" aria-label={whole}>
        <span>{share}</span> <span className={classes['glanceCap']}>{cap}</span>{' '}
        <span className={classes['glanceMore']}>{more}</span>
        <span className={classes['bar']} data-fill={fillOf(fullest)} aria-hidden>
          <span style={{ width: `${Math.min(1, shareOf(glance) ?? 0) * 100}%` }} />
        </span>
      </span>
    </Tooltip>
  )
}

/** Its time runs on while it is looked at; rows that nobody looks at need no clock. */
function Whole({ glance }: { readonly glance: KeyUsageGlance }) {
  const reset = resetWords(glance, useNow())
  return (
    <>
      {glanceWords(glance).whole}
      {reset !== '' && <div>{`${reset.charAt(0).toUpperCase()}${reset.slice(1)}`}</div>}
    </>
  )
}
