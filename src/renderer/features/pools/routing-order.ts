import { memberProblem, type Member } from './pool-form.ts'

/** Tried one after another: upstreams of equal priority together, each with its share of the requests. */
export interface RoutingRank {
  readonly priority: number
  readonly members: readonly { readonly upstreamId: string; readonly weight: number; readonly share: number }[]
}

/** The order that the members come to; those switched off or not finished are left out. */
export function routingOrder(members: readonly Member[]): readonly RoutingRank[] {
  const usable = members.filter(
    (member) =>
      member.enabled && memberProblem(member, 'priority') === null && memberProblem(member, 'weight') === null,
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
