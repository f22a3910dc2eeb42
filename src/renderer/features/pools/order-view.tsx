/** The order of the upstreams where it stands before any request is there, and what decides it where it does not. */
import { Text } from '@mantine/core'
import type { PoolStrategy } from '../../../shared/models/pool.ts'
import { formatShare } from '../../lib/format.ts'
import type { Member, Upstream } from './pool-form.ts'
import { decidedBy, routingOrder, type RoutingRank } from './routing-order.ts'
import classes from './routing.module.css'

interface OrderViewProps {
  readonly strategy: PoolStrategy
  readonly members: readonly Member[]
  readonly upstreams: readonly Upstream[]
}

export function OrderView({ strategy, members, upstreams }: OrderViewProps) {
  const order = routingOrder(members)
  const nameOf = (id: string) => upstreams.find((upstream) => upstream.id === id)?.name ?? id
  if (order.length === 0) {
    return <Text c="dimmed">Nothing yet: upstreams are chosen in the next step, with their priority and weight.</Text>
  }
  return (
    <ol className={classes['order']}>
      {order.map((rank) => (
        <li key={rank.priority}>
          {rankWords(rank, strategy, nameOf)}
          <span className={classes['dimmed']}>{` priority ${rank.priority}`}</span>
        </li>
      ))}
    </ol>
  )
}

/** `A (75 %), B (25 %)`, or `A, B: the fastest first; C only when no other is left`. */
function rankWords({ members }: RoutingRank, strategy: PoolStrategy, nameOf: (id: string) => string): string {
  const decision = decidedBy[strategy]
  if (members.length === 1 || decision === null) {
    return members
      .map(({ upstreamId, share, weight }) => {
        const part = members.length === 1 ? '' : weight === 0 && share === 0 ? ` (${LAST})` : ` (${formatShare(share)})`
        return `${nameOf(upstreamId)}${part}`
      })
      .join(', ')
  }
  const isLast = (weight: number) => weight === 0 && members.some((other) => other.weight > 0)
  const names = (last: boolean) =>
    members.filter(({ weight }) => isLast(weight) === last).map(({ upstreamId }) => nameOf(upstreamId))
  const [first, last] = [names(false), names(true)]
  const rest = last.length === 0 ? '' : `; ${last.join(', ')} (${LAST})`
  return first.length === 1 ? `${first.join()}${rest}` : `${first.join(', ')}: ${decision}${rest}`
}

const LAST = 'only when no other is left'
