/** The step that says what each limit of a key makes of a request. */
import type { DoctorFact } from '../../shared/models/doctor.ts'
import type { LimitField } from '../../shared/models/limit.ts'
import { dollarsInWords, limitLabel } from '../../shared/limit-policy.ts'
import type { ExplainWorld, Finding } from './explain-world.ts'
import { count, fact, passed, refused, type Fix } from './explain-step.ts'
import { LimitRefused } from './limit-error.ts'
import { WARN_AT } from './limit-headers.ts'
import { isLimited, type LimitedPlan } from './limited-request.ts'
import type { Quote } from './limiter.ts'
import type { LimitRefusal, LimitVerdict } from './limits/verdict.ts'
import { isToken } from './pool-key.ts'

/** From this share on a caller is warned. */
const NEAR = Math.min(...WARN_AT)

export function explainLimits({ ledger }: ExplainWorld, asked: LimitedPlan, quote: Quote): Finding {
  const { key, token, facts: asks } = asked
  const { ask, outputCap, isMeasured } = quote
  if (!isLimited(asked)) {
    return passed('limits', { summary: token === null ? 'The key has no limits.' : 'Key and token have no limits.' })
  }
  const verdicts = ledger.verdicts(key, ask)
  const ofToken = token === null ? [] : ledger.verdicts(token, ask)
  const isCut = outputCap !== null && (asks.maxOutput === null || asks.maxOutput > outputCap)
  const facts: DoctorFact[] = [
    ...(isMeasured
      ? [fact('Counted for this request', `${count(ask.input)} tokens in, ${count(ask.output)} out at most`)]
      : []),
    ...verdicts.map((verdict) => limitFact(verdict, verdict.model)),
    ...ofToken.map((verdict) => limitFact(verdict, 'this token')),
    ...(isCut ? [fact('Output', `ended at ${count(outputCap)} tokens`)] : []),
  ]
  // In the order in which they are charged.
  const refusal = ledger.check(key, ask) ?? (token === null ? null : ledger.check(token, ask))
  if (refusal !== null) return refused('limits', new LimitRefused(refusal, ask.at), fixFor(refusal, key.id), facts)
  if (verdicts.length + ofToken.length === 0) {
    return passed('limits', { summary: 'No limit of the key applies to this model.', facts })
  }
  const isNear = facts.some(({ verdict }) => verdict === 'warning')
  return isNear
    ? passed('limits', { summary: 'It fits, and little is left then.', facts }, 'warning')
    : passed('limits', { summary: 'It fits under every limit.', facts })
}

const PER_REQUEST: ReadonlySet<LimitField> = new Set(['inputTokensPerRequest', 'outputTokensPerRequest'])

/** `of`: what the limit is for beside the key as a whole. */
function limitFact(verdict: LimitVerdict, of: string | null): DoctorFact {
  const { field, limit, raisedBy, used, requested, refusal, emptyAt } = verdict
  const amount = (value: number) => (field.startsWith('budget') ? dollarsInWords(value) : count(value))
  const label = of === null ? limitLabel(field) : `${limitLabel(field)}, ${of}`
  if (limit === 0) return fact(label, '0: denied', { verdict: 'fail' })
  if (PER_REQUEST.has(field)) {
    const isInput = field === 'inputTokensPerRequest'
    const value = isInput ? `${amount(requested)} of ${amount(limit)}` : `${amount(limit)} at most`
    return fact(label, value, { verdict: refusal === null ? 'pass' : 'fail' })
  }
  const raised = raisedBy === 0 ? '' : ` (raised by ${amount(raisedBy)} for now)`
  const state = `${amount(used)} of ${amount(limit)}${raised} used, ${amount(requested)} asked for`
  if (refusal === null) {
    const isNear = field !== 'concurrentRequests' && used + requested >= limit * NEAR
    const isTimed = used > 0 && emptyAt !== null
    return fact(label, isTimed ? `${state}; all free again` : state, {
      verdict: isNear ? 'warning' : 'pass',
      at: isTimed ? emptyAt : null,
    })
  }
  const { retryAt, kind } = refusal
  const end =
    retryAt !== null
      ? 'fits'
      : kind === 'never'
        ? 'can never fit'
        : kind === 'concurrency'
          ? 'fits when one ends'
          : 'waiting does not help'
  return fact(label, `${state}; ${end}`, { verdict: 'fail', at: retryAt })
}

function fixFor({ kind, field, limit, keyPrefix }: LimitRefusal, keyId: string): Fix {
  if (isToken(keyPrefix)) return tokenFix(kind, keyId)
  const path = `/keys/${keyId}/edit?step=limits`
  const name = limitLabel(field).toLowerCase()
  if (limit === 0) return { text: `Lift the 0 for ${name}: it denies every request.`, path }
  if (kind === 'never') return { text: `Ask for less, or raise ${name}: this request alone is more.`, path }
  if (kind === 'concurrency') return { text: `Wait until a request ends, or raise ${name}.`, path }
  return { text: `Wait until it frees, or raise ${name}.`, path }
}

/** The limits of a token stay as they were made. */
function tokenFix(kind: LimitRefusal['kind'], keyId: string): Fix {
  const path = `/keys/${keyId}`
  if (kind === 'never') return { text: 'Ask for less, or make a new token with a higher limit.', path }
  const wait = kind === 'concurrency' ? 'Wait until a request ends' : 'Wait until it frees'
  return { text: `${wait}, or make a new token with a higher limit.`, path }
}
