import { Text, Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link, useLocation } from 'react-router'
import type { PoolKey } from '../../../shared/models/key.ts'
import { CopyIcon } from '../../components/copy.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import type { Column, TableGroup } from '../../components/table-model.ts'
import { Time } from '../../components/time.tsx'
import { formatCompact, formatCount, formatNoun, formatShare, formatUsd } from '../../lib/format.ts'
import { KeyMenu } from './key-menu.tsx'
import { keyStatuses, policyWords, rangeWords, type KeyRow, type KeyUsage, type Range } from './key-rows.ts'
import { LimitsCell } from './limits-cell.tsx'
import { shareOf } from './limits-glance.ts'
import { OldSecretMark } from './old-secret.tsx'
import classes from './keys.module.css'

/** Columns that a window of this width leaves to the drawer. */
const left = {
  wide: new Set(),
  middle: new Set(['created']),
  narrow: new Set(['owner', 'policy', 'created']),
} satisfies Record<string, ReadonlySet<string>>
export type ListWidth = keyof typeof left

export function keyColumns(range: Range, width: ListWidth): readonly Column<KeyRow>[] {
  const all = [...identity, ...usageColumns(range), ...policy, limits, ...times, actions]
  return all.filter(({ id }) => !left[width].has(id))
}

const identity: readonly Column<KeyRow>[] = [
  {
    id: 'name',
    header: 'Key',
    // By Pool first, so that the groups are in order too.
    sortBy: ({ key, pool }) => `${pool.name}\u0000${key.name}`,
    cell: ({ key }) => <KeyName poolKey={key} />,
  },
  {
    id: 'owner',
    header: 'Owner',
    sortBy: ({ key }) => key.owner,
    cell: ({ key }) => <span className={classes['owner']}>{key.owner ?? '–'}</span>,
  },
  {
    id: 'status',
    header: 'Status',
    sortBy: ({ key }) => keyStatuses.indexOf(key.status),
    cell: ({ key }) => (
      <div className={classes['status']}>
        <StatusBadge status={key.status} />
        <OldSecretMark poolKey={key} />
      </div>
    ),
  },
]

function usageColumns(range: Range): readonly Column<KeyRow>[] {
  const of = rangeWords[range]
  return [
    {
      id: 'requests',
      header: 'Requests',
      align: 'right',
      firstDescending: true,
      hint: `Requests of ${of}, and their share of all requests`,
      sortBy: ({ usage }) => usage?.sums.requests ?? null,
      cell: ({ usage }) => <Requests usage={usage} />,
    },
    {
      id: 'tokens',
      header: 'Tokens',
      align: 'right',
      firstDescending: true,
      hint: `Tokens in and out of ${of}; below, how much of the input was cached`,
      sortBy: ({ usage }) => (usage === null ? null : tokensOf(usage)),
      cell: ({ usage }) => <Tokens usage={usage} />,
    },
    {
      id: 'cost',
      header: 'Cost',
      align: 'right',
      firstDescending: true,
      hint: `Cost of ${of}; below, the share of all tokens`,
      sortBy: ({ usage }) => usage?.sums.costNanos ?? null,
      cell: ({ usage }) => <Cost usage={usage} />,
    },
  ]
}

const policy: readonly Column<KeyRow>[] = [
  {
    id: 'policy',
    header: 'Policy',
    cell: ({ key }) => {
      const words = policyWords(key)
      return (
        <Tooltip label={words.join(' · ')}>
          <span className={classes['policy']}>{words.map(withItsFigure).join(' · ')}</span>
        </Tooltip>
      )
    },
  },
]

/** `2 addresses` on one line. */
function withItsFigure(words: string): string {
  return words.replace(/^(\d+) /, '$1\u00A0')
}

const limits: Column<KeyRow> = {
  id: 'limits',
  header: 'Limits',
  firstDescending: true,
  hint: 'How full the fullest limit is, and on hover when it resets; without a bar, there is none that fills up',
  sortBy: ({ glance }) => (glance === null || glance === undefined ? null : shareOf(glance)),
  cell: ({ key, glance }) => <LimitsCell poolKey={key} glance={glance} />,
}

const times: readonly Column<KeyRow>[] = [
  {
    id: 'lastUsed',
    header: 'Last used',
    firstDescending: true,
    sortBy: ({ key }) => key.lastUsedAt,
    cell: ({ key }) => <Time at={key.lastUsedAt} />,
  },
  {
    id: 'expires',
    header: 'Expires',
    sortBy: ({ key }) => key.expiresAt,
    cell: ({ key }) => <Time at={key.expiresAt} />,
  },
  {
    id: 'created',
    header: 'Created',
    firstDescending: true,
    sortBy: ({ key }) => key.createdAt,
    cell: ({ key }) => <Time at={key.createdAt} />,
  },
]

const actions: Column<KeyRow> = {
  id: 'actions',
  header: 'Actions',
  align: 'right',
  cell: ({ key }) => <KeyMenu poolKey={key} />,
}

export function KeyName({ poolKey: key }: { readonly poolKey: PoolKey }) {
  return (
    <div className={classes['key']}>
      <KeyLink id={key.id} name={key.name} />
      <span className={classes['prefix']}>
        {key.prefix}
        <CopyIcon text={key.prefix} what={`prefix of ${key.name}`} />
      </span>
    </div>
  )
}

/** To the drawer, with the filters as they are. */
function KeyLink({ id, name }: { readonly id: string; readonly name: string }) {
  const { search } = useLocation()
  return (
    <Link className={classes['name'] ?? ''} to={{ pathname: `/keys/${id}`, search }}>
      {name}
    </Link>
  )
}

export function tokensOf({ sums }: KeyUsage): number {
  return sums.input + sums.output
}

/** Nobody knows the price of some models: that is not the same as costing nothing. */
export function costOf(usage: KeyUsage): string {
  if (usage.sums.costNanos > 0) return formatUsd(usage.sums.costNanos)
  return tokensOf(usage) === 0 ? '–' : 'unpriced'
}

function Requests({ usage }: { readonly usage: KeyUsage | null }) {
  if (usage === null || usage.sums.requests === 0) return <Nothing usage={usage} />
  return (
    <Pair first={formatCompact(usage.sums.requests)} second={formatShare(usage.requestShare)}>
      {`${formatCount(usage.sums.requests)} requests, ${formatShare(usage.requestShare)} of all; ${formatCount(usage.sums.failed)} failed, ${formatCount(usage.sums.refused)} refused`}
    </Pair>
  )
}

function Tokens({ usage }: { readonly usage: KeyUsage | null }) {
  if (usage === null || tokensOf(usage) === 0) return <Nothing usage={usage} />
  const { input, cached, output } = usage.sums
  const share = input === 0 ? null : cached / input
  return (
    <Pair first={formatCompact(input + output)} second={`${formatShare(share)} cached`}>
      {`${formatCount(input)} input tokens, of which ${formatCount(cached)} cached; ${formatCount(output)} output tokens`}
    </Pair>
  )
}

function Cost({ usage }: { readonly usage: KeyUsage | null }) {
  if (usage === null || usage.sums.requests === 0) return <Nothing usage={usage} />
  return (
    <Pair first={costOf(usage)} second={usage.tokenShare > 0 && <ShareBar share={usage.tokenShare} />}>
      {`${formatShare(usage.tokenShare)} of all tokens`}
    </Pair>
  )
}

function Pair({
  first,
  second,
  children,
}: {
  readonly first: string
  readonly second: ReactNode
  readonly children: string
}) {
  return (
    <Tooltip label={children}>
      <div className={classes['pair']}>
        {first}
        <span className={classes['second']}>{second}</span>
      </div>
    </Tooltip>
  )
}

function ShareBar({ share }: { readonly share: number }) {
  return (
    <span className={classes['share']} role="img" aria-label={`${formatShare(share)} of all tokens`}>
      <span style={{ width: `${Math.max(2, share * 100)}%` }} />
    </span>
  )
}

function Nothing({ usage }: { readonly usage: KeyUsage | null }) {
  return <span className={classes['dim']}>{usage === null ? '…' : '0'}</span>
}

/** The heading of a Pool in the list. */
export function poolGroup(row: KeyRow, counts: ReadonlyMap<string, number>): TableGroup {
  const { pool } = row
  const count = counts.get(pool.id) ?? 0
  return {
    id: pool.id,
    label: (
      <span className={classes['group']}>
        <Link className={classes['name'] ?? ''} to={`/pools/${pool.id}`}>
          {pool.name}
        </Link>
        {pool.status !== 'active' && (
          <StatusBadge status={pool.status} reason="No request of its keys is served until it is active." />
        )}
        <Text size="xs" c="dimmed" component="span">
          {formatNoun(count, 'key')}
        </Text>
      </span>
    ),
  }
}
