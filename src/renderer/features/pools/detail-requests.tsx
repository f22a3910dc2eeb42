/** The last requests of the Pool; the log has the rest. */
import { Anchor, Text } from '@mantine/core'
import { Link } from 'react-router'
import { DetailPart } from '../../components/detail-part.tsx'
import { SmallTable, type SmallTableHead } from '../../components/small-table.tsx'
import { QueryState } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { Time } from '../../components/time.tsx'
import { useRoute } from '../../lib/api.ts'
import { formatCompact, formatMs } from '../../lib/format.ts'
import { withParams } from '../../lib/url-state.ts'

const heads: readonly (string | SmallTableHead)[] = [
  'Time',
  'Status',
  'Model',
  'Key',
  'Upstream',
  { text: 'Tokens in / out', align: 'right' },
  { text: 'Latency', align: 'right' },
]

export function DetailRequests({ poolId }: { readonly poolId: string }) {
  const query = useRoute('request.list', { poolId, limit: 8 })
  return (
    <DetailPart
      title="Recent requests"
      isWide
      end={
        <Anchor component={Link} size="xs" to={withParams('/requests', { pool: poolId })}>
          All requests of this Pool
        </Anchor>
      }
    >
      <QueryState query={query} what="The requests">
        {({ rows, names }) =>
          rows.length === 0 ? (
            <Text c="dimmed">None yet.</Text>
          ) : (
            <SmallTable label="Recent requests of this Pool" heads={heads}>
              {rows.map((row) => (
                <tr key={row.id}>
                  <td>
                    <Anchor component={Link} to={withParams(`/requests/${row.id}`, { pool: poolId })}>
                      <Time at={row.at} />
                    </Anchor>
                  </td>
                  <td>
                    <StatusBadge status={row.state} reason={row.errorCode} />
                  </td>
                  <td>{row.model ?? '–'}</td>
                  <td>{names[row.keyId]?.name ?? row.keyId}</td>
                  <td>{row.upstreamId === null ? '–' : (names[row.upstreamId]?.name ?? row.upstreamId)}</td>
                  <td data-align="right">{`${formatCompact(row.usage.input)} / ${formatCompact(row.usage.output)}`}</td>
                  <td data-align="right">{formatMs(row.durationMs)}</td>
                </tr>
              ))}
            </SmallTable>
          )
        }
      </QueryState>
    </DetailPart>
  )
}
