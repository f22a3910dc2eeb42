/** Which Pools it serves, at which place, and whether each may use it now. */
import { Anchor, Text } from '@mantine/core'
import { Link } from 'react-router'
import { DetailPart } from '../../components/detail-part.tsx'
import { SmallTable, type SmallTableHead } from '../../components/small-table.tsx'
import { QueryState } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { useRoute } from '../../lib/api.ts'
import { useNow } from '../../lib/clock.ts'
import { readinessLook } from '../../lib/readiness.ts'
import type { RouteOutput } from '../../../shared/contract.ts'
import { readinessText } from './pool-chips.tsx'

type Readiness = RouteOutput<'upstream.readiness'>[number]

const heads: readonly (string | SmallTableHead)[] = [
  'Pool',
  'Can it serve',
  { text: 'Priority', align: 'right', hint: '1 is tried first' },
  { text: 'Weight', align: 'right', hint: 'Equal priorities share by weight' },
]

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
    <SmallTable label="Pools of this upstream" heads={heads}>
      {rows.map((row) => (
        <tr key={row.poolId}>
          <td>
            <Anchor component={Link} to={`/pools/${row.poolId}`}>
              {row.poolName}
            </Anchor>
          </td>
          <td>
            <StatusBadge status={readinessLook(row)} />
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
    </SmallTable>
  )
}
