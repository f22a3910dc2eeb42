/**
 * Explains what the gateway would answer to a request that nobody sent. It decides nothing by itself: each step calls the
 * function that the pipeline calls, on a body that stands for one of the asked size, and tells what it said.
 */
import type { AppError } from '../../shared/errors.ts'
import type { DoctorReport } from '../../shared/models/doctor.ts'
import type { ClientKind } from '../../shared/models/request.ts'
import { explainKey } from './explain-key.ts'
import { explainRequest } from './explain-request.ts'
import type { Explanation, ExplainWorld, Hypothesis } from './explain-world.ts'
import { encodeError, refusalWait } from './http-error.ts'
import { LimitRefused } from './limit-error.ts'
import type { Limiter } from './limiter.ts'
import { MAX_ROUNDS } from './start.ts'

/** Changes nothing: what it finds is true at this moment and for the figures that running requests hold now. */
export function explain(world: ExplainWorld, asked: Hypothesis): Explanation {
  const at = world.clock()
  const opened = explainKey(world, asked, at)
  const rest = explainRequest(world, asked, opened)
  const findings = [...opened.findings, ...rest.findings]
  const refused = findings.find(({ refusal }) => refusal !== null) ?? null
  const refusal = refused?.refusal ?? null
  const sent = refusal === null ? rest.sent : null
  return {
    key: opened.key,
    token: opened.token,
    steps: findings.map(({ step }) => step),
    passes: refusal === null,
    refusal,
    asked: rest.asked,
    sent,
    answer: { ...answerOf(refusal, asked.client, at), step: refused?.step.id ?? null },
  }
}

/**
 * The same, once running requests that stand in the way are counted as exactly as the gateway would count them. That
 * lowers what they hold, as the next request of the key would, and nothing else.
 */
export async function diagnose(
  world: ExplainWorld & { readonly limiter: Pick<Limiter, 'refine'> },
  asked: Hypothesis,
): Promise<Explanation> {
  let found = explain(world, asked)
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const { asked: planned, refusal } = found
    if (planned === null || !(refusal instanceof LimitRefused)) break
    if (!(await world.limiter.refine(planned, refusal))) break
    found = explain(world, asked)
  }
  return found
}

function answerOf(refusal: AppError | null, client: ClientKind, at: number): Omit<DoctorReport['answer'], 'step'> {
  if (refusal === null) {
    const message = 'The request would be sent to an upstream; what that answers is not foreseen here.'
    return { status: 200, code: null, message, retryAfterSeconds: null, isFinal: false }
  }
  const { status, headers } = encodeError(refusal, client, null, refusalWait(refusal, at))
  const valueOf = (name: string): string | undefined => {
    const index = headers.findIndex((text, place) => place % 2 === 0 && text === name)
    return index < 0 ? undefined : headers[index + 1]
  }
  const retryAfter = valueOf('retry-after')
  return {
    status,
    code: refusal.code,
    message: refusal.message,
    retryAfterSeconds: retryAfter === undefined ? null : Number(retryAfter),
    isFinal: valueOf('x-should-retry') === 'false',
  }
}
