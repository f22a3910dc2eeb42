/** The columns of the list. Sorting by state puts trouble first. */
import { Skeleton, Text } from '@mantine/core'
import { Link } from 'react-router'
import type { Column } from '../../components/table-model.ts'
import { formatCompact, formatCount, formatMs, formatShare } from '../../lib/format.ts'
import { withParams } from '../../lib/url-state.ts'
import { LeastWindow } from './account-bars.tsx'
import { PlanTag } from './plan-tag.tsx'
import { PoolChips } from './pool-chips.tsx'
import { QuotaBars } from './quota-bars.tsx'
import { StateCell } from './state-cell.tsx'
import { UpstreamMenu } from './upstream-menu.tsx'
import {
  failureShare,
  placeOf,
  quotaUnknown,
  shareLeft,
  stateRank,
  tokensOf,
  type UpstreamRow,
} from './upstream-rows.ts'
import { kindWords } from './words.ts'
import classes from './upstreams.module.css'

function NameCell({ row: { upstream } }: { readonly row: UpstreamRow }) {
  return (
    <div className={classes['name']}>
      <Link className={classes['nameLink'] ?? ''} to={`/upstreams/${upstream.id}`}>
        {upstream.name}
      </Link>{' '}
      <PlanTag upstream={upstream} />
      <Text size="xs" c="dimmed" truncate title={upstream.baseUrl}>
        {`${kindWords[upstream.kind]} · ${placeOf(upstream)}`}
      </Text>
    </div>
  )
}

/** Of five minutes, and what runs now. */
function NowCell({ row: { upstream, figures } }: { readonly row: UpstreamRow }) {
  const { inFlight } = upstream.health
  const most = upstream.maxConcurrent === null ? '' : ` of ${formatCount(upstream.maxConcurrent)}`
  return (
    <>
      {figures === null ? '–' : formatCompact(tokensOf(figures.recent))}
      {inFlight > 0 && <div className={classes['running']}>{`${formatCount(inFlight)}${most} running`}</div>}
    </>
  )
}

/** Of 24 hours: how many, and how many of them failed. */
function DayCell({ row: { upstream, figures } }: { readonly row: UpstreamRow }) {
  if (figures === null) return <>–</>
  const share = failureShare(figures.day)
  return (
    <>
      <Link className={classes['plainLink'] ?? ''} to={withParams('/requests', { upstream: upstream.id, last: '24h' })}>
        {formatCount(figures.day.requests)}
      </Link>
      {share !== null && share > 0 && <div className={classes['bad']}>{`${formatShare(share)} failed`}</div>}
    </>
  )
}

function QuotaCell({ row: { upstream } }: { readonly row: UpstreamRow }) {
  const { quota, accountQuota } = upstream
  if (accountQuota !== null && accountQuota.windows.length > 0) return <LeastWindow quota={accountQuota} />
  if (quota.length > 0) return <QuotaBars quota={quota} isShort />
  return <span className={classes['dimmed']}>{quotaUnknown(upstream)}</span>
}

/** What a narrow window leaves to the upstream's own page. */
const wideOnly = new Set(['day', 'latency'])

export function upstreamColumns(isNarrow: boolean): readonly Column<UpstreamRow>[] {
  return isNarrow ? columns.filter(({ id }) => !wideOnly.has(id)) : columns
}

const columns: readonly Column<UpstreamRow>[] = [
  {
    id: 'name',
    header: 'Upstream',
    cell: (row) => <NameCell row={row} />,
    sortBy: (row) => row.upstream.name,
  },
  {
    id: 'state',
    header: 'State',
    cell: (row) => <StateCell upstream={row.upstream} />,
    sortBy: stateRank,
    hint: 'Sorted, what needs attention comes first.',
  },
  {
    id: 'pools',
    header: 'Pools',
    hint: 'The Pools it is in, and whether a request of each may be sent to it now.',
    cell: ({ pools, upstream }) =>
      pools === null ? (
        <Skeleton height={18} width={90} />
      ) : (
        <PoolChips pools={pools} to={`/upstreams/${upstream.id}`} />
      ),
    sortBy: ({ pools }) => pools?.length ?? 0,
    firstDescending: true,
  },
  {
    id: 'quota',
    header: 'Quota left',
    hint: 'By the provider’s last word; of an account, the window of which the least is left. Many say nothing.',
    cell: (row) => <QuotaCell row={row} />,
    sortBy: ({ upstream }) => shareLeft(upstream),
  },
  {
    id: 'tokens',
    header: 'Tokens 5 min',
    hint: 'Input and output tokens of the last five minutes, and what runs now.',
    align: 'right',
    cell: (row) => <NowCell row={row} />,
    sortBy: ({ figures }) => (figures === null ? null : tokensOf(figures.recent)),
    firstDescending: true,
  },
  {
    id: 'day',
    header: 'Requests 24 h',
    hint: 'Requests that ended here in the last 24 hours, and how many of them failed.',
    align: 'right',
    cell: (row) => <DayCell row={row} />,
    sortBy: ({ figures }) => figures?.day.requests ?? null,
    firstDescending: true,
  },
  {
    id: 'latency',
    header: 'p50',
    hint: 'Median time to the last byte, last 24 hours.',
    align: 'right',
    cell: ({ figures }) => <span className={classes['figure']}>{formatMs(figures?.latency?.p50 ?? null)}</span>,
    sortBy: ({ figures }) => figures?.latency?.p50 ?? null,
    firstDescending: true,
  },
  {
    id: 'actions',
    header: 'Actions',
    align: 'right',
    cell: ({ upstream }) => <UpstreamMenu upstream={upstream} />,
  },
]
