/** What an answer says of the upstream that gave it. */
import type { AppError } from '../../shared/errors.ts'
import type { Affinity, ServedRequest } from './affinity.ts'
import type { Attempt } from './attempt.ts'
import type { Delivery } from './attempt-result.ts'
import { endingOf, restAfter, type JudgeDeps } from './judge.ts'
import { modelAt } from './model-at.ts'
import { laneOf } from './pace.ts'
import type { Place } from './place.ts'
import type { UpstreamRecord } from './ports.ts'
import { isNotedAsQuota } from './quota-refusal.ts'
import type { Grant, Reserved } from './stages.ts'

interface Delivered {
  readonly record: UpstreamRecord
  readonly attempt: Pick<Attempt, 'startedAt' | 'firstByteAt' | 'firstTokenAt' | 'responseId' | 'turnState'>
  readonly error: AppError | null
  /** Tokens that came and went. Left out where no answer can be gone on from. */
  readonly context?: number
  readonly place: Place
}

/** Tokens that an answer leaves with its provider, for requests that go on from it. */
export function contextAfter({ reservedInput }: Grant, { usage, seenOutput }: Delivery): number {
  return usage === null ? reservedInput + seenOutput : usage.input + usage.output
}

/** What a good answer, or one that broke off, says of its upstream. */
export function noteDelivery(
  deps: JudgeDeps & { readonly affinity: Pick<Affinity, 'served'> },
  routed: ServedRequest & Pick<Reserved, 'pool' | 'grant' | 'facts' | 'plain'>,
  { record, attempt, error, context = 0, place }: Delivered,
): void {
  if (error === null) {
    const { responseId, turnState } = attempt
    // What passes beside the turns of a session says nothing of where those are at home.
    if (routed.plain === undefined)
      deps.affinity.served(routed, { upstreamId: record.id, responseId, turnState, context })
    if (deps.health.restOf(record.id).until > 0) deps.health.endRest(record.id)
    const cameAt = attempt.firstTokenAt ?? attempt.firstByteAt
    if (routed.pool.strategy === 'fastest' && cameAt !== null) {
      deps.health.paced(
        record.id,
        laneOf(modelAt(routed.grant, record.id), routed.facts.stream),
        cameAt - attempt.startedAt,
      )
    }
    place.leave('succeeded')
    return
  }
  const failure = { record, model: modelAt(routed.grant, record.id), error, answer: null }
  if (error.code !== 'upstream_rejected' && !isNotedAsQuota(deps, failure)) restAfter(deps, record, error, null)
  place.leave(endingOf(error))
}
