/** One limit as a bar: what is settled, behind it what running requests hold, and both in words. */
import { Fragment } from 'react'
import type { PoolKey } from '../../../shared/models/key.ts'
import type { LimitField, LimitState } from '../../../shared/models/limit.ts'
import { Tag } from '../../components/status-badge.tsx'
import { Time } from '../../components/time.tsx'
import { BudgetMenu } from './budget-menu.tsx'
import { BudgetNotes } from './budget-notes.tsx'
import { fillOf, isBudget, limitNames, partsOf, resetWord, stateWords } from './limit-words.ts'
import classes from './limits.module.css'

export interface LimitBarProps {
  readonly poolKey: PoolKey
  readonly state: LimitState
  readonly now: number
}

export function LimitBar({ poolKey: key, state, now }: LimitBarProps) {
  const { field, limit, used } = state
  const { long } = limitNames[field]
  const words = stateWords(state)
  if (limit === 0) return <DeniedLimit field={field} />
  const { settled, reserved } = partsOf(state)
  return (
    <div className={classes['limit']}>
      <div
        className={classes['bar']}
        data-fill={fillOf(state)}
        role="meter"
        aria-label={long}
        aria-valuemin={0}
        aria-valuemax={limit}
        aria-valuenow={Math.min(used, limit)}
        aria-valuetext={words.join(', ')}
      >
        <span style={{ width: `${settled}%` }} />
        <span data-reserved style={{ width: `${reserved}%` }} />
        {isBudget(field) && <Ticks thresholds={key.alertThresholds} />}
      </div>
      <BudgetMenu poolKey={key} state={state} />
      <div className={classes['words']}>
        {words.map((part, index) => (
          <Fragment key={part}>
            {index > 0 && ' · '}
            {part}
          </Fragment>
        ))}
        <Reset state={state} now={now} />
        <BudgetNotes poolKey={key} state={state} now={now} />
      </div>
    </div>
  )
}

/** Where alerts are made; the end of the bar needs no mark. */
function Ticks({ thresholds }: { readonly thresholds: readonly number[] }) {
  return thresholds
    .filter((percent) => percent < 100)
    .map((percent) => <span key={percent} data-tick style={{ left: `${percent}%` }} />)
}

/** A cap of 0: nothing passes, so there is nothing to fill up. */
export function DeniedLimit({ field }: { readonly field: LimitField }) {
  return (
    <div className={classes['denied']}>
      {limitNames[field].long} <Tag tone="bad">denied</Tag>
    </div>
  )
}

function Reset({ state, now }: { readonly state: LimitState; readonly now: number }) {
  const word = resetWord(state)
  if (word === null || state.resetAt === null) return null
  return (
    <>
      {` · ${word} `}
      {state.resetAt <= now ? 'now' : <Time at={state.resetAt} />}
    </>
  )
}
