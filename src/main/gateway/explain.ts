/**
 * Explains what the gateway would answer to a request that nobody sent. It decides nothing by itself: each step calls the
 * function that the pipeline calls, on a body that stands for one of the asked size, and tells what it said.
 */
import type { AppError } from '../../shared/errors.ts'
import type { DoctorReport, DoctorStep } from '../../shared/models/doctor.ts'
import type { ClientKind } from '../../shared/models/request.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Directory } from './directory.ts'
import { explainKey } from './explain-key.ts'
import { explainRequest } from './explain-request.ts'
import { encodeError, refusalWait } from './http-error.ts'
import { LimitRefused } from './limit-error.ts'
import type { LimitedPlan, Limiter } from './limiter.ts'
import type { Ledger } from './limits/ledger.ts'
import { MAX_ROUNDS } from './start.ts'
import type { PlanDeps } from './plan.ts'
import type { KeyRecord, TokenRecord } from './ports.ts'

export interface ExplainWorld extends PlanDeps {
  readonly directory: Pick<Directory, 'settings' | 'upstream' | 'pool' | 'keyByPublicId' | 'tokenByPublicId'>
  readonly limiter: Pick<Limiter, 'quote' | 'assume'>
  readonly ledger: Pick<Ledger, 'check' | 'verdicts'>
  readonly door: Door
}

/** The gateway before it looks at a credential. */
export interface Door {
  readonly isListening: boolean
  /** Whether other machines can reach it. */
  readonly isExposed: boolean
  readonly inFlight: number
  /** Why the request log can't be written, or null. */
  readonly failure: string | null
}

export interface Hypothesis {
  /** Null where only a secret is given. */
  readonly key: KeyRecord | null
  /** The token of it that asks; null for the key itself. */
  readonly token: TokenRecord | null
  /** Null: taken as right. */
  readonly secret: string | null
  readonly model: string
  readonly dialect: Dialect
  /** As a tokenizer counts them. */
  readonly inputTokens: number
  readonly inputBytes: number | null
  readonly outputTokens: number | null
  readonly serviceTier: string | null
  readonly stream: boolean
  readonly address: string
  readonly client: ClientKind
}

/** A step with what the gateway would throw there. */
export interface Finding {
  readonly step: DoctorStep
  readonly refusal: AppError | null
}

export interface Explanation extends Pick<DoctorReport, 'steps' | 'passes' | 'answer' | 'sent'> {
  /** Null where neither key nor secret opens one. */
  readonly key: KeyRecord | null
  readonly token: TokenRecord | null
  readonly refusal: AppError | null
  /** As far as it came to a plan. */
  readonly asked: LimitedPlan | null
}

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
