/** Dispatches to this upstream, newest first, also those after which another one served the request. */
import { Anchor, Button, Group, Text } from '@mantine/core'
import { Link } from 'react-router'
import type { RouteOutput } from '../../../shared/contract.ts'
import { DetailPart } from '../../components/detail-part.tsx'
import { SmallTable, type SmallTableHead } from '../../components/small-table.tsx'
import { QueryState } from '../../components/states.tsx'
import { StatusBadge, Tag } from '../../components/status-badge.tsx'
import { Time } from '../../components/time.tsx'
import { useRoute } from '../../lib/api.ts'
import { formatMs, formatOrdinal } from '../../lib/format.ts'
import { textParam, useUrlState, withParams } from '../../lib/url-state.ts'
import classes from './detail.module.css'

type Attempt = RouteOutput<'upstream.attempts'>['rows'][number]

const PAGE = 15
const params = { before: textParam() }
const heads: readonly (string | SmallTableHead)[] = [
  'Time',
  'Attempt',
  'Model',
  'Answer',
  'Request',
  { text: 'First byte', align: 'right' },
  { text: 'Duration', align: 'right' },
]

export function DetailAttempts({ id }: { readonly id: string }) {
  const [{ before }, setState] = useUrlState(params)
  const query = useRoute(
    'upstream.attempts',
    { id, limit: PAGE, ...(before === '' ? {} : { before }) },
    { keepPrevious: true },
  )
  const next = query.data?.next ?? null
  return (
    <DetailPart
      title="Recent attempts"
      isWide
      end={
        <Anchor component={Link} size="xs" to={withParams('/requests', { upstream: id })}>
          Requests of this upstream
        </Anchor>
      }
    >
      <QueryState query={query} what="The attempts">
        {({ rows, searchedTo }) => (
          <>
            {rows.length === 0 ? (
              <Text c="dimmed">{emptyWords(before !== '', searchedTo !== null)}</Text>
            ) : (
              <Table rows={rows} />
            )}
            {(before !== '' || next !== null) && (
              <Group gap="xs" mt="xs">
                <Button variant="default" disabled={before === ''} onClick={() => setState({ before: '' })}>
                  Newest
                </Button>
                <Button variant="default" disabled={next === null} onClick={() => setState({ before: next ?? '' })}>
                  Older
                </Button>
                {searchedTo !== null && (
                  <Text size="xs" c="dimmed">
                    Looked back to <Time at={searchedTo} absolute />
                  </Text>
                )}
              </Group>
            )}
          </>
        )}
      </QueryState>
    </DetailPart>
  )
}

function emptyWords(isOlder: boolean, hasMore: boolean): string {
  if (hasMore) return 'None in the part of the log that was looked at. “Older” goes on.'
  return isOlder ? 'No older ones.' : 'None yet: nothing was sent to it so far.'
}

function Table({ rows }: { readonly rows: readonly Attempt[] }) {
  return (
    <SmallTable label="Recent attempts" heads={heads} region="Attempts">
      {rows.map((row) => (
        <tr key={`${row.requestId} ${row.number}`}>
          <td>
            <Anchor component={Link} to={`/requests/${row.requestId}`}>
              <Time at={row.at} />
            </Anchor>
          </td>
          <td>{formatOrdinal(row.number)}</td>
          <td>{row.model ?? '–'}</td>
          <td>
            <Answer row={row} />
          </td>
          <td>
            <StatusBadge status={row.state} />
          </td>
          <td data-align="right">{formatMs(row.firstByteMs)}</td>
          <td data-align="right">{formatMs(row.durationMs)}</td>
        </tr>
      ))}
    </SmallTable>
  )
}

function Answer({ row: { status, errorCode, cause } }: { readonly row: Attempt }) {
  return (
    <>
      <Tag tone={errorCode === null ? 'ok' : 'bad'}>{status === null ? 'no answer' : String(status)}</Tag>{' '}
      {errorCode !== null && <code>{errorCode}</code>}
      {cause !== null && <span className={`${classes['dimmed']} ${classes['cause']}`}>{` ${cause}`}</span>}
    </>
  )
}
