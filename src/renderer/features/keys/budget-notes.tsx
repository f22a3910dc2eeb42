/** Below the bar of a limit: when it will be full, by how much it is raised, and when it was set back. */
import { Button } from '@mantine/core'
import { IconArrowBackUp, IconArrowUpRight, IconTrendingUp } from '@tabler/icons-react'
import type { PoolKey } from '../../../shared/models/key.ts'
import type { LimitState } from '../../../shared/models/limit.ts'
import { Time } from '../../components/time.tsx'
import { invoke } from '../../lib/api.ts'
import { atWords, momentWords } from '../../lib/notice-words.ts'
import { useAction } from '../../lib/use-action.tsx'
import { formatAmount, isBudget, limitPhrase } from './limit-words.ts'
import classes from './limits.module.css'

const ICON = 13

export interface BudgetNotesProps {
  readonly poolKey: PoolKey
  readonly state: LimitState
  readonly now: number
}

export function BudgetNotes({ poolKey: key, state, now }: BudgetNotesProps) {
  const { field, limit, used, fullAt, raisedBy, raisedUntil, setBackAt } = state
  const endRaise = useEndRaise(key, state)
  const willBeFull = fullAt !== null && fullAt > now && used < limit
  const isRaised = raisedUntil !== null && raisedUntil > now
  return (
    <>
      {willBeFull && (
        <div className={classes['note']} data-tone="warn">
          <IconTrendingUp size={ICON} aria-hidden />
          {`At this pace full ${atWords(fullAt, now)}`}
        </div>
      )}
      {isRaised && (
        <div className={classes['note']} data-tone="info">
          <IconArrowUpRight size={ICON} aria-hidden />
          {`Raised by ${formatAmount(field, raisedBy)} until ${momentWords(raisedUntil, now)}`}
          {endRaise !== null && key.status !== 'revoked' && (
            <Button
              variant="subtle"
              size="compact-xs"
              aria-label={`End raise of the ${limitPhrase(state)}`}
              onClick={endRaise}
            >
              End raise
            </Button>
          )}
        </div>
      )}
      {setBackAt !== null && (
        <div className={classes['note']}>
          <IconArrowBackUp size={ICON} aria-hidden />
          <span>
            Set back to 0 <Time at={setBackAt} />
          </span>
        </div>
      )}
    </>
  )
}

/** Null where there is nothing to end. Undone with the same amount and end. */
export function useEndRaise(key: PoolKey, state: LimitState): (() => void) | null {
  const { field, overrideId } = state
  const raise = key.raises.find((each) => each.field === field && each.overrideId === overrideId)
  const end = useAction('key.endRaise', {
    success: ({ name }) => `Ended the raise of the ${limitPhrase(state)} of ${name}`,
    undo: async ({ id }, input) => {
      if (raise === undefined) return
      await invoke('key.raiseBudget', { ...input, id, addNanos: raise.addNanos, until: raise.until })
    },
  })
  if (!isBudget(field) || state.raisedUntil === null) return null
  return () => end.fire({ id: key.id, overrideId, field })
}
