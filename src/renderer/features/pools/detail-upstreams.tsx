/** Which upstreams serve this Pool, in the order in which they are tried, and which can do so now. */
import { Anchor, Text } from '@mantine/core'
import { Link } from 'react-router'
import { DetailPart } from '../../components/detail-part.tsx'
import { BelowCell, SmallTable, type SmallTableHead } from '../../components/small-table.tsx'
import { QueryState } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { useNow } from '../../lib/clock.ts'
import { useRoute } from '../../lib/api.ts'
import { formatCompact, formatCount, formatMs, formatRelative, formatShare } from '../../lib/format.ts'
import { readinessLook } from '../../lib/readiness.ts'
import { withParams } from '../../lib/url-state.ts'
import { sharesOf } from './routing-order.ts'
import type { Upstream } from './pool-form.ts'
import type { Pool } from './pool-rows.ts'
import { readinessWords, upstreamKindWords } from './words.ts'
import type { RouteOutput } from '../../../shared/contract.ts'

type Readiness = RouteOutput<'pool.readiness'>[number]

const heads: readonly (string | SmallTableHead)[] = [
  'Upstream',
  'In this Pool',
  { text: 'Priority', align: 'right' },
  {
    text: 'Weight',
    align: 'right',
    hint: 'Weight, and where it stands beforehand the share of the requests among equal priorities',
  },
  { text: 'Running', align: 'right', hint: 'Now, in all Pools, and where it has a bound how many may' },
  { text: 'Tokens 5 h', align: 'right', hint: 'Input and output tokens of the last five hours, in all Pools' },
  { text: 'Latency p50', align: 'right', hint: 'Median of the last 24 hours, in all Pools' },
]

export function DetailUpstreams({ pool }: { readonly pool: Pool }) {
  const readiness = useRoute('pool.readiness', { id: pool.id })
  const figures = useRoute('upstream.figures', {}).data
  return (
    <DetailPart
      title="Upstreams"
      isWide
      end={
        <Anchor component={Link} size="xs" to={withParams(`/pools/${pool.id}/edit`, { step: 'upstreams' })}>
          Change upstreams
        </Anchor>
      }
    >
      {pool.assignments.length === 0 ? (
        <Text c="dimmed">No upstream is assigned, so nothing can be served.</Text>
      ) : (
        <QueryState query={readiness} what="The upstreams’ readiness">
          {(rows) => <Table pool={pool} rows={rows} figures={figures ?? []} />}
        </QueryState>
      )}
    </DetailPart>
  )
}

interface TableProps {
  readonly pool: Pool
  readonly rows: readonly Readiness[]
  readonly figures: RouteOutput<'upstream.figures'>
}

function Table({ pool, rows, figures: all }: TableProps) {
  const upstreams = new Map(useRoute('upstream.list', {}).data?.map((upstream) => [upstream.id, upstream]))
  const figures = new Map(all.map((each) => [each.id, each]))
  const shares = sharesOf(pool.strategy, pool.assignments)
  return (
    <SmallTable label="Upstreams of this Pool" heads={heads}>
      {rows.map((row) => {
        const upstream = upstreams.get(row.upstreamId)
        const own = figures.get(row.upstreamId)
        return (
          <tr key={row.upstreamId}>
            <td>
              <Anchor component={Link} to={`/upstreams/${row.upstreamId}`}>
                {upstream?.name ?? row.upstreamId}
              </Anchor>
              {upstream !== undefined && <BelowCell>{upstreamKindWords[upstream.kind]}</BelowCell>}
            </td>
            <td>
              <ReadinessCell row={row} />
            </td>
            <td data-align="right">{row.priority}</td>
            <td data-align="right">
              {row.weight}
              <BelowCell>{shareWords(shares?.get(row.upstreamId), row.weight)}</BelowCell>
            </td>
            <td data-align="right">{upstream === undefined ? '–' : runningWords(upstream)}</td>
            <td data-align="right">{formatCompact((own?.fiveHours.input ?? 0) + (own?.fiveHours.output ?? 0))}</td>
            <td data-align="right">{formatMs(own?.latency?.p50 ?? null)}</td>
          </tr>
        )
      })}
    </SmallTable>
  )
}

/** `3`, or `3 / 8` where it takes no more. */
function runningWords({ health, maxConcurrent }: Upstream): string {
  return maxConcurrent === null
    ? formatCount(health.inFlight)
    : `${formatCount(health.inFlight)} / ${formatCount(maxConcurrent)}`
}

function shareWords(share: number | undefined, weight: number): string {
  if (share === undefined) return ''
  return weight === 0 && share === 0 ? 'last resort' : formatShare(share)
}

function ReadinessCell({ row }: { readonly row: Readiness }) {
  const { isReady, reason, until, isResting } = row
  const now = useNow()
  const back = until === null ? '' : ` Again ${formatRelative(until, now)}.`
  const ofReason = reason === null ? '' : readinessWords[reason]
  const words = !isReady ? ofReason : isResting ? 'Failed a moment ago: used when no other is left.' : ''
  return (
    <>
      <StatusBadge status={readinessLook(row)} />
      {words !== '' && <BelowCell>{`${words}${back}`}</BelowCell>}
    </>
  )
}
