/**
 * Last stage, exactly once per request of a known key: completes the row in the log, gives the slot back, tells the
 * pages. Never throws: whatever went wrong before, the account must be closed.
 */
import type { AppError } from '../../shared/errors.ts'
import { statusFor } from './http-error.ts'
import type { Attempt, PlanNote, RequestState, TokenUsage } from '../../shared/models/request.ts'
import type { AdmittedRow, GatewayEvents, Journal, KeyRecord, Log, OpenEntry, SettledRow } from './ports.ts'
import type { Admitted, Outcome, Permitted, Received, Reserved, Routed } from './stages.ts'
import { RouteRefusal } from './route-refusal.ts'
import { TieBroken } from './tied-route.ts'

const NO_USAGE: TokenUsage = { input: 0, cached: 0, output: 0, reasoning: 0 }

/** How far a request of this key came before it ended. */
export type Reached = Received &
  Partial<Omit<Admitted, keyof Received>> &
  Partial<Pick<Permitted, 'grant'>> &
  Partial<Pick<Routed, 'plan' | 'session'>> &
  Partial<Pick<Reserved, 'claim'>>

export function toAdmittedRow(reached: Reached, key: KeyRecord, refusal: AppError | null): AdmittedRow {
  const { grant, facts, plan, claim } = reached
  const asked = facts?.model ?? null
  const row: AdmittedRow = {
    id: reached.id,
    // Its limits count it from its charge on, and the log must name the same day and minute.
    at: claim?.at ?? reached.at,
    keyId: key.id,
    poolId: key.poolId,
    route: reached.path,
    model: asked,
    sentModel: grant !== undefined && grant.model !== asked ? grant.model : null,
    effort: grant?.effort ?? facts?.effort ?? null,
    serviceTier: grant?.serviceTier ?? facts?.serviceTier ?? null,
    stream: facts?.stream ?? false,
    reservedInput: grant?.reservedInput ?? 0,
    reservedOutput: grant?.reservedOutput ?? 0,
    reservedCostNanos: claim === undefined || claim.reservation.costNanos === 0 ? null : claim.reservation.costNanos,
    limitRule: claim?.reservation.rule ?? null,
    client: reached.client,
    clientIp: reached.clientIp,
    exclusions: plan?.exclusions ?? (refusal instanceof RouteRefusal ? refusal.exclusions : []),
  }
  const note = noteOf(reached, refusal)
  if (note !== null) return withOrigin({ ...row, plan: note }, reached)
  return withOrigin(row, reached)
}

/** Null where there was nothing to choose, nothing to stay at and nothing to wait for. */
function noteOf({ pool, plan, session, waitedMs = 0 }: Reached, refusal: AppError | null): PlanNote | null {
  const affinity = plan?.affinity ?? (refusal instanceof TieBroken ? refusal.affinity : undefined)
  if (pool === undefined) return null
  if (plan?.order === undefined && affinity === undefined && waitedMs === 0) return null
  const alone = plan?.candidates.map(({ id }) => {
    return { upstreamId: id, figure: null, isResting: false, isFallback: false }
  })
  return {
    strategy: pool.strategy,
    order: [...(plan?.order ?? alone ?? [])],
    waitedMs,
    ...(affinity === undefined ? {} : { affinity }),
    ...(session === undefined || session === null ? {} : { session: session.short }),
  }
}

function withOrigin(row: AdmittedRow, { token, graceUntil }: Reached): AdmittedRow {
  if (typeof graceUntil === 'number') return { ...row, graceUntil }
  return token ? { ...row, tokenId: token.id } : row
}

const STATES = { completed: 'completed', failed: 'failed', aborted: 'aborted' } as const satisfies Record<
  Outcome['kind'],
  RequestState
>

/** Hundredths of a millisecond: more digits are noise, and cost time to write. */
export function rounded(ms: number): number {
  return Math.round(ms * 100) / 100
}

/** Where the client left before there was an attempt, its outcome has none. */
export function settledBy(outcome: Outcome, costNanos: number | null, durationMs: number): SettledRow {
  return {
    state: outcome.tries.length === 0 ? 'refused' : STATES[outcome.kind],
    upstreamId: outcome.upstreamId,
    status: outcome.status,
    errorCode: outcome.errorCode,
    usage: outcome.usage ?? NO_USAGE,
    usageSource: outcome.usageSource,
    costNanos,
    firstByteMs: outcome.firstByteMs === null ? null : rounded(outcome.firstByteMs),
    durationMs: rounded(durationMs),
    tries: outcome.tries,
  }
}

/** A request that ended with an error: before any dispatch, which counts nothing, or after all attempts. */
export function settledByError(
  error: AppError,
  reached: Reached,
  tries: readonly Attempt[],
  durationMs: number,
): SettledRow {
  const isGone = error.code === 'client_closed'
  return {
    state: tries.length === 0 ? 'refused' : isGone ? 'aborted' : 'failed',
    upstreamId: tries.at(-1)?.upstreamId ?? null,
    status: isGone ? 499 : statusFor(error, reached.client),
    errorCode: error.code,
    usage: NO_USAGE,
    usageSource: 'none',
    costNanos: null,
    firstByteMs: null,
    durationMs: rounded(durationMs),
    tries,
  }
}

/**
 * With what its upstream was really sent, where that has another id for the model than was noted at admission.
 * `upstreamId` of the settled row says who that was.
 */
export function asSent(settled: SettledRow, { grant, facts }: Reached): SettledRow {
  const own = settled.upstreamId === null ? undefined : grant?.modelBy?.get(settled.upstreamId)
  if (own === undefined || own === grant?.model) return settled
  return { ...settled, sentModel: own === facts?.model ? null : own }
}

export interface SettleDeps {
  readonly journal: Pick<Journal, 'settle'>
  readonly events: Pick<GatewayEvents, 'settled'>
  readonly log: Pick<Log, 'error'>
}

export function settle({ journal, events, log }: SettleDeps, entry: OpenEntry, settled: SettledRow): void {
  journal.settle(entry, settled)
  try {
    events.settled(entry.admitted, settled)
  } catch (cause) {
    // A listener of the pages must not cost a client its answer, or the process its life.
    log.error('a listener failed', { cause })
  }
}
