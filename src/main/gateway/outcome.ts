/** How a request ended, in the terms that the log and the limits go by. */
import { errorSpec } from '../../shared/errors.ts'
import type { Attempt as AttemptRow } from '../../shared/models/request.ts'
import type { Attempt } from './attempt.ts'
import type { AttemptResult } from './attempt-result.ts'
import { isLimited } from './limited-request.ts'
import { isGuessed } from './plain-bounds.ts'
import type { UpstreamRecord } from './ports.ts'
import type { Outcome, Reserved } from './stages.ts'

/** The connection to the client is no more: left by the client, or cut by us. */
export function gone(routed: Reserved) {
  const { code } = routed.whyGone()
  return code === 'client_closed'
    ? ({ kind: 'aborted', status: 499, errorCode: code } as const)
    : ({ kind: 'failed', status: errorSpec(code).status, errorCode: code } as const)
}

/** A count of bytes takes what surrounds the words for words: more than was asked for it cannot be. */
function seenOf(routed: Reserved, { seenOutput }: { readonly seenOutput: number }): number {
  const bound = routed.claim.reservation.output
  return isLimited(routed) && bound > 0 ? Math.min(seenOutput, bound) : seenOutput
}

/** What an answer that the client got, or left, is charged. */
export function outcomeOf(
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
  const estimate = { input: routed.grant.reservedInput, cached: 0, output: seenOf(routed, ended), reasoning: 0 }
  const isGuess = began && isGuessed(routed)
  const charge = {
    usage: known ?? (isGuess ? estimate : null),
    usageSource: known !== null ? 'reported' : isGuess ? 'estimated' : 'none',
  } as const
  const base = { upstreamId: record.id, firstByteMs, tries, ...charge }
  if (ended.kind === 'aborted') return { ...gone(routed), ...base }
  if (ended.error !== null) return { kind: 'failed', status: ended.status, errorCode: ended.error.code, ...base }
  return { kind: 'completed', status: ended.status, errorCode: null, ...base }
}
