/**
 * Whose turn it is where a Pool goes round: smooth weighted round robin. Each time, every member that could be first
 * gains its weight and the one that goes pays all that was gained; who has the most goes next. Exact over each round of
 * as many requests as the weights' sum, and one that is away for a while neither gains nor loses. In memory.
 */

export interface TurnMember {
  readonly upstreamId: string
  readonly weight: number
}

export interface Turns {
  /** What a member has now, its next gain not counted. */
  credit(poolId: string, model: string, upstreamId: string): number
  /** `gone` goes. No change where it is not among the members, or alone. */
  take(poolId: string, model: string, turn: { readonly members: readonly TurnMember[]; readonly gone: string }): void
  forget(poolId: string): void
}

/** Clients choose the models. */
const MAX_MODELS_PER_POOL = 200

export function createTurns(): Turns {
  const pools = new Map<string, Map<string, Map<string, number>>>()

  function creditsOf(poolId: string, model: string): Map<string, number> {
    let models = pools.get(poolId)
    if (models === undefined) pools.set(poolId, (models = new Map<string, Map<string, number>>()))
    let credits = models.get(model)
    if (credits !== undefined) return credits
    models.set(model, (credits = new Map<string, number>()))
    const [oldest] = models.keys()
    if (models.size > MAX_MODELS_PER_POOL && oldest !== undefined) models.delete(oldest)
    return credits
  }

  return {
    credit: (poolId, model, upstreamId) => pools.get(poolId)?.get(model)?.get(upstreamId) ?? 0,
    take(poolId, model, { members, gone }) {
      if (members.length < 2 || !members.some(({ upstreamId }) => upstreamId === gone)) return
      const credits = creditsOf(poolId, model)
      let gained = 0
      for (const { upstreamId, weight } of members) {
        gained += weight
        credits.set(upstreamId, (credits.get(upstreamId) ?? 0) + weight)
      }
      credits.set(gone, (credits.get(gone) ?? 0) - gained)
    },
    forget: (poolId) => void pools.delete(poolId),
  }
}
