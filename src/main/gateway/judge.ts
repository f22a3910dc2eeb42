/** What a failed attempt means: for the request, which may go on elsewhere, and for its upstream, which may rest. */
import { AppError } from '../../shared/errors.ts'
import { errorCodeOf } from '../dialects/chat.ts'
import { parseJsonObject } from '../dialects/json.ts'
import { toStreamError } from '../dialects/stream.ts'
import type { UpstreamAnswer } from './attempt-result.ts'
import { retryAfterMs } from './retry-after.ts'
import type { Ending } from './breakers.ts'
import type { Directory } from './directory.ts'
import type { Failure } from './failure.ts'
import type { Health } from './health.ts'
import type { AccountKeeper, GatewayEvents, UpstreamRecord } from './ports.ts'
import { isNotedAsQuota, type QuotaRefusalDeps } from './quota-refusal.ts'

export interface JudgeDeps extends QuotaRefusalDeps {
  readonly directory: Pick<Directory, 'settings'>
  readonly health: Health
  readonly events: Pick<GatewayEvents, 'authFailed'>
}

/** Try elsewhere, or give the client this answer. */
export interface Verdict {
  readonly error: AppError
  readonly moveOn: boolean
  readonly relay: UpstreamAnswer | null
  readonly ending: Ending
}

/** What became of a signed-in account's tokens after the provider refused them. */
export type Renewal = Awaited<ReturnType<AccountKeeper['refreshAfter401']>>

/** With what is known of the account's tokens; null where there are none, or they were not refused. */
export interface Judged extends Failure {
  readonly renewal: Renewal | null
}

/** What has no end of its own: it lasts until a quota is full again, or somebody pays. */
const QUOTA_CAUSES: ReadonlySet<unknown> = new Set(['insufficient_quota', 'usage_limit_reached', 'usage_not_included'])

/** How long the upstream asks to be left alone, in ms; null where it does not. */
function askedWait(error: AppError, answer: UpstreamAnswer | null, now: number): number | null {
  const byHeader = answer === null ? null : retryAfterMs(answer.headers, now)
  if (byHeader !== null) return byHeader
  const { waitMs, at } = error.details ?? {}
  if (typeof waitMs === 'number') return waitMs
  return typeof at === 'number' ? Math.max(0, at - now) : null
}

/** How long an upstream rests after a failure, and whether it may be used meanwhile. */
export function restAfter(
  { directory: { settings }, health, clock }: JudgeDeps,
  record: UpstreamRecord,
  error: AppError,
  answer: UpstreamAnswer | null,
): void {
  const now = clock()
  const asked = askedWait(error, answer, now)
  const firm = asked !== null || error.code === 'upstream_rate_limited'
  const isQuota = QUOTA_CAUSES.has(error.details?.['cause'])
  const usual = isQuota ? settings['routing.quotaCooldownMs'] : settings['routing.cooldownMs']
  const forMs = Math.min(asked ?? usual, settings['routing.maxCooldownMs'])
  if (forMs > 0) health.rest(record.id, { until: now + forMs, firm }, error.message)
}

/** What a failure that is not the client's says of the upstream itself. */
export function endingOf({ code }: AppError): Ending {
  if (code === 'upstream_rate_limited' || code === 'upstream_auth_failed') return 'refused'
  return code === 'upstream_rejected' ? 'unclear' : 'failed'
}

const NO_MODEL = 'model_not_found'
/** It is not there: nothing is wrong with the upstream, and another one may have it. */
const NO_RESPONSE = 'previous_response_not_found'

/** It has not got the model: it stands back for that model, and for no other. */
function noteGap({ directory, health, clock }: JudgeDeps, { record, model }: Failure): void {
  health.lacks(record.id, model, clock() + directory.settings['routing.modelMissingMs'])
}

export function judge(deps: JudgeDeps, failure: Judged): Verdict {
  const { record, error, answer } = failure
  if (answer !== null) return judgeAnswer(deps, failure, answer)
  if (error.details?.['cause'] === NO_MODEL) {
    noteGap(deps, failure)
    return { error, moveOn: true, relay: null, ending: 'refused' }
  }
  if (error.details?.['cause'] === NO_RESPONSE) {
    return { error: noResponse(), moveOn: true, relay: null, ending: 'unclear' }
  }
  if (!isNotedAsQuota(deps, failure)) restAfter(deps, record, error, null)
  return { error, moveOn: true, relay: null, ending: endingOf(error) }
}

function noResponse(): AppError {
  const message =
    'No upstream that was asked knows the previous response. Send the whole conversation, without previous_response_id.'
  return new AppError(NO_RESPONSE, message, { details: { cause: NO_RESPONSE } })
}

function judgeAnswer(deps: JudgeDeps, failure: Judged, answer: UpstreamAnswer): Verdict {
  const { record } = failure
  const { status } = answer
  const body = parseJsonObject(answer.body.toString('utf8'))
  const code = errorCodeOf(body)
  const details = { status, ...(code === null ? {} : { cause: code }) }
  const of = (errorCode: AppError['code'], what: string, more: object = {}) =>
    new AppError(errorCode, `The upstream ${what}.`, { details: { ...details, ...more } })
  const rested = (error: AppError): Verdict => {
    if (!isNotedAsQuota(deps, { ...failure, error })) restAfter(deps, record, error, answer)
    return { error, moveOn: true, relay: null, ending: endingOf(error) }
  }

  if (status === 401) {
    const error = of('upstream_auth_failed', "refused its account's credential")
    // Whoever keeps the tokens of an account has told of them.
    if (failure.renewal === null)
      deps.events.authFailed(record.id, `The provider answered 401${code === null ? '' : ` (${code})`}.`)
    else if (failure.renewal === 'later') return rested(error)
    return { error, moveOn: true, relay: null, ending: 'refused' }
  }
  if (status === 429) {
    const { again } = toStreamError(body?.['error'])
    return rested(of('upstream_rate_limited', "reached its account's rate limit", again ?? {}))
  }
  if (status === 408 || status >= 500) return rested(of('upstream_error', `answered with status ${status}`))
  if (status === 413 && body === null) {
    // A web server in front of the model speaks HTML; repeating the request would not make it smaller.
    const error = of('upstream_rejected', 'refused the request as too large')
    return { error, moveOn: true, relay: null, ending: 'unclear' }
  }
  if (status < 400 || body === null)
    return rested(of('upstream_bad_response', `answered with status ${status} and no JSON`))
  if (code === NO_MODEL) noteGap(deps, failure)
  // An account that may not do this, or has not got the model: another one of the Pool may.
  const isElsewhere = code === NO_RESPONSE
  const mayNot = status === 402 || status === 403 || code === NO_MODEL
  const error = of('upstream_rejected', `refused the request with status ${status}`)
  return { error, moveOn: mayNot || isElsewhere, relay: answer, ending: mayNot ? 'refused' : 'unclear' }
}
