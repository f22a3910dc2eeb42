/** How an upstream is, why, and when that ends by itself. */
import { Text } from '@mantine/core'
import { StatusBadge } from '../../components/status-badge.tsx'
import { Time } from '../../components/time.tsx'
import type { Upstream } from './upstream-rows.ts'
import classes from './upstreams.module.css'

export function StateCell({ upstream: { health } }: { readonly upstream: Upstream }) {
  return (
    <div className={classes['state']}>
      <StatusBadge status={health.state} />
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
    </div>
  )
}
