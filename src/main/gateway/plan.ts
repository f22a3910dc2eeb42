/** Policy and routing of an admitted request, as the world is at this moment. Pure but for the draw of equals. */
import type { Directory } from './directory.ts'
import type { HealthView } from './health.ts'
import { permit, type PermitQuestion } from './permit.ts'
import { route } from './route.ts'
import type { Routed } from './stages.ts'

export interface PlanDeps {
  readonly directory: Pick<Directory, 'settings' | 'upstream'>
  readonly health: Pick<HealthView, 'restOf'>
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** Epoch ms. */
  readonly clock: () => number
}

/** @throws AppError of `permit` and `route`. */
export function plan<A extends PermitQuestion>(deps: PlanDeps, admitted: A): A & Pick<Routed, 'grant' | 'plan'> {
  const grant = permit(admitted)
  const { pool, key, dialect } = admitted
  const maxAttempts = deps.directory.settings['routing.maxAttempts']
  const question = { pool, key, dialect, model: grant.model, maxAttempts, now: deps.clock() }
  const world = { upstream: deps.directory.upstream, restOf: deps.health.restOf, random: deps.random }
  return { ...admitted, grant, plan: route(question, world) }
}
