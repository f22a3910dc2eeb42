/** What a provider said last about an account's limits: how much is left of each, and when it is full again. */
import { Text, Tooltip } from '@mantine/core'
import { Time } from '../../components/time.tsx'
import { useNow } from '../../lib/clock.ts'
import { formatCompact, formatCount, formatRelative, formatShare } from '../../lib/format.ts'
import type { Upstream } from './upstream-rows.ts'
import { quotaWord } from './words.ts'
import classes from './upstreams.module.css'

type Quota = Upstream['quota'][number]

const LOW = 0.2

export interface QuotaBarsProps {
  readonly quota: Upstream['quota']
  /** In a list: a reset that has passed is left to the hover text. */
  readonly isShort?: boolean
}

export function QuotaBars({ quota, isShort = false }: QuotaBarsProps) {
  return (
    <div className={classes['quotas']}>
      {quota.map((window) => (
        <QuotaBar key={window.name} window={window} isShort={isShort} />
      ))}
    </div>
  )
}

function QuotaBar({ window, isShort }: { readonly window: Quota; readonly isShort: boolean }) {
  const { limit, remaining, resetsAt, observedAt } = window
  const now = useNow()
  const isOver = resetsAt !== null && resetsAt <= now
  const share = limit === null || remaining === null || limit === 0 ? null : Math.min(1, remaining / limit)
  const word = quotaWord(window.name)
  const exact = [
    remaining === null
      ? null
      : `${formatCount(remaining)} ${limit === null ? '' : `of ${formatCount(limit)} `}${word} left`,
    isOver ? 'the reset has passed, and nothing was heard since' : null,
    `said by the provider ${formatRelative(observedAt, now)}`,
  ]
  return (
    <Tooltip label={exact.filter((part) => part !== null).join('; ')}>
      <div className={classes['quota']} tabIndex={0} role="group" aria-label={`Quota of ${word}`}>
        <Text size="xs" component="span">
          <b>{remaining === null ? '–' : formatCompact(remaining)}</b>
          {limit !== null && ` / ${formatCompact(limit)}`} {word}
          {!isShort && ' left'}
        </Text>
        {share !== null && (
          <span
            className={classes['meter']}
            role="meter"
            aria-label={`${word} left`}
            aria-valuenow={Math.round(share * 100)}
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuetext={formatShare(share)}
            data-low={share < LOW && !isOver}
            data-old={isOver}
          >
            <span className={classes['level']} style={{ width: `${share * 100}%` }} />
          </span>
        )}
        {resetsAt !== null && !(isOver && isShort) && (
          <Text size="xs" c="dimmed" component="span">
            {isOver ? 'reset ' : 'resets '}
            <Time at={resetsAt} />
          </Text>
        )}
      </div>
    </Tooltip>
  )
}
