/** Who uses the Pool: its keys, the busiest of the last day first. */
import { Anchor, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import type { RouteOutput } from '../../../shared/contract.ts'
import { DetailPart } from '../../components/detail-part.tsx'
import { BelowCell, SmallTable, type SmallTableHead } from '../../components/small-table.tsx'
import { QueryState } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { invoke, useRoute } from '../../lib/api.ts'
import { formatCompact, formatCount, formatNoun } from '../../lib/format.ts'
import type { OperatorError } from '../../lib/operator-error.ts'
import { withParams } from '../../lib/url-state.ts'
import classes from './detail.module.css'
import { LastUsed } from './last-used.tsx'

const SHOWN = 8
const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
const heads: readonly (string | SmallTableHead)[] = [
  'Key',
  'Status',
  { text: 'Requests 24 h', align: 'right' },
  { text: 'Tokens 24 h', align: 'right' },
]

export function DetailKeys({ poolId }: { readonly poolId: string }) {
  const keys = useRoute('key.list', { poolId })
  return (
    <DetailPart
      title="API keys"
      end={
        <Anchor component={Link} size="xs" to={withParams('/keys', { pool: poolId })}>
          {keys.data === undefined ? 'All keys' : `All ${formatNoun(keys.data.length, 'key')}`}
        </Anchor>
      }
    >
      <QueryState query={keys} what="The keys">
        {(rows) =>
          rows.length === 0 ? (
            <Text c="dimmed">
              No key yet, so no client can call.{' '}
              <Anchor component={Link} inherit underline="always" to={withParams('/keys/new', { pool: poolId })}>
                Create a key
              </Anchor>
            </Text>
          ) : (
            <Busiest poolId={poolId} keys={rows} />
          )
        }
      </QueryState>
    </DetailPart>
  )
}

function Busiest({ poolId, keys }: { readonly poolId: string; readonly keys: RouteOutput<'key.list'> }) {
  // The key of the query names no time, so that the figures stay while newer ones are fetched.
  const figures = useQuery<RouteOutput<'key.figures'>, OperatorError>({
    queryKey: ['key.figures', 'pool', poolId],
    queryFn: () => {
      const to = Date.now() + MINUTE_MS
      return invoke('key.figures', { from: to - DAY_MS, to, poolId })
    },
  }).data
  const sums = new Map(figures?.keys.map((each) => [each.id, each.sums]))
  const tokensOf = (id: string) => (sums.get(id)?.input ?? 0) + (sums.get(id)?.output ?? 0)
  const shown = [...keys]
    .sort((a, b) => tokensOf(b.id) - tokensOf(a.id) || (b.lastUsedAt ?? 0) - (a.lastUsedAt ?? 0))
    .slice(0, SHOWN)
  return (
    <SmallTable label="Keys of this Pool" heads={heads}>
      {shown.map(({ id, name, prefix, status, lastUsedAt }) => (
        <tr key={id}>
          <td>
            <Anchor component={Link} to={`/keys/${id}`}>
              {name}
            </Anchor>
            <BelowCell isOneLine>
              <span className={classes['prefix']}>{prefix}</span>
            </BelowCell>
          </td>
          <td>
            <StatusBadge status={status} />
            <BelowCell isOneLine>
              <LastUsed at={lastUsedAt} />
            </BelowCell>
          </td>
          <td data-align="right">{formatCount(sums.get(id)?.requests ?? 0)}</td>
          <td data-align="right">{formatCompact(tokensOf(id))}</td>
        </tr>
      ))}
    </SmallTable>
  )
}
