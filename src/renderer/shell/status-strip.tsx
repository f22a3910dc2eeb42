/** One line about the gateway on every page: where it is, how it is and why, what it does now, what ends next. */
import { Skeleton, Text, Tooltip } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { CopyText } from '../components/copy.tsx'
import { StatusBadge } from '../components/status-badge.tsx'
import { Time } from '../components/time.tsx'
import { invoke, useConnectionState, useRoute } from '../lib/api.ts'
import { useNow } from '../lib/clock.ts'
import { formatCompact, formatCount } from '../lib/format.ts'
import { comingResets } from '../lib/quota-words.ts'
import { AlertBell } from './alert-bell.tsx'
import { healthOf, ratesOf, type Rates } from './gateway-health.ts'
import classes from './status-strip.module.css'

const POLL_MS = 5_000
const MINUTE_MS = 60_000

export function StatusStrip() {
  const connection = useConnectionState()
  const status = useRoute('system.status', {}, { refetchInterval: POLL_MS }).data
  const upstreams = useRoute('upstream.list', {}).data
  const rates = useRates()
  const health = healthOf(connection, status, upstreams)
  const reason = health?.reason ?? null
  const [reset] = comingResets(upstreams ?? [], useNow())
  return (
    <div className={classes['strip']} role="region" aria-label="Gateway">
      {status === undefined ? (
        <Skeleton height={20} width={260} />
      ) : (
        <CopyText text={`${status.gateway.url}/v1`} what="gateway address" />
      )}
      {health !== null && <StatusBadge status={health.state} reason={health.reason} />}
      {reason !== null && (
        <Text size="xs" c="dimmed" truncate className={classes['why']} aria-hidden>
          {reason}
        </Text>
      )}
      <div className={classes['figures']}>
        <Figure label="live" hint="Requests running now" to="/requests?state=open">
          {status === undefined ? '–' : formatCount(status.gateway.requestsInFlight)}
        </Figure>
        <Figure label="req/min" hint="Requests of the last 60 seconds" to="/requests">
          {rates === undefined ? '–' : formatCompact(rates.requests)}
        </Figure>
        <Figure label="tok/min" hint="Tokens in and out of the last 60 seconds" to="/requests">
          {rates === undefined ? '–' : formatCompact(rates.tokens)}
        </Figure>
        {reset !== undefined && (
          <Figure label="next reset" hint={`${reset.name}: ${reset.what}`} to={`/upstreams/${reset.upstreamId}`}>
            <Time at={reset.at} />
          </Figure>
        )}
      </div>
      <AlertBell />
    </div>
  )
}

interface FigureProps {
  readonly label: string
  readonly hint: string
  readonly to: string
  readonly children: ReactNode
}

function Figure({ label, hint, to, children }: FigureProps) {
  return (
    <Tooltip label={hint}>
      <Link className={classes['figure'] ?? ''} to={to}>
        <span className={classes['value']}>{children}</span> {label}
      </Link>
    </Tooltip>
  )
}

/** From the two newest minute buckets; the key names no time, so that the figures stay while they are fetched again. */
function useRates(): Rates | undefined {
  return useQuery({
    queryKey: ['stats.query', 'rates'],
    refetchInterval: POLL_MS,
    queryFn: async () => {
      const now = Date.now()
      const points = await invoke('stats.query', { from: now - MINUTE_MS, to: now + MINUTE_MS, stepMinutes: 1 })
      return ratesOf(points, now)
    },
  }).data
}
