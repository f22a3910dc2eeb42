/** How an upstream is, why, and when that ends by itself. */
import { Text } from '@mantine/core'
import { StatusBadge } from '../../components/status-badge.tsx'
import { Time } from '../../components/time.tsx'
import { formatNoun } from '../../lib/format.ts'
import type { Upstream } from './upstream-rows.ts'
import classes from './upstreams.module.css'

export function StateCell({ upstream: { health } }: { readonly upstream: Upstream }) {
  return (
    <div className={classes['state']}>
      <StatusBadge status={health.state} />
      <StateReasons health={health} />
    </div>
  )
}

/** Nothing where it is ready and no circuit is open. */
export function StateReasons({ health }: Pick<Upstream, 'health'>) {
  return (
    <>
      {(health.reason !== null || health.until !== null) && (
        <Text size="xs" c="dimmed" lineClamp={2} title={health.reason ?? ''}>
          {health.until !== null && (
            <>
              back <Time at={health.until} />
              {health.reason === null ? '' : '. '}
            </>
          )}
          {health.reason}
        </Text>
      )}
      <Circuits breakers={health.breakers} />
    </>
  )
}

/** `Circuit open for gpt-5`: it is ready, and yet not asked for that. */
function Circuits({ breakers }: Pick<Upstream['health'], 'breakers'>) {
  const [first] = breakers
  if (first === undefined) return null
  const what = breakers.length === 1 ? first.model : formatNoun(breakers.length, 'model')
  return (
    <Text size="xs" c="var(--tone-warn)" lineClamp={2} title={breakers.map(({ model }) => model).join(', ')}>
      {`Circuit open for ${what}`}
    </Text>
  )
}
