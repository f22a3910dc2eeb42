import { useMediaQuery } from '@mantine/hooks'
import { Link, useNavigate } from 'react-router'
import { DataTable } from '../../components/data-table.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import type { Column, TableSort } from '../../components/table-model.ts'
import { formatCompact, formatCount, formatShare } from '../../lib/format.ts'
import { strategyName } from '../../lib/strategy-words.ts'
import { PoolMenu } from './pool-menu.tsx'
import { formatRate, type PoolRow } from './pool-rows.ts'
import classes from './pools.module.css'

const columns: readonly Column<PoolRow>[] = [
  {
    id: 'name',
    header: 'Name',
    sortBy: (row) => row.pool.name,
    cell: (row) => (
      <Link className={classes['nameCell']} to={`/pools/${row.pool.id}`} title={row.pool.name}>
        {row.pool.name}
      </Link>
    ),
  },
  {
    id: 'status',
    header: 'Status',
    sortBy: (row) => (row.blockedBy === null ? row.pool.status : 'active!'),
    cell: (row) => (
      <StatusBadge status={row.blockedBy === null ? row.pool.status : 'cannot_serve'} reason={row.blockedBy} />
    ),
  },
  {
    id: 'strategy',
    header: 'Strategy',
    sortBy: (row) => strategyName(row.pool.strategy),
    cell: ({ pool, fallback }) => (
      <span
        className={classes['strategyCell']}
        title={fallback === null ? strategyName(pool.strategy) : `Falls back to ${fallback.name}`}
      >
        {`${strategyName(pool.strategy)}${fallback === null ? '' : ` → ${fallback.name}`}`}
      </span>
    ),
  },
  {
    id: 'upstreams',
    header: 'Upstreams',
    align: 'right',
    hint: 'Upstreams ready now, of those assigned.',
    firstDescending: true,
    sortBy: (row) => row.counts?.upstreams.ready ?? null,
    cell: ({ counts }) => (counts === null ? '–' : `${counts.upstreams.ready} / ${counts.upstreams.total}`),
  },
  {
    id: 'keys',
    header: 'Keys',
    align: 'right',
    hint: 'Keys that can be used now, of all its keys.',
    firstDescending: true,
    sortBy: (row) => row.counts?.keys.usable ?? null,
    cell: ({ counts }) => (counts === null ? '–' : `${counts.keys.usable} / ${counts.keys.total}`),
  },
  {
    id: 'requests',
    header: 'Requests 24 h',
    align: 'right',
    firstDescending: true,
    sortBy: (row) => row.figures?.day.requests ?? null,
    cell: ({ figures }) => (figures === null ? '–' : formatCount(figures.day.requests)),
  },
  {
    id: 'failed',
    header: 'Failed',
    align: 'right',
    hint: 'Failed, of the requests that were not refused, last 24 hours.',
    firstDescending: true,
    sortBy: (row) => row.figures?.failureShare ?? null,
    cell: (row) => <span className={classes['nowrap']}>{formatShare(row.figures?.failureShare ?? null)}</span>,
  },
  {
    id: 'tokens',
    header: 'Tokens 24 h',
    align: 'right',
    hint: 'Input and output tokens, last 24 hours.',
    firstDescending: true,
    sortBy: (row) => (row.figures === null ? null : row.figures.day.input + row.figures.day.output),
    cell: ({ figures }) => (figures === null ? '–' : formatCompact(figures.day.input + figures.day.output)),
  },
  {
    id: 'recent',
    header: 'Requests 5 h',
    align: 'right',
    firstDescending: true,
    sortBy: (row) => row.recent.requests,
    cell: ({ figures, recent }) => (figures === null ? '–' : formatCount(recent.requests)),
  },
  {
    id: 'rate',
    header: 'Tokens/s',
    align: 'right',
    hint: 'Input and output tokens per second, on average over the last five hours.',
    firstDescending: true,
    sortBy: (row) => row.recent.tokensPerSecond,
    cell: ({ figures, recent }) => (figures === null ? '–' : formatRate(recent.tokensPerSecond)),
  },
  { id: 'menu', header: '', width: '2rem', isPinned: true, cell: (row) => <PoolMenu row={row} /> },
]

/** Left out in a narrow window. The page of the Pool has them. */
const forMiddle = new Set(['strategy', 'rate'])
const forWide = new Set(['recent'])

export interface PoolTableProps {
  readonly rows: readonly PoolRow[]
  readonly sort: TableSort
  readonly onSort: (sort: TableSort) => void
}

export function PoolTable({ rows, sort, onSort }: PoolTableProps) {
  const navigate = useNavigate()
  const isMiddle = useMediaQuery('(min-width: 78rem)', undefined, { getInitialValueInEffect: false }) ?? true
  const isWide = useMediaQuery('(min-width: 88rem)', undefined, { getInitialValueInEffect: false }) ?? true
  return (
    <DataTable
      label="Pools"
      columns={columns.filter(({ id }) => (isMiddle || !forMiddle.has(id)) && (isWide || !forWide.has(id)))}
      rows={rows}
      rowKey={(row) => row.pool.id}
      rowLabel={(row) => row.pool.name}
      sort={sort}
      onSort={onSort}
      onOpen={(row) => void navigate(`/pools/${row.pool.id}`)}
    />
  )
}
