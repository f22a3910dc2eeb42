/** What may have changed between the plan and a further try of it. The first try goes by the plan alone. */
import type { QuotaView } from '../providers/quota-view.ts'
import { modelAt } from './model-at.ts'
import type { UpstreamRecord } from './ports.ts'
import type { RouteHealth } from './route-world.ts'
import type { Reserved } from './stages.ts'
import type { Traffic } from './traffic.ts'

interface Clocked {
  /** Epoch ms. */
  readonly clock: () => number
}

/** Whether the next candidate may be tried after what happened before. */
export function mayTry(
  deps: { readonly traffic: Pick<Traffic, 'mayRetry'> },
  routed: Pick<Reserved, 'pool'>,
  record: UpstreamRecord,
  tries: readonly unknown[],
): boolean {
  return tries.length === 0 || deps.traffic.mayRetry(routed.pool.id, record.id)
}

/** It asked to be left alone since the request was planned. */
export function isFirmlyResting(
  deps: Clocked & { readonly health: Pick<RouteHealth, 'restOf'> },
  id: string,
  tries: readonly unknown[],
): boolean {
  if (tries.length === 0) return false
  const rest = deps.health.restOf(id)
  return rest.firm && rest.until > deps.clock()
}

/** Its quota ran out since the request was planned. */
export function ranDry(
  deps: Clocked & { readonly quota: Pick<QuotaView, 'standing'> },
  { grant }: Pick<Reserved, 'grant'>,
  id: string,
  tries: readonly unknown[],
): boolean {
  return tries.length > 0 && deps.quota.standing(id, modelAt(grant, id), deps.clock()).until !== null
}
