/** How the Pool chooses among its upstreams, how much it takes at once, and which Pools stand behind it or before it. */
import { Anchor } from '@mantine/core'
import { Fragment, type ReactNode } from 'react'
import { Link } from 'react-router'
import { DetailPart } from '../../components/detail-part.tsx'
import { FactList } from '../../components/facts.tsx'
import { BelowCell } from '../../components/small-table.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { useRoute } from '../../lib/api.ts'
import { strategyTable } from '../../lib/strategy-words.ts'
import { withParams } from '../../lib/url-state.ts'
import type { Pool, PoolRow } from './pool-rows.ts'
import { useRoutingContext } from './queries.ts'
import { routingFacts } from './routing-words.ts'

export function DetailRouting({ row }: { readonly row: PoolRow }) {
  const { pool } = row
  const context = useRoutingContext()
  const pools = useRoute('pool.list', {}).data ?? []
  const before = pools.filter(({ routing }) => routing.fallbackPoolId === pool.id)
  const facts = routingFacts(pool, context)
  const shown = (id: (typeof facts)[number]['id'], value: string): ReactNode => {
    if (id === 'strategy') return <Strategy name={value} strategy={pool.strategy} />
    return id === 'fallback' && row.fallback !== null ? <Fallback row={row} fallback={row.fallback} /> : value
  }
  return (
    <DetailPart
      title="Routing"
      end={
        <Anchor component={Link} size="xs" to={withParams(`/pools/${pool.id}/edit`, { step: 'routing' })}>
          Change routing
        </Anchor>
      }
    >
      <FactList
        label="Routing"
        facts={[
          ...facts.map(({ id, label, value }) => ({ label, value: shown(id, value) })),
          before.length === 0 ? null : { label: 'Fallback of', value: <PoolLinks pools={before} /> },
        ]}
      />
    </DetailPart>
  )
}

function Strategy({ name, strategy }: { readonly name: string; readonly strategy: Pool['strategy'] }) {
  return (
    <>
      {name}
      <BelowCell>{strategyTable[strategy].does}</BelowCell>
    </>
  )
}

function Fallback({ row, fallback }: { readonly row: PoolRow; readonly fallback: Pool }) {
  return (
    <>
      <PoolLinks pools={[fallback]} />
      {row.isOnFallback && <BelowCell>It serves now, because no upstream of this Pool is ready.</BelowCell>}
      {fallback.status !== 'active' && <BelowCell>Nothing falls back to it until it is enabled.</BelowCell>}
    </>
  )
}

function PoolLinks({ pools }: { readonly pools: readonly Pool[] }) {
  return pools.map(({ id, name, status }, index) => (
    <Fragment key={id}>
      {index > 0 && ', '}
      <Anchor component={Link} to={`/pools/${id}`} inherit>
        {name}
      </Anchor>
      {status !== 'active' && (
        <>
          {' '}
          <StatusBadge status={status} />
        </>
      )}
    </Fragment>
  ))
}
