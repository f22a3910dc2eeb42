/** The Pools of an upstream, each with whether it may use the upstream now. */
import { Tooltip } from '@mantine/core'
import { IconCheck, IconClockPause, IconX } from '@tabler/icons-react'
import { Link } from 'react-router'
import { useNow } from '../../lib/clock.ts'
import { formatNoun, formatRelative } from '../../lib/format.ts'
import type { Readiness } from './upstream-rows.ts'
import { reasonWords } from './words.ts'
import classes from './upstreams.module.css'

export interface PoolChipsProps {
  readonly pools: readonly Readiness[]
  /** Where the ones are that are not shown. */
  readonly to: string
  /** How many are shown. */
  readonly most?: number
}

export function PoolChips({ pools, to, most = 3 }: PoolChipsProps) {
  if (pools.length === 0) return <span className={classes['dimmed']}>in no Pool</span>
  // What does not work is what one looks for.
  const sorted = [...pools].sort((a, b) => Number(a.isReady) - Number(b.isReady))
  const rest = sorted.length - most
  return (
    <div className={classes['chips']}>
      {sorted.slice(0, most).map((pool) => (
        <PoolChip key={pool.poolId} pool={pool} />
      ))}
      {rest > 0 && (
        <Link className={classes['more'] ?? ''} to={to}>
          {`and ${formatNoun(rest, 'other', 'others')}`}
        </Link>
      )}
    </div>
  )
}

function PoolChip({ pool }: { readonly pool: Readiness }) {
  const now = useNow()
  const words = readinessText(pool, now)
  const Icon = !pool.isReady ? IconX : pool.isResting ? IconClockPause : IconCheck
  return (
    <Tooltip label={`${pool.poolName}: ${words} Priority ${pool.priority}, weight ${pool.weight}.`}>
      <Link
        className={classes['chip'] ?? ''}
        to={`/pools/${pool.poolId}`}
        data-tone={pool.isReady ? (pool.isResting ? 'warn' : 'ok') : 'bad'}
        aria-label={`${pool.poolName}: ${words}`}
      >
        <Icon size={12} aria-hidden />
        <span className={classes['chipName']}>{pool.poolName}</span>
      </Link>
    </Tooltip>
  )
}

export function readinessText(
  { isReady, isResting, reason, until }: Pick<Readiness, 'isReady' | 'isResting' | 'reason' | 'until'>,
  now: number,
): string {
  const back = until === null ? '' : ` Again ${formatRelative(until, now)}.`
  if (!isReady) return `${reason === null ? 'Not ready.' : reasonWords[reason]}${back}`
  return isResting ? `Failed a moment ago: used when no other is left.${back}` : 'Ready.'
}
