/** What a replay cannot know, in sentences for the operator. Pure. */
import type { ReplayedRequest } from '../../../shared/models/plan-preview.ts'

/** What became of the rows of the log before they were replayed, and what was missing in them. */
export interface Gaps {
  /** Still running. */
  open: number
  /** Refused by a limit, or for what they asked: no plan changes that. */
  refusedBefore: number
  /** Of pictures, files and the like. */
  otherRoutes: number
  /** Refused for want of an upstream, or failed at all of them: what they would have used is not known. */
  unanswered: number
  /** Of keys that are gone: taken as keys that may use everything. */
  withoutKey: number
  withoutSession: number
  /** To an answer or a file that only one upstream had. */
  tied: number
}

export interface Unknown {
  readonly gaps: Gaps
  readonly requests: number
  readonly isCut: boolean
  /** Failures in the log. */
  readonly faults: number
  /** Names of upstreams that got requests in the replay and have none in the log. */
  readonly unseen: readonly string[]
  /** Names of accounts that have nothing left now. */
  readonly dry: readonly string[]
}

export function notesOf({ gaps, requests, isCut, faults, unseen, dry }: Unknown): string[] {
  const { open, refusedBefore, otherRoutes, unanswered, withoutKey, withoutSession, tied } = gaps
  const was = (count: number): string =>
    count === 1 ? '1 request was' : `${count.toLocaleString('en-US')} requests were`
  return [
    isCut ? `Only the newest ${requests.toLocaleString('en-US')} requests were gone through.` : null,
    unseen.length === 0
      ? null
      : `${list(unseen)} had no such request in that time: taken as answering each of them, as soon as the others did.`,
    dry.length === 0 ? null : `${list(dry)} has no quota left now, so nothing goes there, whatever was left then.`,
    faults === 0
      ? null
      : 'An upstream is taken as down from a failure in the log until its next answer, at most as long as it would rest.',
    unanswered === 0
      ? null
      : `${was(unanswered)} not answered then: their tokens are not known, their time is an average.`,
    refusedBefore === 0 ? null : `${was(refusedBefore)} refused before routing, as by a limit of the key: left out.`,
    otherRoutes === 0 ? null : `${was(otherRoutes)} of other routes than chat, responses and embeddings: left out.`,
    open === 0 ? null : `${open.toLocaleString('en-US')} still running: left out.`,
    withoutKey === 0 ? null : `${was(withoutKey)} made by keys that are gone: taken as keys that may use everything.`,
    tied === 0
      ? null
      : `${was(tied)} going on from an answer or a file of one upstream: taken as free to go elsewhere.`,
    withoutSession === 0 || withoutSession === requests
      ? null
      : `${was(withoutSession)} without a session in the log: each stands for itself.`,
    withoutSession === requests ? 'No request has a session in the log, so none can be told to move.' : null,
    'Keys, upstreams, prices and quota are taken as they are now; tokens, also cached ones, as they were.',
  ].filter((note) => note !== null)
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 5)
  const rest = names.length - shown.length
  const last = rest > 0 ? `${rest} more` : (shown.pop() ?? '')
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`
}

/** Codes of refusals that another plan might not have come to. */
const BY_ROUTING: ReadonlySet<string | null> = new Set([
  'pool_busy',
  'no_upstream_ready',
  'no_upstream_eligible',
  'model_not_found',
  'model_not_allowed',
  'pool_out_of_quota',
])

/** Why a row is no traffic to route; null where it is. */
export function leftOut({ state, errorCode, model }: ReplayedRequest): 'open' | 'refusedBefore' | null {
  if (state === 'open') return 'open'
  return model === null || (state === 'refused' && !BY_ROUTING.has(errorCode)) ? 'refusedBefore' : null
}
