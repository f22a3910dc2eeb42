/** A refusal by a limit as the client and the log see it: which limit, how much of it is used, and when there is room. */
import { AppError, type ErrorCode } from '../../shared/errors.ts'
import { limitInWords, dollarsInWords } from '../../shared/limit-policy.ts'
import type { LimitRefusal } from './limits/verdict.ts'
import { isToken } from './pool-key.ts'

const CODES = {
  rate: 'limit_reached',
  concurrency: 'concurrency_limit_reached',
  budget: 'budget_spent',
  never: 'request_over_limit',
} as const satisfies Record<LimitRefusal['kind'], ErrorCode>

/** A slot comes free when a request ends, which nobody can foretell. */
const SLOT_WAIT_MS = 1_000
/** Clients give up or ignore longer waits; beyond it a retry is pointless. */
export const MAX_WAIT_MS = 60_000

export class LimitRefused extends AppError {
  readonly refusal: LimitRefusal
  /** Ms until the request fits; null where waiting does not help. */
  readonly waitMs: number | null

  constructor(refusal: LimitRefusal, now: number) {
    super(CODES[refusal.kind], messageOf(refusal, now), { details: detailsOf(refusal) })
    this.name = 'LimitRefused'
    this.refusal = refusal
    this.waitMs =
      refusal.kind === 'concurrency'
        ? SLOT_WAIT_MS
        : refusal.retryAt === null
          ? null
          : Math.max(1, refusal.retryAt - now)
  }

  /** No client should wait this long for an answer: it is told to stop. */
  get isLong(): boolean {
    return this.waitMs === null || this.waitMs > MAX_WAIT_MS
  }
}

function detailsOf({ keyPrefix, field, model, limit, used, requested, retryAt }: LimitRefusal) {
  return { key: keyPrefix, rule: field, model, limit, used, requested, resetAt: retryAt }
}

function messageOf(refusal: LimitRefusal, now: number): string {
  const { keyPrefix, model, field, limit, used, requested, kind, retryAt } = refusal
  const amount = (value: number) => (field.startsWith('budget') ? dollarsInWords(value) : value.toLocaleString('en-US'))
  const scope = model === null ? '' : ` for ${model}`
  const allowed = `The ${isToken(keyPrefix) ? 'token' : 'key'} ${keyPrefix} is limited${scope} to ${limitInWords(field, limit)}`
  if (kind === 'never') {
    if (limit === 0) return `${allowed}.`
    const hint =
      field === 'inputTokensPerRequest' ? '' : ' A smaller maximum of output tokens in the request may make it fit.'
    return `${allowed}; this request alone may need ${amount(requested)}.${hint}`
  }
  if (kind === 'concurrency') return `${allowed}, and ${used === 1 ? 'one runs' : `${amount(used)} run`} already.`
  const need = requested > 1 ? ` and this request may need ${amount(requested)}` : ''
  return `${allowed}; ${amount(used)} ${used === 1 ? 'is' : 'are'} used${need}. ${whenInWords(retryAt, now)}`
}

function whenInWords(retryAt: number | null, now: number): string {
  if (retryAt === null) return 'Waiting does not help: the operator can raise it.'
  const seconds = Math.max(1, Math.ceil((retryAt - now) / 1_000))
  return seconds <= 120 ? `It fits in ${seconds} s.` : `It fits at ${new Date(retryAt).toISOString()}.`
}
