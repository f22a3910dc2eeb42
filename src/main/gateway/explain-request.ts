/** The steps that look at what is asked: its size, its model, who may serve it, what it costs, and the limits. */
import type { DoctorFact, DoctorStepId } from '../../shared/models/doctor.ts'
import type { AppError } from '../../shared/errors.ts'
import { dollarsInWords } from '../../shared/limit-policy.ts'
import { admit } from './admit.ts'
import { sizeRefusal } from './body.ts'
import { explainLimits } from './explain-limits.ts'
import type { ExplainWorld, Explanation, Finding, Hypothesis } from './explain-world.ts'
import { attempted, count, fact, passed, refused, skipped, type Fix } from './explain-step.ts'
import { explainUpstreams, planned } from './explain-upstreams.ts'
import type { OpenedKey } from './explain-key.ts'
import type { Quote } from './limiter.ts'
import { modelAt } from './model-at.ts'
import { permit, type PermitQuestion } from './permit.ts'
import type { KeyRecord, TokenRecord } from './ports.ts'
import type { Routed } from './stages.ts'

interface ExplainedRequest extends Pick<Explanation, 'asked' | 'sent'> {
  readonly findings: readonly Finding[]
}

type Planned = PermitQuestion & Pick<Routed, 'grant' | 'plan'>

const AFTER_MODEL = ['fields', 'upstreams', 'price', 'limits'] as const satisfies DoctorStepId[]
const AFTER_PLAN = ['price', 'limits'] as const satisfies DoctorStepId[]

export function explainRequest(
  world: ExplainWorld,
  asked: Hypothesis,
  { key, token, pool }: OpenedKey,
): ExplainedRequest {
  const size = explainSize(world, asked)
  const stop = (findings: readonly Finding[], ids: readonly DoctorStepId[], why: string): ExplainedRequest => {
    const rest = ids.map((id) => skipped(id, `Not looked at: ${why}.`))
    return { findings: [size, ...findings, ...rest], asked: null, sent: null }
  }
  if (key === null) return stop([], ['model', ...AFTER_MODEL], 'no key is known')
  if (pool === undefined) return stop([], ['model', ...AFTER_MODEL], 'the Pool of the key is gone')

  const { dialect, session } = asked
  const told = { dialect, headers: { session, turnState: null } }
  const read = attempted(() => admit(told, { key, token, pool, graceUntil: null }, bodyOf(asked)))
  if (read.refusal !== null) {
    const fix = {
      text: 'Name a model in the request, or let the key enforce one.',
      path: `/keys/${key.id}/edit?step=models`,
    }
    return stop([refused('model', read.refusal, fix)], AFTER_MODEL, 'the request names no model')
  }
  const admitted = read.value
  const model = explainModel(admitted)
  if (model.refusal !== null) return stop([model], AFTER_MODEL, 'the model is not allowed')
  world.limiter.assume(admitted.fields.bytes, asked.inputTokens)

  const found = planned(world, admitted)
  const before = [model, explainFields(admitted), explainUpstreams(world, admitted, found)]
  if (found.refusal !== null) return stop(before, AFTER_PLAN, 'no upstream may serve the request')

  const quoted = attempted(() => world.limiter.quote(found.value))
  const price = explainPrice(world, found.value, quoted)
  if (quoted.refusal !== null) return stop([...before, price], ['limits'], 'the model has no price')
  const limits = explainLimits(world, found.value, quoted.value)
  const [first] = quoted.value.plan.candidates
  const sent = first === undefined ? null : { upstreamId: first.id, model: modelAt(found.value.grant, first.id) }
  return { findings: [size, ...before, price, limits], asked: found.value, sent }
}

const MAXIMA = { chat: 'max_completion_tokens', responses: 'max_output_tokens', embeddings: null } as const

/** Stands for the client's body: all that the gateway reads of it, without what it says. */
function bodyOf({ dialect, model, outputTokens, serviceTier, stream }: Hypothesis): Buffer {
  const maximum = MAXIMA[dialect]
  return Buffer.from(
    JSON.stringify({
      ...(model === '' ? {} : { model }),
      ...(stream ? { stream } : {}),
      ...(serviceTier === null ? {} : { service_tier: serviceTier }),
      ...(maximum === null || outputTokens === null ? {} : { [maximum]: outputTokens }),
    }),
  )
}

function explainSize({ directory: { settings } }: ExplainWorld, { inputBytes }: Hypothesis): Finding {
  if (inputBytes === null) return skipped('size', 'No size in bytes is given.')
  const most = settings['gateway.maxBodyBytes']
  const facts = [fact('Bytes', `${count(inputBytes)} of ${count(most)} at most`)]
  const refusal = sizeRefusal(inputBytes, settings)
  if (refusal === null) return passed('size', { summary: 'The body is not too large.', facts })
  const text = 'Send less, or raise the setting gateway.maxBodyBytes.'
  return refused('size', refusal, { text, path: '/settings?q=gateway.maxBodyBytes' }, facts)
}

function explainModel(admitted: PermitQuestion): Finding {
  const { key, token, pool, facts: asks } = admitted
  const { enforced } = key
  const allowed = pool.models?.allowed ?? null
  const granted = attempted(() => permit(admitted))
  const facts: DoctorFact[] = [
    fact('Asked for', asks.model),
    ...(enforced.model === null ? [] : [fact('Enforced by the key', enforced.model)]),
    ...(granted.value === null ? [] : [fact('Sent as', granted.value.model)]),
    fact('The key allows', policyInWords(key)),
    ...(token === null ? [] : [fact('The token allows', policyInWords(token))]),
    fact('The Pool allows', allowed === null ? 'all models' : modelsInWords(allowed)),
  ]
  if (granted.refusal !== null) return refused('model', granted.refusal, modelFix(granted.refusal, admitted), facts)
  const who = token === null ? 'Key and Pool' : 'Key, token and Pool'
  return passed('model', { summary: `${who} let the model pass.`, facts })
}

function modelFix({ details }: AppError, { key, pool }: PermitQuestion): Fix {
  switch (details?.['rule']) {
    case 'allowedModels':
      return { text: 'Let the Pool offer the model, or ask for one that it offers.', path: `/pools/${pool.id}/edit` }
    case 'tokenModelPolicy':
      return { text: 'Make a new token that allows the model, or ask for one that it allows.', path: `/keys/${key.id}` }
    default:
      return {
        text: 'Add the model to the key, or ask for one that it allows.',
        path: `/keys/${key.id}/edit?step=models`,
      }
  }
}

function policyInWords({ modelPolicy: { mode }, selectedModels }: KeyRecord | TokenRecord): string {
  if (mode === 'selected') return modelsInWords(selectedModels)
  return mode === 'all' ? 'all models' : 'none'
}

const SHOWN_MODELS = 5

function modelsInWords(models: ReadonlySet<string> | null): string {
  const names = [...(models ?? [])]
  const rest = names.length - SHOWN_MODELS
  return names.length === 0
    ? 'none'
    : `${names.slice(0, SHOWN_MODELS).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

/** `permit` let the model pass before. */
function explainFields(admitted: PermitQuestion): Finding {
  const { key, facts: asks, dialect } = admitted
  const { effort, serviceTier } = permit(admitted)
  const facts = [
    ...(key.enforced.model === null ? [] : [fact('Model', `${key.enforced.model} instead of ${asks.model}`)]),
    ...(key.enforced.effort === null ? [] : [fact('Effort', effort ?? 'left out: embeddings know none')]),
    ...(key.enforced.serviceTier === null
      ? []
      : [fact('Service tier', serviceTier ?? 'left out: embeddings know none')]),
  ]
  if (facts.length === 0) return passed('fields', { summary: 'The key enforces nothing: as the client asks.' })
  const summary =
    dialect === 'embeddings'
      ? 'Only a model is enforced on embeddings.'
      : 'The key sets these, whatever the client asks.'
  return passed('fields', { summary, facts })
}

type Quoted = ReturnType<typeof attempted<Quote>>

function explainPrice({ prices }: ExplainWorld, { key, grant, plan }: Planned, { value, refusal }: Quoted): Finding {
  const isBudgeted = refusal !== null || value.ask.costNanos !== null
  const unpriced = plan.candidates.filter(({ id }) => prices.rates(modelAt(grant, id), id) === null)
  const facts: DoctorFact[] = plan.candidates.map(({ id, name }) => {
    const rates = prices.rates(modelAt(grant, id), id)
    if (rates === null) return fact(name, 'no price', { verdict: isBudgeted ? 'warning' : null })
    const perMillion = (rate: number) => dollarsInWords(rate * 1_000)
    return fact(name, `${perMillion(rates.input)} in, ${perMillion(rates.output)} out per million tokens`)
  })
  if (refusal !== null) {
    const text = 'Set a price for the model, or let the key use models without one.'
    return refused('price', refusal, { text, path: '/prices' }, facts)
  }
  if (!isBudgeted) return passed('price', { summary: 'No budget applies, so no price is needed.', facts })
  const most = fact('This request, at most', dollarsInWords(value.ask.costNanos ?? 0))
  const isKnown = unpriced.length < plan.candidates.length
  if (unpriced.length === 0) return passed('price', { summary: 'The model has a price.', facts: [...facts, most] })
  const fix = { text: 'Set a price for the model.', path: '/prices' }
  const summary =
    key.unpriced === 'refuse'
      ? 'Where the model has no price it is not tried: a budget applies.'
      : 'Where the model has no price, no budget can count it.'
  return passed('price', { summary, facts: isKnown ? [...facts, most] : facts, fix }, 'warning')
}
