/** The five stages in order. Everything a request can go through is visible here. */
import { AppError } from '../../shared/errors.ts'
import { formatRequestId } from '../../shared/request-id.ts'
import { admit, identify } from './admit.ts'
import { readBody } from './body.ts'
import { ClientStream } from './client-stream.ts'
import { dispatch, type DispatchDeps } from './dispatch.ts'
import { encodeError } from './http-error.ts'
import { permit } from './permit.ts'
import { route, RouteRefusal } from './route.ts'
import { settle, settledBy, settledByError, toAdmittedRow, type Reached } from './settle.ts'
import type { Attempt } from '../../shared/models/request.ts'
import type { GatewayEvents, Journal, KeyRecord, Log, OpenEntry } from './ports.ts'
import type { Admitted, Received, Routed } from './stages.ts'

export interface PipelineDeps extends DispatchDeps {
  readonly events: GatewayEvents
  readonly journal: Journal
  readonly log: Log
  readonly random: () => number
}

function plan(deps: PipelineDeps, admitted: Admitted): Routed {
  const grant = permit(admitted)
  const { pool, key, dialect } = admitted
  const maxAttempts = deps.directory.settings['routing.maxAttempts']
  const question = { pool, key, dialect, model: grant.model, maxAttempts, now: deps.clock() }
  const world = { upstream: deps.directory.upstream, restOf: deps.health.restOf, random: deps.random }
  return { ...admitted, grant, plan: route(question, world) }
}

/** Serves one request from its headers to its settlement. Never rejects. */
export async function serve(deps: PipelineDeps, received: Received): Promise<void> {
  const client = new ClientStream(received.response, deps.now, deps.directory.settings['gateway.clientStallMs'])
  const tries: Attempt[] = []
  let reached: Reached = received
  let key: KeyRecord | null = null
  let entry: OpenEntry | null = null
  try {
    if (deps.journal.failure !== null) throw accountingDown()
    const { directory } = deps
    const caller = identify(directory, received.headers, received.clientIp, received.at, (found) => {
      key = found
    })
    const { settings } = directory
    const body = await readBody(received.request, received.headers, {
      settings,
      watchdog: deps.watchdog,
      now: deps.now,
    })
    const admitted = admit(received, caller, body)
    reached = admitted
    const routed = plan(deps, admitted)
    reached = routed
    entry = deps.journal.admit(toAdmittedRow(routed, caller.key, null))
    const outcome = await dispatch(deps, routed, client, tries)
    settle(deps, entry, settledBy(outcome, deps.now() - received.startedAt))
  } catch (thrown) {
    const found = AppError.from(thrown)
    const error = found.code === 'client_closed' ? received.whyGone() : found
    if (error.code === 'internal')
      deps.log.error('request failed', { id: formatRequestId(received.id), cause: error.cause })
    const answer = (): void => refuse(deps, received, client, error, tries)
    if (key === null) {
      answer()
      return
    }
    entry ??= deps.journal.admit(toAdmittedRow(reached, key, error))
    settle(deps, entry, settledByError(error, reached, tries, deps.now() - received.startedAt))
    // What a client was told is in the log before it is told.
    deps.journal.afterCommit(answer)
  }
}

/** The reason names a file of the operator's and is for Weir's own log, not for whoever calls. */
function accountingDown(): AppError {
  const message =
    'The request log cannot be written, so nothing new is admitted. The operator finds the reason in its log.'
  return new AppError('accounting_unavailable', message)
}

function refuse(
  deps: PipelineDeps,
  received: Received,
  client: ClientStream,
  error: AppError,
  tries: readonly Attempt[],
): void {
  if (client.isGone || client.isCommitted) return
  const { status, headers, body } = encodeError(
    error,
    received.client,
    formatRequestId(received.id),
    waitOf(deps, error, tries),
  )
  // What is left of a body that was refused is not worth reading.
  if (!received.request.complete) headers.push('connection', 'close')
  client.answer(status, headers, body)
}

/** Ms until the cause of a passing refusal ends: when the first of the tried upstreams is ready again. */
function waitOf(deps: PipelineDeps, error: AppError, tries: readonly Attempt[]): number | null {
  if (error instanceof RouteRefusal) return error.readyAt === null ? null : error.readyAt - deps.clock()
  const now = deps.clock()
  const rests = tries.map((entry) => deps.health.restOf(entry.upstreamId)).filter((rest) => rest.until > now)
  // After other failures one that may be tried again at once is reason enough not to wait for the rest.
  const mustWait = error.code === 'upstream_rate_limited' || rests.filter((rest) => rest.firm).length === tries.length
  return rests.length === 0 || !mustWait ? null : Math.min(...rests.map((rest) => rest.until)) - now
}
