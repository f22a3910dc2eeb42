import { placeFields, placeProblem } from '../../components/member-place.ts'
import type { PoolStrategy } from '../../../shared/models/pool.ts'
import type { Member } from './pool-form.ts'

/** Tried one after another: upstreams of equal priority together, each with its share of the requests. */
export interface RoutingRank {
  readonly priority: number
  readonly members: readonly { readonly upstreamId: string; readonly weight: number; readonly share: number }[]
}

/** The order that the members come to; those switched off or not finished are left out. */
export function routingOrder(members: readonly Member[]): readonly RoutingRank[] {
  const usable = members.filter(
    (member) => member.enabled && placeFields.every((field) => placeProblem(member, field) === null),
  )
  const priorities = [...new Set(usable.map((member) => Number(member.priority)))].sort((a, b) => a - b)
  return priorities.map((priority) => {
    const same = usable.filter((member) => Number(member.priority) === priority)
    const sum = same.reduce((total, member) => total + Number(member.weight), 0)
    return {
      priority,
      members: same.map(({ upstreamId, weight }) => ({
        upstreamId,
        weight: Number(weight),
        share: sum === 0 ? 1 / same.length : Number(weight) / sum,
      })),
    }
  })
}

/**
 * The part of the requests that each upstream gets of those that come to its priority, in the long run, by its id; null
 * where that depends on what happens, such as how fast each one answers.
 */
export function sharesOf(strategy: PoolStrategy, members: readonly Member[]): ReadonlyMap<string, number> | null {
  if (decidedBy[strategy] !== null) return null
  const ranks = routingOrder(members)
  return new Map(ranks.flatMap((rank) => rank.members.map(({ upstreamId, share }) => [upstreamId, share] as const)))
}

/** Who of several equals is first; null where they share by weight. */
export const decidedBy: Readonly<Record<PoolStrategy, string | null>> = {
  priority: null,
  spread: null,
  round_robin: null,
  least_in_flight: 'the least busy first',
  fastest: 'the fastest first',
  quota_first: 'the one with the most quota left first',
  drain_first: 'the one with the soonest reset first',
  cheapest: 'the cheapest first',
}

const amongEquals: Readonly<Record<PoolStrategy, string>> = {
  priority: 'equal ones share by weight',
  spread: 'equal ones share the sessions by weight',
  round_robin: 'equal ones take turns by weight',
  least_in_flight: 'of equal ones the least busy, where twice the weight may have twice the requests',
  fastest: 'of equal ones the fastest',
  quota_first: 'of equal ones the one with the most quota left',
  drain_first: 'of equal ones the one with the soonest reset',
  cheapest: 'of equal ones the cheapest',
}

/** What priority and weight mean under a strategy. */
export function placeMeaning(strategy: PoolStrategy): string {
  const draw = decidedBy[strategy] === null || strategy === 'least_in_flight' ? '' : ' The weight decides a tie.'
  return `Lower priority numbers are tried first; ${amongEquals[strategy]}.${draw} Weight 0 is a last resort.`
}
