/** The sessions that are at home at this upstream, latest first. */
import { Anchor, Button, Text } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'react-router'
import type { SessionPage } from '../../../shared/models/session.ts'
import { DetailPart } from '../../components/detail-part.tsx'
import { ConfirmDialog } from '../../components/dialogs.tsx'
import { BelowCell, SmallTable, type SmallTableHead } from '../../components/small-table.tsx'
import { QueryState } from '../../components/states.tsx'
import { Tag } from '../../components/status-badge.tsx'
import { Time } from '../../components/time.tsx'
import { useRoute } from '../../lib/api.ts'
import { clientName } from '../../lib/client-names.ts'
import { formatCompact, formatCount, formatNoun } from '../../lib/format.ts'
import { cachedWords, sessionName } from '../../lib/session-words.ts'
import { useAction } from '../../lib/use-action.tsx'
import { withParams } from '../../lib/url-state.ts'

const ROWS = 10
const heads: readonly (string | SmallTableHead)[] = [
  'Session',
  'Key',
  { text: 'Requests', align: 'right' },
  { text: 'Input', align: 'right', hint: 'Tokens' },
  { text: 'Cached', align: 'right', hint: 'Part of the input that it had in its cache' },
  'Last request',
  { text: 'Release', align: 'right' },
]

export function DetailSessions({ id }: { readonly id: string }) {
  const query = useRoute('session.list', { upstreamId: id, limit: ROWS })
  return (
    <DetailPart
      title="Sessions"
      isWide
      end={
        <Anchor component={Link} size="xs" to={withParams('/sessions', { upstream: id })}>
          {query.data === undefined || query.data.total === 0
            ? 'All sessions'
            : `All ${formatNoun(query.data.total, 'session')}`}
        </Anchor>
      }
    >
      <QueryState query={query} what="The sessions">
        {(page) =>
          page.rows.length === 0 ? (
            <Text c="dimmed">No session is at home here.</Text>
          ) : (
            <Sessions page={page} upstreamId={id} />
          )
        }
      </QueryState>
    </DetailPart>
  )
}

function Sessions({ page: { rows, total }, upstreamId }: { readonly page: SessionPage; readonly upstreamId: string }) {
  const keys = useRoute('key.list', {}).data
  const release = useAction('session.release', { success: () => 'Released: its next request goes by the usual order' })
  return (
    <>
      <SmallTable label="Sessions at this upstream" heads={heads}>
        {rows.map((row) => (
          <tr key={row.id}>
            <td>
              <code>{sessionName(row)}</code> {row.hasSocket && <Tag tone="info">WebSocket</Tag>}
              <BelowCell isOneLine>{`${clientName(row.client)}, ${row.model}`}</BelowCell>
            </td>
            <td>
              <Anchor component={Link} to={`/keys/${row.keyId}`}>
                {keys?.find((key) => key.id === row.keyId)?.name ?? row.keyId}
              </Anchor>
            </td>
            <td data-align="right">{formatCount(row.requests)}</td>
            <td data-align="right">{formatCompact(row.inputTokens)}</td>
            <td data-align="right">{cachedWords(row)}</td>
            <td>
              <Time at={row.lastAt} />
            </td>
            <td data-align="right">
              <Button
                variant="default"
                size="compact-xs"
                aria-label={`Release session ${sessionName(row)}`}
                onClick={() => release.fire({ id: row.id })}
              >
                Release
              </Button>
            </td>
          </tr>
        ))}
      </SmallTable>
      <ReleaseAll upstreamId={upstreamId} total={total} />
    </>
  )
}

function ReleaseAll({ upstreamId, total }: { readonly upstreamId: string; readonly total: number }) {
  const [isAsking, setAsking] = useState(false)
  const { run } = useAction('session.releaseAll', {
    success: ({ released }) => `Released ${formatNoun(released, 'session')}`,
    errorToast: false,
  })
  return (
    <>
      <Button variant="default" size="compact-xs" mt="xs" onClick={() => setAsking(true)}>
        Release all
      </Button>
      <ConfirmDialog
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={`Release ${formatNoun(total, 'session')}?`}
        confirm="Release"
        onConfirm={() => run({ upstreamId })}
      >
        <Text>
          The next request of each goes by the usual order of its Pool, which may lead here again, and may find less of
          its prompt in a cache.
        </Text>
      </ConfirmDialog>
    </>
  )
}
