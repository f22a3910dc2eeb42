/** Which upstreams serve this Pool, in the order in which they are tried, and which can do so now. */
import { Anchor, Text } from '@mantine/core'
import { Link } from 'react-router'
import { QueryState } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { useNow } from '../../lib/clock.ts'
import { useRoute } from '../../lib/api.ts'
import { formatCompact, formatMs, formatRelative, formatShare } from '../../lib/format.ts'
import { withParams } from '../../lib/url-state.ts'
import { routingOrder } from './routing-order.ts'
import type { Pool } from './pool-rows.ts'
import { readinessWords, upstreamKindWords } from './words.ts'
import type { RouteOutput } from '../../../shared/contract.ts'
import classes from './detail.module.css'

type Readiness = RouteOutput<'pool.readiness'>[number]

export function DetailUpstreams({ pool }: { readonly pool: Pool }) {
  const readiness = useRoute('pool.readiness', { id: pool.id })
  return (
    <section aria-label="Upstreams" className={`${classes['part']} ${classes['wide']}`}>
      <div className={classes['partHead']}>
        <h2 className={classes['heading']}>Upstreams</h2>
        <Anchor component={Link} size="xs" to={withParams(`/pools/${pool.id}/edit`, { step: 'upstreams' })}>
          Change upstreams
        </Anchor>
      </div>
      {pool.assignments.length === 0 ? (
        <Text c="dimmed">No upstream is assigned, so nothing can be served.</Text>
      ) : (
        <QueryState query={readiness} what="The upstreams’ readiness">
          {(rows) => <Table pool={pool} rows={rows} />}
        </QueryState>
      )}
    </section>
  )
}

function Table({ pool, rows }: { readonly pool: Pool; readonly rows: readonly Readiness[] }) {
  const upstreams = new Map(useRoute('upstream.list', {}).data?.map((upstream) => [upstream.id, upstream]))
  const figures = new Map(useRoute('upstream.figures', {}).data?.map((each) => [each.id, each]))
  const shares = new Map(
    routingOrder(pool.assignments).flatMap(({ members }) =>
      members.map((each) => [each.upstreamId, each.share] as const),
    ),
  )
  return (
    <div className={classes['scroll']}>
      <table className={classes['table']} aria-label="Upstreams of this Pool">
        <thead>
          <tr>
            <th scope="col">Upstream</th>
            <th scope="col">In this Pool</th>
            <th scope="col" data-align="right">
              Priority
            </th>
            <th scope="col" data-align="right" title="Weight, and the share of the requests among equal priorities">
              Weight
            </th>
            <th scope="col" data-align="right">
              Running
            </th>
            <th scope="col" data-align="right" title="Input and output tokens of the last five hours, in all Pools">
              Tokens 5 h
            </th>
            <th scope="col" data-align="right" title="Median of the last 24 hours, in all Pools">
              Latency p50
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const upstream = upstreams.get(row.upstreamId)
            const own = figures.get(row.upstreamId)
            return (
              <tr key={row.upstreamId}>
                <td>
                  <Anchor component={Link} to={`/upstreams/${row.upstreamId}`}>
                    {upstream?.name ?? row.upstreamId}
                  </Anchor>
                  {upstream !== undefined && (
                    <div className={classes['dimmed']}>{upstreamKindWords[upstream.kind]}</div>
                  )}
                </td>
                <td>
                  <ReadinessCell row={row} />
                </td>
                <td data-align="right">{row.priority}</td>
                <td data-align="right">
                  {row.weight}
                  <div className={classes['dimmed']}>{shareWords(shares.get(row.upstreamId), row.weight)}</div>
                </td>
                <td data-align="right">{upstream?.health.inFlight ?? '–'}</td>
                <td data-align="right">{formatCompact((own?.fiveHours.input ?? 0) + (own?.fiveHours.output ?? 0))}</td>
                <td data-align="right">{formatMs(own?.latency?.p50 ?? null)}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

function shareWords(share: number | undefined, weight: number): string {
  if (share === undefined) return ''
  return weight === 0 && share === 0 ? 'last resort' : formatShare(share)
}

const looks: Readonly<Partial<Record<NonNullable<Readiness['reason']>, string>>> = {
  assignment_disabled: 'disabled',
  upstream_paused: 'paused',
  auth_required: 'auth_required',
  secret_missing: 'secret_missing',
  cooling_down: 'cooling_down',
  pool_disabled: 'disabled',
  pool_archived: 'archived',
}

function ReadinessCell({ row: { isReady, reason, until, isResting } }: { readonly row: Readiness }) {
  const now = useNow()
  const back = until === null ? '' : ` Again ${formatRelative(until, now)}.`
  if (isReady) {
    return (
      <>
        <StatusBadge status={isResting ? 'cooling_down' : 'ready'} />
        {isResting && (
          <div className={classes['dimmed']}>{`Failed a moment ago: used when no other is left.${back}`}</div>
        )}
      </>
    )
  }
  const look = reason === null ? 'cannot_serve' : (looks[reason] ?? 'cannot_serve')
  return (
    <>
      <StatusBadge status={look} />
      <div className={classes['dimmed']}>{reason === null ? '' : `${readinessWords[reason]}${back}`}</div>
    </>
  )
}
