/**
 * Fourth stage, the only one with a network: walks the plan until one upstream answers. The only owner of retries; it
 * moves on only while the client has not been sent a byte.
 */
import { errorSpec, type AppError } from '../../shared/errors.ts'
import { providerOf } from '../providers/registry.ts'
import type { Attempt, AttemptResult, UpstreamAnswer } from './attempt.ts'
import { endingOf, judge, restAfter, type Failure, type Renewal, type Verdict } from './judge.ts'
import { laneOf } from './pace.ts'
import { clientHeaders } from './response-headers.ts'
import { finalStatus } from './http-error.ts'
import { isLimited } from './limited-request.ts'
import { RouteRefusal } from './route-refusal.ts'
import { send, type SendDeps } from './send.ts'
import { formatRequestId } from '../../shared/request-id.ts'
import type { Attempt as AttemptRow } from '../../shared/models/request.ts'
import type { UpstreamKind } from '../../shared/models/upstream.ts'
import type { ClientStream } from './client-stream.ts'
import type { Directory } from './directory.ts'
import type { Health } from './health.ts'
import type { Limiter } from './limiter.ts'
import type { Place } from './place.ts'
import type { AccountKeeper, GatewayEvents, UpstreamRecord } from './ports.ts'
import type { Outcome, Reserved } from './stages.ts'
import type { Traffic } from './traffic.ts'

export interface DispatchDeps extends SendDeps {
  readonly directory: Directory
  readonly health: Health
  readonly events: Pick<GatewayEvents, 'authFailed'>
  readonly limiter: Limiter
  readonly traffic: Traffic
  /** Absent where no account can be signed in. */
  readonly accounts?: AccountKeeper | undefined
  readonly clock: () => number
}

/** A connection that was kept open may die at the moment it is used again: such a loss is at once. */
const STALE_CONNECTION_MS = 250

/** The upstream's own refusal, for the client. */
interface Relayed {
  readonly answer: UpstreamAnswer
  readonly kind: UpstreamKind
}

function relayAnswer(deps: DispatchDeps, routed: Reserved, client: ClientStream, { answer, kind }: Relayed): number {
  const isModelChanged = routed.grant.model !== routed.facts.model
  const status = finalStatus(answer.status, routed.client)
  const requestId = formatRequestId(routed.id)
  const limits = isLimited(routed) ? deps.limiter.headers(routed, null) : null
  const passesDown = providerOf(kind).backend?.passesDown ?? null
  const headers = clientHeaders(answer.headers, { requestId, isModelChanged, keepLength: false, limits, passesDown })
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

/** Who is served, and what it holds. */
export interface Service {
  readonly client: ClientStream
  readonly place: Place
  /** Filled with each attempt, for the log. */
  readonly tries: AttemptRow[]
}

/** Whether the next candidate may be tried after what happened before. */
function mayTry(deps: DispatchDeps, routed: Reserved, record: UpstreamRecord, tries: readonly AttemptRow[]): boolean {
  return tries.length === 0 || deps.traffic.mayRetry(routed.pool.id, record.id)
}

/** It asked to be left alone since the request was planned. */
function isFirmlyResting(deps: DispatchDeps, id: string, tries: readonly AttemptRow[]): boolean {
  if (tries.length === 0) return false
  const rest = deps.health.restOf(id)
  return rest.firm && rest.until > deps.clock()
}

/** @throws AppError of the last attempt when none delivered. `tries` then holds them for the log. */
export async function dispatch(deps: DispatchDeps, routed: Reserved, service: Service): Promise<Outcome> {
  const { client, place, tries } = service
  let last: Verdict | null = null
  let lastRecord: UpstreamRecord | null = null
  const queue = [...routed.plan.candidates]
  for (let planned = queue.shift(); planned !== undefined; planned = queue.shift()) {
    if (client.isGone || !mayTry(deps, routed, planned, tries)) break
    const record = deps.directory.upstream(planned.id) ?? planned
    if (isFirmlyResting(deps, record.id, tries) || !place.enter(record)) continue
    const { attempt, result } = send(deps, routed, record, client)
    const ended = await result
    deps.watchdog.unwatch(attempt)
    lastRecord = record
    if (ended.kind !== 'failed') {
      const error = ended.kind === 'delivered' ? ended.error : routed.whyGone()
      tries.push(toRow(attempt, tries.length + 1, record, deps, error))
      if (ended.kind === 'delivered') noteDelivery(deps, routed, { record, attempt, error: ended.error, place })
      else place.leave('unclear')
      return outcomeOf(routed, record, attempt, ended, tries)
    }
    const failure = { record, model: routed.grant.model, error: ended.error, answer: ended.answer }
    const renewal = await renewalAfter(deps, failure)
    last = judge(deps, { ...failure, renewal })
    tries.push(toRow(attempt, tries.length + 1, record, deps, last.error))
    const isAgain = last.moveOn && isWorthAgain(attempt, { error: last.error, renewal }, tries, record)
    place.leave(isAgain ? 'unclear' : last.ending)
    if (!last.moveOn) break
    if (isAgain) queue.unshift(record)
  }
  const upstreamId = lastRecord?.id ?? null
  if (client.isGone) return { ...gone(routed), upstreamId, ...NOTHING, tries }
  if (last === null || lastRecord === null) throw refusalOf(routed.plan)
  if (last.relay === null) throw last.error
  const status = relayAnswer(deps, routed, client, { answer: last.relay, kind: lastRecord.kind })
  return { kind: 'failed', upstreamId, status, errorCode: last.error.code, ...NOTHING, tries }
}

/** Between its charge and its dispatch others took what was free at every one of them. */
function refusalOf({ candidates, exclusions }: Reserved['plan']): RouteRefusal {
  const message = 'Every upstream that could serve this request has as many requests as it may have.'
  const busy = candidates.map(({ id }) => ({ upstreamId: id, reason: 'busy' as const, until: null }))
  return new RouteRefusal({ code: 'pool_busy', message }, [...exclusions, ...busy], null)
}

/** The connection to the client is no more: left by the client, or cut by us. */
function gone(routed: Reserved) {
  const { code } = routed.whyGone()
  return code === 'client_closed'
    ? ({ kind: 'aborted', status: 499, errorCode: code } as const)
    : ({ kind: 'failed', status: errorSpec(code).status, errorCode: code } as const)
}

interface Delivered {
  readonly record: UpstreamRecord
  readonly attempt: Attempt
  readonly error: AppError | null
  readonly place: Place
}

function noteDelivery(deps: DispatchDeps, routed: Reserved, { record, attempt, error, place }: Delivered): void {
  if (error === null) {
    if (deps.health.restOf(record.id).until > 0) deps.health.endRest(record.id)
    const cameAt = attempt.firstTokenAt ?? attempt.firstByteAt
    if (routed.pool.strategy === 'fastest' && cameAt !== null) {
      deps.health.paced(record.id, laneOf(routed.grant.model, routed.facts.stream), cameAt - attempt.startedAt)
    }
    place.leave('succeeded')
    return
  }
  if (error.code !== 'upstream_rejected') restAfter(deps, record, error, null)
  place.leave(endingOf(error))
}

/** What came of a signed-in account's tokens that were refused; null where none were. */
async function renewalAfter(deps: DispatchDeps, { record, answer }: Failure): Promise<Renewal | null> {
  const used = record.secret?.account?.accessToken
  if (answer?.status !== 401 || used === undefined || deps.accounts === undefined) return null
  return deps.accounts.refreshAfter401(record.id, used)
}

/** Once more at the same upstream: its account has new tokens, or the kept connection was dead. */
function isWorthAgain(
  attempt: Attempt,
  { error, renewal }: { readonly error: AppError; readonly renewal: Renewal | null },
  tries: readonly AttemptRow[],
  record: UpstreamRecord,
): boolean {
  const triesHere = tries.filter((row) => row.upstreamId === record.id)
  if (triesHere.length > 1) return false
  if (renewal === 'renewed') return true
  if (error.code !== 'upstream_reset' || attempt.firstByteAt !== null) return false
  return (triesHere[0]?.durationMs ?? 0) < STALE_CONNECTION_MS
}

function outcomeOf(
  routed: Reserved,
  record: UpstreamRecord,
  attempt: Attempt,
  ended: Exclude<AttemptResult, { kind: 'failed' }>,
  tries: readonly AttemptRow[],
): Outcome {
  const from = routed.startedAt + (routed.waitedMs ?? 0)
  const firstByteMs = attempt.firstByteAt === null ? null : attempt.firstByteAt - from
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
