/** What an upstream answers to a request of the log: what it did answer, or what it would have, as far as the log tells. */
import type { ReplayedRequest } from '../../../shared/models/plan-preview.ts'
import { isClientFault, isFault, lostBefore, type Fault, type Past } from './past.ts'

/**
 * `good`: an answer. `left`: the client was gone before its end. `relayed`: a refusal that is the client's own doing.
 * `broke`: failed after its beginning had been passed on. `fault`: failed before that, so another one may be tried.
 */
export type Answered =
  | { readonly kind: 'good'; readonly ms: number; readonly firstMs: number }
  | { readonly kind: 'left' | 'relayed'; readonly ms: number }
  | { readonly kind: 'broke' | 'fault'; readonly ms: number; readonly fault: Fault }

/** Where nothing at all is known of how long something takes. */
const UNKNOWN_MS = 1_000

export interface Errand {
  readonly upstreamId: string
  /** As it is sent there. */
  readonly model: string
  /** Epoch ms. */
  readonly at: number
}

export function answerTo(past: Past, request: ReplayedRequest, errand: Errand): Answered {
  return ownAnswer(past, request, errand.upstreamId) ?? likelyAnswer(past, request, errand)
}

/** Null where it was not asked. */
function ownAnswer(past: Past, request: ReplayedRequest, upstreamId: string): Answered | null {
  const { tries, state, durationMs } = request
  if (tries.length === 0 && request.upstreamId === upstreamId) {
    const ms = durationMs ?? UNKNOWN_MS
    return state === 'completed' ? { kind: 'good', ms, firstMs: request.firstByteMs ?? ms } : { kind: 'left', ms }
  }
  const here = tries.filter((each) => each.upstreamId === upstreamId)
  const last = here.at(-1)
  if (last === undefined) return null
  const ms = here.reduce((sum, each) => sum + each.durationMs, 0)
  if (last.errorCode === null) {
    const firstMs = Math.max(0, (request.firstByteMs ?? ms) - lostBefore(tries))
    return { kind: 'good', ms, firstMs: Math.min(ms, firstMs) }
  }
  if (isClientFault(last)) return { kind: 'relayed', ms }
  if (!isFault(last)) return { kind: 'left', ms }
  // Only an answer that began is told with the time at which it did.
  const broke = state === 'failed' && request.firstByteMs !== null && tries.at(-1) === last
  return { kind: broke ? 'broke' : 'fault', ms, fault: past.faultOf(last) }
}

function likelyAnswer(past: Past, request: ReplayedRequest, { upstreamId, model, at }: Errand): Answered {
  const { tries, state, durationMs, firstByteMs } = request
  const last = tries.at(-1)
  if (last !== undefined && isClientFault(last)) return { kind: 'relayed', ms: last.durationMs }
  const fault = past.faultAt(upstreamId, model, at)
  if (fault !== null) return { kind: 'fault', ms: fault.ms, fault }
  const lost = lostBefore(tries)
  const whole = Math.max(0, (durationMs ?? UNKNOWN_MS) - lost)
  if (state === 'aborted') return { kind: 'left', ms: whole }
  const typical = past.typical(upstreamId, request)
  // Nobody answered it, so nobody knows how long its answer is.
  if (state !== 'completed')
    return { kind: 'good', ms: typical?.wholeMs ?? UNKNOWN_MS, firstMs: typical?.firstMs ?? UNKNOWN_MS }
  const ownFirst = Math.max(0, (firstByteMs ?? whole) - lost)
  const firstMs = typical?.firstMs ?? ownFirst
  return { kind: 'good', ms: firstMs + Math.max(0, whole - ownFirst), firstMs }
}
