/**
 * Where a request goes that is tied to an upstream: to the owner of what it refers to or nowhere; and of its session's
 * preference, first to where the session is at home, as long as that costs it no better upstream. Pure.
 */
import type { Exclusion } from '../../shared/models/request.ts'
import type { AffinityNote } from '../../shared/models/session.ts'
import type { Tie } from './affinity.ts'
import { RouteRefusal } from './route-refusal.ts'
import type { Contender, RouteQuestion, RouteWorld } from './route-world.ts'
import type { Plan } from './stages.ts'

/** What it refers to is at an upstream that may not serve it. */
export class TieBroken extends RouteRefusal {
  readonly affinity: AffinityNote

  constructor(refused: Refused, exclusions: readonly Exclusion[], affinity: AffinityNote) {
    super(refused, exclusions, refused.readyAt)
    this.affinity = affinity
  }
}

interface Refused {
  readonly code: RouteRefusal['code']
  readonly message: string
  readonly readyAt: number | null
}

/** The upstreams as routing sorted them, in order where there was one. */
export interface Sorted {
  readonly contenders: Contender[]
  readonly exclusions: readonly Exclusion[]
}

const NOT_IN_POOL = 'not_in_pool'

/** The owner's alone. @throws TieBroken, and RouteRefusal `pool_busy` where the owner is worth waiting for. */
export function boundPlan(tie: Tie, { contenders, exclusions }: Sorted, canWait: boolean): Plan {
  const owner = tie.rivalId === null ? contenders.find(({ record }) => record.id === tie.upstreamId) : undefined
  const { kind, upstreamId } = tie
  if (owner !== undefined) {
    const affinity = { kind, upstreamId, outcome: 'kept', reason: null } as const
    return { candidates: [owner.record], exclusions, affinity }
  }
  const exclusion = exclusions.find((each) => each.upstreamId === upstreamId)
  if (tie.rivalId === null && exclusion?.reason === 'busy' && canWait) {
    const message = 'The upstream that this request must go to has as many requests as it may have.'
    throw new RouteRefusal({ code: 'pool_busy', message }, exclusions, null)
  }
  const reason = tie.rivalId !== null ? 'several_owners' : (exclusion?.reason ?? NOT_IN_POOL)
  throw new TieBroken(refusedBy(tie, exclusion), exclusions, { kind, upstreamId, outcome: 'broken', reason })
}

function refusedBy({ kind, rivalId }: Tie, exclusion: Exclusion | undefined): Refused {
  if (kind !== 'file') {
    const message =
      'The upstream that has the previous response may not serve this request. Send the whole conversation, without previous_response_id: then any upstream of the Pool can.'
    return { code: 'previous_response_not_found', message, readyAt: null }
  }
  if (rivalId !== null) {
    const message =
      'The files of this request are at different upstreams, so none has them all. Upload them again, and use the new ids.'
    return { code: 'file_owner_conflict', message, readyAt: null }
  }
  const why = exclusion === undefined ? 'is not in the Pool any more' : `may not serve it (${spoken(exclusion.reason)})`
  if (exclusion !== undefined && (exclusion.until !== null || exclusion.reason === 'busy')) {
    const message = `The upstream that has the files of this request ${why}. Try again, or upload the files again.`
    return { code: 'file_owner_unavailable', message, readyAt: exclusion.until }
  }
  const message = `The upstream that has the files of this request ${why}. Upload the files again, and use the new ids.`
  return { code: 'file_owner_gone', message, readyAt: null }
}

function spoken(reason: string): string {
  return reason.replaceAll('_', ' ')
}

/** Puts the session's home first where it may stay there. The contenders are in order, at least one. */
export function stayed(
  tie: Tie,
  { contenders, exclusions }: Sorted,
  asked: Pick<RouteQuestion, 'now'> & Pick<RouteWorld, 'quota'>,
): AffinityNote {
  const { kind, upstreamId } = tie
  const at = contenders.findIndex(({ record }) => record.id === upstreamId)
  const moved = (reason: string): AffinityNote => ({ kind, upstreamId, outcome: 'moved', reason })
  const [first] = contenders
  const home = contenders[at]
  if (home === undefined || first === undefined) {
    return moved(exclusions.find((each) => each.upstreamId === upstreamId)?.reason ?? NOT_IN_POOL)
  }
  if (at > 0) {
    const reason = whyNot(home, first, asked)
    if (reason !== null) return moved(reason)
    contenders.splice(at, 1)
    contenders.unshift(home)
  }
  return { kind, upstreamId, outcome: 'kept', reason: null }
}

/** Why another one goes before the session's home; null where nothing speaks against staying. */
function whyNot(
  home: Contender,
  first: Contender,
  { now, quota }: Pick<RouteQuestion, 'now'> & Pick<RouteWorld, 'quota'>,
): string | null {
  if (home.isResting) return 'resting'
  if (home.isFallback && !first.isFallback) return 'fallback'
  // Of equal ones only what is known of its quota puts one behind the other.
  if (home.step !== first.step) return home.priority > first.priority ? 'priority' : 'quota_low'
  if (home.weight === 0 && first.weight > 0) return 'no_weight'
  const isUsedUp = (id: string): boolean => (quota.left(id, now)?.percent ?? 1) <= 0
  return isUsedUp(home.record.id) && !isUsedUp(first.record.id) ? 'quota_exhausted' : null
}
