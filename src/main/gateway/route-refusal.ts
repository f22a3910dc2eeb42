/** Why no upstream may serve a request, as the client, the log and the Doctor see it. */
import { AppError } from '../../shared/errors.ts'
import type { Exclusion } from '../../shared/models/request.ts'
import type { RouteQuestion } from './route-world.ts'

export class RouteRefusal extends AppError {
  readonly exclusions: readonly Exclusion[]
  /** Epoch ms at which the first upstream is ready again; null when none will be by itself. */
  readonly readyAt: number | null

  constructor(
    error: { code: AppError['code']; message: string },
    exclusions: readonly Exclusion[],
    readyAt: number | null,
  ) {
    super(error.code, error.message, { details: { reasons: exclusions.map((entry) => entry.reason) } })
    this.exclusions = exclusions
    this.readyAt = readyAt
  }
}

/** The accounts that would do have nothing left; `readyAt` is when the first of them has again. */
export function outOfQuota(exclusions: readonly Exclusion[], readyAt: number): RouteRefusal {
  const at = `${new Date(readyAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const message = `Every account that could serve this request has used up its quota; the first has some again at ${at}.`
  return new RouteRefusal({ code: 'pool_out_of_quota', message }, exclusions, readyAt)
}

/** An upstream that would do has no place now, which can be waited for. */
export function isBusy(error: unknown): error is RouteRefusal {
  return error instanceof RouteRefusal && error.code === 'pool_busy'
}

export function refusalOf(question: RouteQuestion, exclusions: readonly Exclusion[]): RouteRefusal {
  if (exclusions.some(({ reason }) => reason === 'busy')) {
    const message = 'Every upstream that could serve this request has as many requests as it may have.'
    return new RouteRefusal({ code: 'pool_busy', message }, exclusions, null)
  }
  const resting = exclusions.flatMap((entry) => (entry.until === null ? [] : [entry.until]))
  if (resting.length > 0) {
    const readyAt = Math.min(...resting)
    const first = exclusions.find(({ until }) => until === readyAt)
    if (first?.reason === 'quota_exhausted') return outOfQuota(exclusions, readyAt)
    const seconds = Math.max(1, Math.ceil((readyAt - question.now) / 1_000))
    const message = `Every upstream that could serve this request is cooling down; the first is ready in ${seconds} s.`
    return new RouteRefusal({ code: 'no_upstream_ready', message }, exclusions, readyAt)
  }
  if (exclusions.length > 0 && exclusions.every((entry) => entry.reason === 'route_not_served')) {
    const message = `No upstream of the Pool "${question.pool.name}" is of a kind that serves this route.`
    return new RouteRefusal({ code: 'route_not_served', message }, exclusions, null)
  }
  if (exclusions.some((entry) => entry.reason === 'model_not_served')) {
    const message = `No upstream of the Pool "${question.pool.name}" serves the model "${question.model}".`
    return new RouteRefusal({ code: 'model_not_found', message }, exclusions, null)
  }
  const message =
    exclusions.length === 0
      ? `The Pool "${question.pool.name}" has no upstream.`
      : `No upstream of the Pool "${question.pool.name}" may serve this request: ${describe(exclusions)}.`
  return new RouteRefusal({ code: 'no_upstream_eligible', message }, exclusions, null)
}

function describe(exclusions: readonly Exclusion[]): string {
  return [...new Set(exclusions.map((entry) => entry.reason.replaceAll('_', ' ')))].join(', ')
}
