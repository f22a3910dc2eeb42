/** One Pool: can it serve, by what, for whom, and how much. */
import { Anchor, Button } from '@mantine/core'
import { useMemo } from 'react'
import { Link, useNavigate, useParams } from 'react-router'
import { costOf } from '../../lib/cost.ts'
import { CopyText } from '../../components/copy.tsx'
import { DetailColumns, DetailNotes, StateLine } from '../../components/detail-part.tsx'
import { Stat, StatRow } from '../../components/facts.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { LoadingState, QueryState } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { Time } from '../../components/time.tsx'
import { useCommands } from '../../lib/commands.ts'
import { formatCompact, formatCount, formatShare, formatUsd } from '../../lib/format.ts'
import { useShortcut } from '../../lib/shortcuts.ts'
import { strategyName } from '../../lib/strategy-words.ts'
import { withParams } from '../../lib/url-state.ts'
import { DetailKeys } from './detail-keys.tsx'
import { DetailModels } from './detail-models.tsx'
import { DetailRequests } from './detail-requests.tsx'
import { DetailRouting } from './detail-routing.tsx'
import { DetailTraffic } from './detail-traffic.tsx'
import { DetailUpstreams } from './detail-upstreams.tsx'
import { PlanSection } from './plan-section.tsx'
import { PoolMenu } from './pool-menu.tsx'
import { formatRate, type PoolRow } from './pool-rows.ts'
import { usePoolRow } from './queries.ts'

export function PoolDetailPage() {
  const { id = '' } = useParams()
  const { pool, row } = usePoolRow(id)
  return row === undefined ? (
    <>
      <PageHeader title="Pool" above={<Up />} />
      <QueryState query={pool} what="The Pool" loading={<LoadingState rows={10} label="Loading the Pool" />}>
        {() => null}
      </QueryState>
    </>
  ) : (
    <Detail key={id} row={row} />
  )
}

function Up() {
  return (
    <Anchor component={Link} to="/pools" size="xs">
      Pools
    </Anchor>
  )
}

function Detail({ row }: { readonly row: PoolRow }) {
  const { pool } = row
  useActs(pool.id, pool.name)
  return (
    <>
      <PageHeader
        title={pool.name}
        above={<Up />}
        badge={
          <>
            <StatusBadge status={pool.status} />
            <CopyText text={pool.id} what="Pool id" />
          </>
        }
        question={
          <>
            {strategyName(pool.strategy)} · created <Time at={pool.createdAt} /> · changed <Time at={pool.updatedAt} />
          </>
        }
        actions={
          <>
            <PoolMenu row={row} />
            <Button component={Link} variant="default" to={withParams('/keys/new', { pool: pool.id })}>
              New key
            </Button>
            <Button component={Link} to={`/pools/${pool.id}/edit`}>
              Edit
            </Button>
          </>
        }
      />
      <Notice row={row} />
      <Figures row={row} />
      <DetailColumns>
        <DetailUpstreams pool={pool} />
        {pool.assignments.length > 0 && <PlanSection key={pool.id} pool={pool} />}
        <DetailTraffic poolId={pool.id} />
        <DetailRouting row={row} />
        <DetailKeys poolId={pool.id} />
        <DetailModels pool={pool} />
        <DetailRequests poolId={pool.id} />
        <DetailNotes notes={pool.notes} />
      </DetailColumns>
    </>
  )
}

function useActs(id: string, name: string): void {
  const navigate = useNavigate()
  useShortcut('e', 'Edit this Pool', () => void navigate(`/pools/${id}/edit`))
  useShortcut('n', 'New key in this Pool', () => void navigate(withParams('/keys/new', { pool: id })))
  useCommands(
    useMemo(
      () => [
        { id: 'pool.edit', label: `Edit ${name}`, run: () => void navigate(`/pools/${id}/edit`) },
        {
          id: 'pool.newKey',
          label: `Create an API key in ${name}`,
          run: () => void navigate(withParams('/keys/new', { pool: id })),
        },
        {
          id: 'pool.requests',
          label: `Requests of ${name}`,
          run: () => void navigate(withParams('/requests', { pool: id })),
        },
      ],
      [id, name, navigate],
    ),
  )
}

/** Why it cannot serve, and the one thing to do about it. */
function Notice({ row: { pool, blockedBy, counts } }: { readonly row: PoolRow }) {
  if (pool.status !== 'active') {
    const text =
      pool.status === 'disabled'
        ? 'This Pool is disabled: its keys are refused until it is enabled from its menu.'
        : 'This Pool is archived: its keys are refused. Its menu restores it, or deletes it for good.'
    return <StateLine>{text}</StateLine>
  }
  if (blockedBy === null) return null
  const isKey = counts !== null && counts.upstreams.ready > 0
  return (
    <StateLine tone="bad">
      <span>{`No request gets through: ${blockedBy}`}</span>
      {isKey ? (
        <Anchor component={Link} to={withParams('/keys/new', { pool: pool.id })}>
          Create a key
        </Anchor>
      ) : (
        <Anchor component={Link} to={withParams(`/pools/${pool.id}/edit`, { step: 'upstreams' })}>
          Choose upstreams
        </Anchor>
      )}
    </StateLine>
  )
}

function Figures({ row: { pool, counts, figures, recent } }: { readonly row: PoolRow }) {
  const day = figures?.day
  const log = (more: Record<string, string> = {}) => withParams('/requests', { pool: pool.id, last: '24h', ...more })
  return (
    <StatRow>
      <Stat label="Requests, 24 h" value={day === undefined ? '–' : formatCount(day.requests)} to={log()} />
      <Stat
        label="Failed, 24 h"
        value={formatShare(figures?.failureShare ?? null)}
        hint={`${formatCount(day?.failed ?? 0)} failed and ${formatCount(day?.refused ?? 0)} were refused. The share is of those that were not refused.`}
        to={log({ state: 'failed' })}
      />
      <Stat
        label="Tokens, 24 h"
        value={day === undefined ? '–' : formatCompact(day.input + day.output)}
        hint={`${formatCount(day?.input ?? 0)} in, of which ${formatCount(day?.cached ?? 0)} cached, and ${formatCount(day?.output ?? 0)} out.`}
        to={log()}
      />
      <Stat label="Cost, 24 h" value={day === undefined ? '–' : formatUsd(costOf(day))} to={log()} />
      <Stat
        label="Throughput, 5 h"
        value={day === undefined ? '–' : formatRate(recent.tokensPerSecond)}
        unit="tokens/s"
        hint={`On average; at most ${formatRate(recent.peak)} in a quarter of an hour. ${formatCount(recent.requests)} requests in these five hours.`}
      />
      <Stat
        label="Upstreams ready"
        value={counts === null ? '–' : `${counts.upstreams.ready} / ${counts.upstreams.total}`}
      />
      <Stat
        label="Keys usable"
        value={counts === null ? '–' : `${counts.keys.usable} / ${counts.keys.total}`}
        to={withParams('/keys', { pool: pool.id })}
      />
    </StatRow>
  )
}
