/** Which Pools it serves, at which place, and whether each may use it now. */
import { Anchor, Text } from '@mantine/core'
import { Link } from 'react-router'
import { QueryState } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { useRoute } from '../../lib/api.ts'
import { useNow } from '../../lib/clock.ts'
import type { RouteOutput } from '../../../shared/contract.ts'
import { DetailPart } from './detail-part.tsx'
import { readinessText } from './pool-chips.tsx'
import classes from './detail.module.css'

type Readiness = RouteOutput<'upstream.readiness'>[number]

const looks: Readonly<Partial<Record<NonNullable<Readiness['reason']>, string>>> = {
  assignment_disabled: 'disabled',
  upstream_paused: 'paused',
  auth_required: 'auth_required',
  secret_missing: 'secret_missing',
  cooling_down: 'cooling_down',
  pool_disabled: 'disabled',
  pool_archived: 'archived',
}

export function DetailPools({ id }: { readonly id: string }) {
  const query = useRoute('upstream.readiness', { id })
  return (
    <DetailPart
      title="Pools"
      end={
        <Anchor component={Link} size="xs" to={`/upstreams/${id}/edit#pools`}>
          Change Pools
        </Anchor>
      }
    >
      <QueryState query={query} what="Its readiness">
        {(rows) => (rows.length === 0 ? <Text c="dimmed">It is in no Pool.</Text> : <Table rows={rows} />)}
      </QueryState>
    </DetailPart>
  )
}

function Table({ rows }: { readonly rows: readonly Readiness[] }) {
  const now = useNow()
  return (
    <div className={classes['scroll']}>
      <table className={classes['table']} aria-label="Pools of this upstream">
        <thead>
          <tr>
            <th scope="col">Pool</th>
            <th scope="col">May it be used</th>
            <th scope="col" data-align="right" title="1 is tried first">
              Priority
            </th>
            <th scope="col" data-align="right" title="Equal priorities share by weight">
              Weight
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.poolId}>
              <td>
                <Anchor component={Link} to={`/pools/${row.poolId}`}>
                  {row.poolName}
                </Anchor>
              </td>
              <td>
                <StatusBadge status={lookOf(row)} />
                {(!row.isReady || row.isResting) && (
                  <Text size="xs" c="dimmed">
                    {readinessText(row, now)}
                  </Text>
                )}
              </td>
              <td data-align="right">{row.priority}</td>
              <td data-align="right">{row.weight}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function lookOf({ isReady, isResting, reason }: Readiness): string {
  if (isReady) return isResting ? 'cooling_down' : 'ready'
  return reason === null ? 'cannot_serve' : (looks[reason] ?? 'cannot_serve')
}
