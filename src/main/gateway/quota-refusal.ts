/**
 * A request that was refused for its account's own limit says how the account stands. That is noted as quota, which keeps
 * the account out until the limit's reset, and no rest is needed: a rest would outlast a reset that comes early, and would
 * keep the account from the models that the limit does not count.
 */
import type { QuotaEvidence } from '../providers/quota-evidence.ts'
import type { Exclusion } from '../../shared/models/request.ts'
import { retryAfterMs } from './retry-after.ts'
import type { Failure } from './failure.ts'
import { modelAt } from './model-at.ts'
import { outOfQuota, type RouteRefusal } from './route-refusal.ts'
import type { Grant, Plan } from './stages.ts'

export interface QuotaRefusalDeps {
  readonly quota: Pick<QuotaEvidence, 'accounts' | 'standing'>
  /** Epoch ms. */
  readonly clock: () => number
}

const CAUSE = 'usage_limit_reached'

/** Whether it was, and the account is out from now on. */
export function isNotedAsQuota(deps: QuotaRefusalDeps, failure: Failure): boolean {
  const { record, model, error, answer } = failure
  if (record.kind !== 'chatgpt' || error.details?.['cause'] !== CAUSE) return false
  const now = deps.clock()
  const until = untilOf(failure, now)
  if (until === null || until <= now) return false
  deps.quota.accounts.refused(record.id, { model, until, headers: answer?.headers ?? null })
  return deps.quota.standing(record.id, model, now).until !== null
}

interface Planned {
  readonly plan: Plan
  readonly grant: Grant
}

/** What a request is told after its last account ran dry; null where something else is in the way of one of them. */
export function dryRefusal({ quota, clock }: QuotaRefusalDeps, { plan, grant }: Planned): RouteRefusal | null {
  const now = clock()
  const dry = plan.candidates.flatMap(({ id }): (Exclusion & { until: number })[] => {
    const { until } = quota.standing(id, modelAt(grant, id), now)
    return until === null ? [] : [{ upstreamId: id, reason: 'quota_exhausted', until }]
  })
  if (dry.length < plan.candidates.length) return null
  const ends = [...plan.exclusions, ...dry].flatMap(({ until }) => (until === null ? [] : [until]))
  return outOfQuota([...plan.exclusions, ...dry], Math.min(...ends))
}

/** The error's own word goes before the head's, which is bounded to what clients bear. */
function untilOf({ error, answer }: Pick<Failure, 'error' | 'answer'>, now: number): number | null {
  const { waitMs, at } = error.details ?? {}
  if (typeof at === 'number') return at
  if (typeof waitMs === 'number') return now + waitMs
  const byHeader = answer === null ? null : retryAfterMs(answer.headers, now)
  return byHeader === null ? null : now + byHeader
}
