/** The five stages in order. Everything a request can go through is visible here. */
import { AppError } from '../../shared/errors.ts'
import { formatRequestId } from '../../shared/request-id.ts'
import { admit, identify, tellOldSecret } from './admit.ts'
import { dispatch, type DispatchDeps } from './dispatch.ts'
import { accountingRefusal } from './door.ts'
import { encodeError, refusalWait } from './http-error.ts'
import { LimitRefused } from './limit-error.ts'
import { checkFile } from './own-files.ts'
import { isLimited } from './limited-request.ts'
import { RouteRefusal } from './route-refusal.ts'
import { asSent, rounded, settle, settledBy, settledByError, toAdmittedRow, type Reached } from './settle.ts'
import { withSpent, type Spent } from './spent.ts'
import { start, type StartDeps } from './start.ts'
import type { Attempt } from '../../shared/models/request.ts'
import type { Affinity } from './affinity.ts'
import type { ClientStream } from './client-stream.ts'
import type { GatewayEvents, Journal, KeyRecord, Log, OpenEntry, SettledRow } from './ports.ts'
import type { Place } from './place.ts'
import type { Outcome, Received, Reserved } from './stages.ts'

export interface PipelineDeps extends DispatchDeps, Omit<StartDeps, keyof DispatchDeps> {
  readonly events: GatewayEvents
  readonly affinity: Affinity
  readonly journal: Journal
  readonly log: Log
}

/** What the answer used, at its price. An input that no provider reported is counted. */
async function charged(deps: PipelineDeps, reserved: Reserved, outcome: Outcome): Promise<Outcome> {
  const { usage, usageSource } = outcome
  if (usage === null || usageSource !== 'estimated' || !isLimited(reserved)) return outcome
  return { ...outcome, usage: { ...usage, input: await deps.limiter.exactInput(reserved) } }
}

/** What counts towards a limit is in the log before it is sent: a kill in between must not let more through than fits. */
async function written(journal: Journal): Promise<void> {
  await new Promise<void>((resolve) => journal.afterCommit(resolve))
  const closed = accountingRefusal(journal.failure)
  if (closed !== null) throw closed
}

/** Serves one request from its headers to its settlement. Never rejects. */
export async function serve(deps: PipelineDeps, received: Received): Promise<void> {
  const { side: client } = received
  const tries: Attempt[] = []
  const spent: Spent[] = []
  let reached: Reached = received
  let key: KeyRecord | null = null
  let entry: OpenEntry | null = null
  let held: Reserved | null = null
  let place: Place | null = null
  let waitedMs = 0
  try {
    const closed = accountingRefusal(deps.journal.failure)
    if (closed !== null) throw closed
    const { directory } = deps
    const caller = identify(directory, received, (opened) => {
      key = opened.key
      const { token, graceUntil } = opened
      if (graceUntil !== null || token !== null) reached = { ...received, token, graceUntil }
      tellOldSecret(opened, received.response)
    })
    const { settings } = directory
    const body = await received.readBody({ settings, watchdog: deps.watchdog, now: deps.now })
    const admitted = admit(received, caller, body)
    reached = admitted
    checkFile(deps.affinity, admitted)
    const promised = start(deps, admitted, {
      client,
      planned: (routed) => (reached = routed),
      waited: (ms) => (waitedMs = rounded(ms)),
    })
    const started = promised instanceof Promise ? await promised : promised
    place = started.place
    held = waitedMs === 0 ? started.held : { ...started.held, waitedMs }
    reached = held
    if (isLimited(held)) {
      entry = deps.journal.admit(toAdmittedRow(held, caller.key, null))
      deps.limiter.noted(held.claim, entry)
      await written(deps.journal)
    }
    const ending = dispatch(deps, held, { client, place, tries, spent })
    // Sent first, noted then, and written before this turn ends: the log has it before any answer can come.
    entry ??= deps.journal.admit(toAdmittedRow(held, caller.key, null))
    const ended = await ending
    const outcome = ended.usageSource === 'estimated' ? await charged(deps, held, ended) : ended
    const cost = outcome.usage === null ? null : deps.limiter.cost(held, outcome.upstreamId, outcome.usage)
    close(entry, settledBy(outcome, cost, deps.now() - received.startedAt - waitedMs))
  } catch (thrown) {
    const found = AppError.from(thrown)
    const error = found.code === 'client_closed' ? received.whyGone() : found
    if (error.code === 'internal')
      deps.log.error('request failed', { id: formatRequestId(received.id), cause: error.cause })
    if (waitedMs > 0) reached = { ...reached, waitedMs }
    const answer = (): void => refuse(deps, reached, client, error, tries)
    if (key === null) {
      answer()
      return
    }
    entry ??= deps.journal.admit(toAdmittedRow(reached, key, error))
    close(entry, settledByError(error, reached, tries, deps.now() - received.startedAt - waitedMs))
    if (error instanceof LimitRefused) deps.events.limitRefused(error.refusal)
    // What a client was told is in the log before it is told.
    deps.journal.afterCommit(answer)
  } finally {
    place?.release()
  }

  function close(opened: OpenEntry, ended: SettledRow): void {
    const own = asSent(ended, reached)
    const settled = held === null || spent.length === 0 ? own : withSpent(own, spent, { held, limiter: deps.limiter })
    if (held !== null) deps.limiter.settle(held.claim, settled)
    if (held?.session) deps.affinity.counted(held.session, settled.usage)
    settle(deps, opened, settled)
  }
}

function refuse(
  deps: PipelineDeps,
  reached: Reached,
  client: ClientStream,
  error: AppError,
  tries: readonly Attempt[],
): void {
  if (client.isGone || client.isCommitted) return
  const { status, headers, body } = encodeError(
    error,
    reached.client,
    formatRequestId(reached.id),
    waitOf(deps, error, tries),
  )
  // What is left of a body that was refused is not worth reading.
  if (!reached.request.complete) headers.push('connection', 'close')
  const { key, token, facts, grant } = reached
  if (key !== undefined && token !== undefined && facts !== undefined && grant !== undefined) {
    headers.push(...deps.limiter.headers({ key, token, facts, grant }, null))
  }
  client.answer(status, headers, body)
}

/** Ms until the cause of a passing refusal ends: when the first of the tried upstreams is ready again. */
function waitOf(deps: PipelineDeps, error: AppError, tries: readonly Attempt[]): number | null {
  const now = deps.clock()
  if (error instanceof LimitRefused || error instanceof RouteRefusal) return refusalWait(error, now)
  const rests = tries.map((entry) => deps.health.restOf(entry.upstreamId)).filter((rest) => rest.until > now)
  // After other failures one that may be tried again at once is reason enough not to wait for the rest.
  const mustWait = error.code === 'upstream_rate_limited' || rests.filter((rest) => rest.firm).length === tries.length
  return rests.length === 0 || !mustWait ? null : Math.min(...rests.map((rest) => rest.until)) - now
}
