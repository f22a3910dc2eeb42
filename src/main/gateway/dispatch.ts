/**
 * Fourth stage, the only one with a network: walks the plan until one upstream answers. The only owner of retries; it
 * moves on only while the client has not been sent a byte.
 */
import { AppError } from '../../shared/errors.ts'
import { providerOf } from '../providers/registry.ts'
import type { Affinity } from './affinity.ts'
import type { Attempt } from './attempt.ts'
import type { UpstreamAnswer } from './attempt-result.ts'
import { contextAfter, noteDelivery } from './delivery.ts'
import type { Failure } from './failure.ts'
import { judge, type Renewal, type Verdict } from './judge.ts'
import { modelAt } from './model-at.ts'
import { isFirmlyResting, mayTry, ranDry } from './next-try.ts'
import { gone, outcomeOf } from './outcome.ts'
import { canRepeat } from './plain.ts'
import { dryRefusal } from './quota-refusal.ts'
import { clientHeaders } from './response-headers.ts'
import { finalStatus } from './http-error.ts'
import { isLimited } from './limited-request.ts'
import { RouteRefusal } from './route-refusal.ts'
import { trySend, type SendDeps } from './send.ts'
import type { Spent } from './spent.ts'
import { formatRequestId } from '../../shared/request-id.ts'
import { isTiedToSocket, noResponse } from './ws/tied-turn.ts'
import type { Attempt as AttemptRow } from '../../shared/models/request.ts'
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
  readonly affinity: Pick<Affinity, 'served' | 'own' | 'ownerOf'>
  /** Absent where no account can be signed in. */
  readonly accounts?: AccountKeeper | undefined
  readonly clock: () => number
}

/** A connection that was kept open may die at the moment it is used again: such a loss is at once. */
const STALE_CONNECTION_MS = 250

/** The upstream's own refusal, for the client. */
interface Relayed {
  readonly answer: UpstreamAnswer
  readonly record: Pick<UpstreamRecord, 'id' | 'kind'>
}

function relayAnswer(deps: DispatchDeps, routed: Reserved, client: ClientStream, { answer, record }: Relayed): number {
  const isModelChanged = modelAt(routed.grant, record.id) !== routed.facts.model
  const status = finalStatus(answer.status, routed.client)
  const requestId = formatRequestId(routed.id)
  const limits = isLimited(routed) ? deps.limiter.headers(routed, null) : null
  const passesDown = providerOf(record.kind).backend?.passesDown ?? null
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
  /** Filled with what a provider reports of an attempt that failed. */
  readonly spent: Spent[]
}

/** @throws AppError of the last attempt when none delivered. `tries` then holds them for the log. */
export async function dispatch(deps: DispatchDeps, routed: Reserved, service: Service): Promise<Outcome> {
  const { client, place, tries, spent } = service
  let last: Verdict | null = null
  let lastRecord: UpstreamRecord | null = null
  const queue = [...routed.plan.candidates]
  for (let planned = queue.shift(); planned !== undefined; planned = queue.shift()) {
    if (client.isGone) break
    const record = deps.directory.upstream(planned.id) ?? planned
    if (isFirmlyResting(deps, record.id, tries) || ranDry(deps, routed, record.id, tries)) continue
    // One that may not be tried again does not stand in the way of those behind it.
    if (!mayTry(deps, routed, record, tries) || !place.enter(record)) continue
    lastRecord = record
    const sent = trySend(deps, routed, record, client)
    if (sent instanceof AppError) {
      last = unsaid(sent)
      place.leave(last.ending)
      continue
    }
    const { attempt, result } = sent
    const ended = await result
    deps.watchdog.unwatch(attempt)
    if (ended.kind !== 'failed') {
      const error = ended.kind === 'delivered' ? ended.error : routed.whyGone()
      tries.push(toRow(attempt, tries.length + 1, record, deps, error))
      if (ended.kind === 'delivered') {
        const context = contextAfter(routed.grant, ended)
        noteDelivery(deps, routed, { record, attempt, error: ended.error, context, place })
      } else place.leave('unclear')
      return outcomeOf(routed, record, attempt, ended, tries)
    }
    if (ended.usage) spent.push({ upstreamId: record.id, usage: ended.usage })
    const failure = { record, model: modelAt(routed.grant, record.id), error: ended.error, answer: ended.answer }
    const renewal = await renewalAfter(deps, failure)
    last = judge(deps, { ...failure, renewal })
    tries.push(toRow(attempt, tries.length + 1, record, deps, last.error))
    const isAgain =
      last.moveOn &&
      (renewal === 'renewed' || mayMoveOn(routed, attempt, last)) &&
      isWorthAgain(attempt, { error: last.error, renewal }, tries, record)
    place.leave(isAgain ? 'unclear' : last.ending)
    if (!last.moveOn || (!isAgain && !mayMoveOn(routed, attempt, last))) break
    if (isAgain) queue.unshift(record)
  }
  const upstreamId = lastRecord?.id ?? null
  if (client.isGone) return { ...gone(routed), upstreamId, ...NOTHING, tries }
  if (last === null || lastRecord === null) throw refusalOf(routed.plan)
  // Sent whole, it may go to another upstream; and what it went on from is lost with the socket.
  if (last.moveOn && isTiedToSocket(routed)) throw noResponse()
  if (last.relay === null) throw dryRefusal(deps, routed) ?? last.error
  const status = relayAnswer(deps, routed, client, { answer: last.relay, record: lastRecord })
  return { kind: 'failed', upstreamId, status, errorCode: last.error.code, ...NOTHING, tries }
}

/** Nothing was sent: another upstream may take it, and this one is as good as before. */
function unsaid(error: AppError): Verdict {
  return { error, moveOn: true, relay: null, ending: 'unclear' }
}

/** Something that must not be done twice goes on only where it was not begun: nobody was reached, or it was refused. */
function mayMoveOn({ plain }: Reserved, attempt: Attempt, { ending }: Verdict): boolean {
  return plain === undefined || canRepeat(plain) || !attempt.isSent || ending === 'refused'
}

/** Between its charge and its dispatch others took what was free at every one of them. */
function refusalOf({ candidates, exclusions }: Reserved['plan']): RouteRefusal {
  const message = 'Every upstream that could serve this request has as many requests as it may have.'
  const busy = candidates.map(({ id }) => ({ upstreamId: id, reason: 'busy' as const, until: null }))
  return new RouteRefusal({ code: 'pool_busy', message }, [...exclusions, ...busy], null)
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
