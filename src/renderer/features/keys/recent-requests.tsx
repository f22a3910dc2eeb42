import { Anchor, Text } from '@mantine/core'
import { Link, useNavigate } from 'react-router'
import { DataTable } from '../../components/data-table.tsx'
import { LoadingState, QueryState } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import type { Column } from '../../components/table-model.ts'
import { Time } from '../../components/time.tsx'
import { useRoute } from '../../lib/api.ts'
import { formatCompact, formatMs } from '../../lib/format.ts'
import { withParams } from '../../lib/url-state.ts'
import type { RequestSummary } from '../../../shared/models/request.ts'

const SHOWN = 10

const columns: readonly Column<RequestSummary>[] = [
  { id: 'at', header: 'Time', cell: (row) => <Time at={row.at} /> },
  { id: 'state', header: 'Status', cell: (row) => <StatusBadge status={row.state} reason={row.errorCode} /> },
  { id: 'model', header: 'Model', cell: (row) => row.model ?? '–' },
  {
    id: 'tokens',
    header: 'Tokens',
    align: 'right',
    hint: 'In and out together',
    cell: (row) => formatCompact(row.usage.input + row.usage.output),
  },
  { id: 'latency', header: 'Latency', align: 'right', cell: (row) => formatMs(row.durationMs) },
]

/** The newest of one key. Each leads to its place in the log. */
export function RecentRequests({ keyId }: { readonly keyId: string }) {
  const query = useRoute('request.list', { keyId, limit: SHOWN })
  const navigate = useNavigate()
  const all = withParams('/requests', { key: keyId })
  const open = (id: string) => void navigate(withParams(`/requests/${id}`, { key: keyId }))
  return (
    <QueryState query={query} what="The requests" loading={<LoadingState rows={4} />}>
      {({ rows, next }) =>
        rows.length === 0 ? (
          <Text c="dimmed">No request has come with this key yet.</Text>
        ) : (
          <>
            <DataTable
              label="Recent requests"
              columns={columns}
              rows={rows}
              rowKey={(row) => row.id}
              rowLabel={(row) => row.id}
              onOpen={(row) => open(row.id)}
              maxHeight="20rem"
            />
            <Text size="xs">
              <Anchor component={Link} to={all} inherit>
                {next === null ? 'In the request log' : 'All requests of this key'}
              </Anchor>
            </Text>
          </>
        )
      }
    </QueryState>
  )
}
