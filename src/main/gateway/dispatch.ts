/**
 * Fourth stage, the only one with a network: walks the plan until one upstream answers. The only owner of retries; it
 * moves on only while the client has not been sent a byte.
 */
import { AppError, errorSpec } from '../../shared/errors.ts'
import { errorCodeOf } from '../dialects/chat.ts'
import { cappedBound } from '../dialects/output-cap.ts'
import { editsFor } from '../dialects/request.ts'
import { editFields } from '../dialects/json-fields.ts'
import { parseJsonObject } from '../dialects/json.ts'
import { providerError } from '../providers/provider-error.ts'
import type { QuotaEvidence } from '../providers/quota-evidence.ts'
import { Attempt, retryAfterMs, type AttemptResult, type UpstreamAnswer } from './attempt.ts'
import { upstreamHeaders } from './request-headers.ts'
import { clientHeaders } from './response-headers.ts'
import { finalStatus } from './http-error.ts'
import { formatRequestId } from '../../shared/request-id.ts'
import type { Attempt as AttemptRow } from '../../shared/models/request.ts'
import type { AnswerCap } from './answer.ts'
import type { ClientStream } from './client-stream.ts'
import type { Connection, Connections } from './connections.ts'
import type { Directory } from './directory.ts'
import type { Health } from './health.ts'
import type { Limiter } from './limiter.ts'
import type { GatewayEvents, UpstreamRecord } from './ports.ts'
import type { Outcome, Reserved } from './stages.ts'
import type { Watchdog } from './watchdog.ts'

export interface DispatchDeps {
  readonly directory: Directory
  readonly connections: Connections
  readonly health: Health
  readonly watchdog: Watchdog
  readonly events: Pick<GatewayEvents, 'authFailed'>
  readonly quota: QuotaEvidence
  readonly limiter: Limiter
  /** Monotonic ms. */
  readonly now: () => number
  readonly clock: () => number
}

const PATHS = { chat: '/chat/completions', responses: '/responses', embeddings: '/embeddings' } as const

/** A connection that was kept open may die at the moment it is used again: such a loss is at once. */
const STALE_CONNECTION_MS = 250

/** What a failed attempt means for the request: try elsewhere, or give the client this answer. */
interface Verdict {
  readonly error: AppError
  readonly moveOn: boolean
  readonly relay: UpstreamAnswer | null
}

function request(routed: Reserved, { kind }: UpstreamRecord, connection: Connection, settings: Directory['settings']) {
  const { grant, facts, dialect, fields, claim } = routed
  const dropWorkspaceMetadata = settings['privacy.dropWorkspaceMetadata'] && connection.isThirdParty
  const addUsage = dialect === 'chat' && facts.stream && !facts.asksUsage
  const edits = editsFor(dialect, fields, facts, {
    ...grant,
    dropWorkspaceMetadata,
    addUsage,
    outputCap: claim.outputCap,
    upstreamKind: kind,
  })
  const isModelChanged = grant.model !== facts.model
  return {
    body: editFields(fields, edits),
    headers: upstreamHeaders(routed.headers, {
      account: connection.accountHeaders,
      dropWorkspaceMetadata,
      isModelChanged,
    }),
    hideUsage: addUsage,
    isModelChanged,
  }
}

function send(deps: DispatchDeps, routed: Reserved, record: UpstreamRecord, client: ClientStream) {
  const connection = deps.connections.to(record)
  const { settings } = deps.directory
  const { body, headers, hideUsage, isModelChanged } = request(routed, record, connection, settings)
  const { promise, resolve } = Promise.withResolvers<AttemptResult>()
  const attempt = new Attempt(
    {
      dialect: routed.dialect,
      isCodex: routed.client === 'codex',
      hideUsage,
      isModelChanged,
      requestId: formatRequestId(routed.id),
      settings,
      client,
      now: deps.now,
      quota: deps.quota.of(record.id),
      cap: capOf(routed),
      limitHeaders: routed.key.limits === null ? null : () => deps.limiter.headers(routed, record.id),
    },
    resolve,
  )
  const { origin } = connection
  const path = connection.basePath + PATHS[routed.dialect]
  try {
    connection.dispatcher.dispatch({ origin, path, method: 'POST', headers, body }, attempt)
  } catch (error) {
    resolve({ kind: 'failed', error: providerError(error, 'The upstream'), answer: null })
  }
  // Everything that can wait does, until the request is on its way.
  deps.health.started(record.id)
  deps.watchdog.watch(attempt)
  client.onGone(() => attempt.abort())
  if (routed.facts.stream) attempt.expectEvents()
  return { attempt, result: promise }
}

function capOf({ claim, grant, dialect, fields }: Reserved): AnswerCap | null {
  const { outputCap } = claim
  return outputCap === null ? null : { tokens: cappedBound(dialect, fields, outputCap), input: grant.reservedInput }
}

/** How long an upstream rests after a failure, and whether it may be used meanwhile. */
function restAfter(deps: DispatchDeps, record: UpstreamRecord, error: AppError, answer: UpstreamAnswer | null): void {
  const { settings } = deps.directory
  const asked = answer === null ? null : retryAfterMs(answer.headers, deps.clock())
  const firm = asked !== null || error.code === 'upstream_rate_limited'
  const forMs = Math.min(asked ?? settings['routing.cooldownMs'], settings['routing.maxCooldownMs'])
  if (forMs > 0) deps.health.rest(record.id, { until: deps.clock() + forMs, firm }, error.message)
}

function judge(deps: DispatchDeps, record: UpstreamRecord, error: AppError, answer: UpstreamAnswer | null): Verdict {
  if (answer === null) {
    restAfter(deps, record, error, null)
    return { error, moveOn: true, relay: null }
  }
  const { status } = answer
  const body = parseJsonObject(answer.body.toString('utf8'))
  const code = errorCodeOf(body)
  const facts = { details: { status, ...(code === null ? {} : { cause: code }) } }
  const of = (errorCode: AppError['code'], what: string) => new AppError(errorCode, `The upstream ${what}.`, facts)

  if (status === 401) {
    deps.events.authFailed(record.id, `The provider answered 401${code === null ? '' : ` (${code})`}.`)
    return { error: of('upstream_auth_failed', "refused its account's credential"), moveOn: true, relay: null }
  }
  if (status === 429) return rested(of('upstream_rate_limited', "reached its account's rate limit"))
  if (status === 408 || status >= 500) return rested(of('upstream_error', `answered with status ${status}`))
  if (status === 413 && body === null) {
    // A web server in front of the model speaks HTML; repeating the request would not make it smaller.
    return { error: of('upstream_rejected', 'refused the request as too large'), moveOn: true, relay: null }
  }
  if (status < 400 || body === null)
    return rested(of('upstream_bad_response', `answered with status ${status} and no JSON`))
  // An account that may not do this, or has not got the model: another one of the Pool may.
  const moveOn = status === 402 || status === 403 || (status === 404 && code === 'model_not_found')
  return { error: of('upstream_rejected', `refused the request with status ${status}`), moveOn, relay: answer }

  function rested(problem: AppError): Verdict {
    restAfter(deps, record, problem, answer)
    return { error: problem, moveOn: true, relay: null }
  }
}

function relayAnswer(deps: DispatchDeps, routed: Reserved, client: ClientStream, answer: UpstreamAnswer): number {
  const isModelChanged = routed.grant.model !== routed.facts.model
  const status = finalStatus(answer.status, routed.client)
  const requestId = formatRequestId(routed.id)
  const limits = routed.key.limits === null ? null : deps.limiter.headers(routed, null)
  const headers = clientHeaders(answer.headers, { requestId, isModelChanged, keepLength: false, limits })
  headers.push('content-length', String(answer.body.length))
  // SDKs repeat a 409 by themselves; only the upstream may ask for that.
  if (answer.headers['x-should-retry'] === undefined) headers.push('x-should-retry', 'false')
  client.answer(status, headers, answer.body)
  return status
}

function toRow(attempt: Attempt, number: number, record: UpstreamRecord, deps: DispatchDeps, error: AppError | null) {
  const endedAt = deps.now()
  const cause = error?.details?.['cause']
  return {
    number,
    upstreamId: record.id,
    at: Math.round(deps.clock() - (endedAt - attempt.startedAt)),
    durationMs: endedAt - attempt.startedAt,
    firstByteMs: attempt.firstByteAt === null ? null : attempt.firstByteAt - attempt.startedAt,
    status: attempt.status,
    errorCode: error?.code ?? null,
    cause: typeof cause === 'string' ? cause : null,
  } satisfies AttemptRow
}

const NOTHING = { usage: null, usageSource: 'none', firstByteMs: null } as const

/** @throws AppError of the last attempt when none delivered. `tries` then holds them for the log. */
export async function dispatch(
  deps: DispatchDeps,
  routed: Reserved,
  client: ClientStream,
  tries: AttemptRow[],
): Promise<Outcome> {
  let last: Verdict | null = null
  let lastUpstreamId: string | null = null
  const queue = [...routed.plan.candidates]
  for (let record = queue.shift(); record !== undefined; record = queue.shift()) {
    if (client.isGone) break
    const { attempt, result } = send(deps, routed, deps.directory.upstream(record.id) ?? record, client)
    const ended = await result
    deps.health.ended(record.id)
    deps.watchdog.unwatch(attempt)
    lastUpstreamId = record.id
    if (ended.kind !== 'failed') {
      const error = ended.kind === 'delivered' ? ended.error : routed.whyGone()
      tries.push(toRow(attempt, tries.length + 1, record, deps, error))
      if (ended.kind === 'delivered') noteDelivery(deps, record, ended.error)
      return outcomeOf(routed, record, attempt, ended, tries)
    }
    last = judge(deps, record, ended.error, ended.answer)
    tries.push(toRow(attempt, tries.length + 1, record, deps, last.error))
    if (!last.moveOn) break
    if (isStaleConnection(attempt, last.error, tries, record)) queue.unshift(record)
  }
  if (last === null || client.isGone) {
    return { ...gone(routed), upstreamId: lastUpstreamId, ...NOTHING, tries }
  }
  if (last.relay === null) throw last.error
  const status = relayAnswer(deps, routed, client, last.relay)
  return { kind: 'failed', upstreamId: lastUpstreamId, status, errorCode: last.error.code, ...NOTHING, tries }
}

/** The connection to the client is no more: left by the client, or cut by us. */
function gone(routed: Reserved) {
  const { code } = routed.whyGone()
  return code === 'client_closed'
    ? ({ kind: 'aborted', status: 499, errorCode: code } as const)
    : ({ kind: 'failed', status: errorSpec(code).status, errorCode: code } as const)
}

function noteDelivery(deps: DispatchDeps, record: UpstreamRecord, error: AppError | null): void {
  if (error === null) {
    if (deps.health.restOf(record.id).until > 0) deps.health.clear(record.id)
  } else if (error.code !== 'upstream_rejected') restAfter(deps, record, error, null)
}

function isStaleConnection(
  attempt: Attempt,
  error: AppError,
  tries: readonly AttemptRow[],
  record: UpstreamRecord,
): boolean {
  if (error.code !== 'upstream_reset' || attempt.firstByteAt !== null) return false
  const triesHere = tries.filter((row) => row.upstreamId === record.id)
  return triesHere.length === 1 && (triesHere[0]?.durationMs ?? 0) < STALE_CONNECTION_MS
}

function outcomeOf(
  routed: Reserved,
  record: UpstreamRecord,
  attempt: Attempt,
  ended: Exclude<AttemptResult, { kind: 'failed' }>,
  tries: readonly AttemptRow[],
): Outcome {
  const firstByteMs = attempt.firstByteAt === null ? null : attempt.firstByteAt - routed.startedAt
  const known = ended.usage
  // Without figures from the provider: what was sent by estimate, what came back by count.
  const began = attempt.status === null ? attempt.isSent : attempt.status < 300
  const estimate = { input: routed.grant.reservedInput, cached: 0, output: ended.seenOutput, reasoning: 0 }
  const charge = {
    usage: known ?? (began ? estimate : null),
    usageSource: known !== null ? 'reported' : began ? 'estimated' : 'none',
  } as const
  const base = { upstreamId: record.id, firstByteMs, tries, ...charge }
  if (ended.kind === 'aborted') return { ...gone(routed), ...base }
  if (ended.error !== null) return { kind: 'failed', status: ended.status, errorCode: ended.error.code, ...base }
  return { kind: 'completed', status: ended.status, errorCode: null, ...base }
}
