/** The five stages in order. Everything a request can go through is visible here. */
import { AppError } from '../../shared/errors.ts'
import { formatRequestId } from '../../shared/request-id.ts'
import { admit, identify } from './admit.ts'
import { readBody } from './body.ts'
import { ClientStream } from './client-stream.ts'
import { dispatch, type DispatchDeps } from './dispatch.ts'
import { encodeError } from './http-error.ts'
import { LimitRefused } from './limit-error.ts'
import { permit } from './permit.ts'
import { route, RouteRefusal } from './route.ts'
import { settle, settledBy, settledByError, toAdmittedRow, type Reached } from './settle.ts'
import type { Attempt } from '../../shared/models/request.ts'
import type { GatewayEvents, Journal, KeyRecord, Log, OpenEntry, SettledRow } from './ports.ts'
import type { Admitted, Outcome, Received, Reserved, Routed } from './stages.ts'

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

/** Each round some running request is counted that was only bounded before; more of them come no faster than this. */
const MAX_ROUNDS = 10

/** The request counted, and what else stood in its way, until it fits or certainly does not. */
async function countAndReserve(deps: PipelineDeps, admitted: Admitted, refused: LimitRefused): Promise<Reserved> {
  let refusal = refused
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const routed = plan(deps, admitted)
    if (!(await deps.limiter.refine(routed, refusal))) break
    try {
      // Planned anew: time has passed. And nothing comes between this and the charge.
      return deps.limiter.reserve(plan(deps, admitted))
    } catch (error) {
      if (!(error instanceof LimitRefused)) throw error
      refusal = error
    }
  }
  throw refusal
}

/** At once where the request fits, as nearly all do. */
function reserve(deps: PipelineDeps, admitted: Admitted, routed: Routed): Reserved | Promise<Reserved> {
  try {
    return deps.limiter.reserve(routed)
  } catch (error) {
    if (error instanceof LimitRefused) return countAndReserve(deps, admitted, error)
    throw error
  }
}

/** What the answer used, at its price. An input that no provider reported is counted. */
async function charged(deps: PipelineDeps, reserved: Reserved, outcome: Outcome): Promise<Outcome> {
  const { usage, usageSource } = outcome
  if (usage === null || usageSource !== 'estimated' || reserved.key.limits === null) return outcome
  return { ...outcome, usage: { ...usage, input: await deps.limiter.exactInput(reserved) } }
}

/** Serves one request from its headers to its settlement. Never rejects. */
export async function serve(deps: PipelineDeps, received: Received): Promise<void> {
  const client = new ClientStream(received.response, deps.now, deps.directory.settings['gateway.clientStallMs'])
  const tries: Attempt[] = []
  let reached: Reached = received
  let key: KeyRecord | null = null
  let entry: OpenEntry | null = null
  let held: Reserved | null = null
  try {
    if (deps.journal.failure !== null) throw accountingDown()
    const { directory } = deps
    const caller = identify(directory, received, (found) => {
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
    const promised = reserve(deps, admitted, routed)
    held = promised instanceof Promise ? await promised : promised
    reached = held
    entry = deps.journal.admit(toAdmittedRow(held, caller.key, null))
    const ended = await dispatch(deps, held, client, tries)
    const outcome = ended.usageSource === 'estimated' ? await charged(deps, held, ended) : ended
    const cost = outcome.usage === null ? null : deps.limiter.cost(held, outcome.upstreamId, outcome.usage)
    close(entry, settledBy(outcome, cost, deps.now() - received.startedAt))
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
    close(entry, settledByError(error, reached, tries, deps.now() - received.startedAt))
    // What a client was told is in the log before it is told.
    deps.journal.afterCommit(answer)
  }

  function close(opened: OpenEntry, settled: SettledRow): void {
    if (held !== null) deps.limiter.settle(held.claim.reservation, settled)
    settle(deps, opened, settled)
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
  if (error instanceof LimitRefused) return error.waitMs
  if (error instanceof RouteRefusal) return error.readyAt === null ? null : error.readyAt - deps.clock()
  const now = deps.clock()
  const rests = tries.map((entry) => deps.health.restOf(entry.upstreamId)).filter((rest) => rest.until > now)
  // After other failures one that may be tried again at once is reason enough not to wait for the rest.
  const mustWait = error.code === 'upstream_rate_limited' || rests.filter((rest) => rest.firm).length === tries.length
  return rests.length === 0 || !mustWait ? null : Math.min(...rests.map((rest) => rest.until)) - now
}
