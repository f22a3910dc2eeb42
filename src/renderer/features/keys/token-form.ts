/** The form of an ephemeral token: what its fields hold, what is wrong with them, and what they come to. Pure. */
import type { RouteInput } from '../../../shared/contract.ts'
import { checkIpRule } from '../../../shared/ip-rules.ts'
import type { PoolKey } from '../../../shared/models/key.ts'
import { MAX_TOKEN_SECONDS, MIN_TOKEN_SECONDS } from '../../../shared/token-span.ts'
import { addressLines } from './key-form.ts'
import { limitFieldId, limitProblems, limitsOf, noLimitTexts } from './limit-form.ts'
import type { LimitFieldId, LimitGroup, LimitTexts } from './limit-form.ts'
import { limitFields } from './limit-words.ts'

const MAX_ADDRESSES = 50
const MAX_MODELS = 500

export const lifeChoices = [
  { value: '15m', label: '15 min', seconds: 900 },
  { value: '1h', label: '1 h', seconds: 3_600 },
  { value: '8h', label: '8 h', seconds: 28_800 },
  { value: '24h', label: '24 h', seconds: 86_400 },
  { value: '7d', label: '7 d', seconds: MAX_TOKEN_SECONDS },
  { value: 'custom', label: 'Other', seconds: null },
] as const

export const lifeUnits = [
  { value: 'min', label: 'minutes', seconds: 60 },
  { value: 'h', label: 'hours', seconds: 3_600 },
  { value: 'd', label: 'days', seconds: 86_400 },
] as const

export interface Life {
  readonly choice: (typeof lifeChoices)[number]['value']
  /** What is typed for `custom`: a whole number of units. Empty where nothing is. */
  readonly amount: number | string
  readonly unit: (typeof lifeUnits)[number]['value']
}

export interface TokenForm {
  readonly name: string
  readonly life: Life
  readonly modelMode: 'all' | 'selected'
  readonly models: readonly string[]
  readonly limits: LimitTexts
  /** One rule per line. */
  readonly addresses: string
}

export const emptyTokenForm: TokenForm = {
  name: '',
  life: { choice: '1h', amount: 2, unit: 'h' },
  modelMode: 'all',
  models: [],
  limits: noLimitTexts,
  addresses: '',
}

/** Of a token that lives a week at most: budgets of a week and a month would bound nothing that "in total" does not. */
export const tokenLimitGroups: readonly LimitGroup[] = [
  { title: 'Requests', fields: ['requestsPerMinute', 'requestsPerHour', 'requestsPerDay'] },
  { title: 'Tokens', fields: ['tokensPerMinute', 'tokensPerDay'] },
  { title: 'Per request', fields: ['inputTokensPerRequest', 'outputTokensPerRequest'] },
  { title: 'At a time', fields: ['concurrentRequests'] },
  { title: 'Budget, USD', fields: ['budgetPerDay', 'budgetTotal'] },
]

/** Null where what is typed is no span that can be taken. */
export function lifeSeconds({ choice, amount, unit }: Life): number | null {
  const fixed = lifeChoices.find(({ value }) => value === choice)?.seconds ?? null
  if (fixed !== null) return fixed
  const whole = amount === '' ? Number.NaN : Number(amount)
  const seconds = whole * (lifeUnits.find(({ value }) => value === unit)?.seconds ?? Number.NaN)
  return Number.isInteger(whole) && seconds >= MIN_TOKEN_SECONDS && seconds <= MAX_TOKEN_SECONDS ? seconds : null
}

export type TokenFieldId = 'token-name' | 'token-life' | 'token-models' | 'token-addresses' | LimitFieldId

export interface TokenProblem {
  readonly fieldId: TokenFieldId
  /** Beside the button, where it stands alone. */
  readonly message: string
  /** At the field; null where beside the button is enough. */
  readonly inline: string | null
}

/** In the order of the fields. */
export function tokenProblems(form: TokenForm, key: Pick<PoolKey, 'modelPolicy'>): readonly TokenProblem[] {
  const life = lifeSeconds(form.life) === null ? 'Give a whole number, from 1 minute to 7 days.' : null
  return [
    ...nameProblems(form.name),
    ...problem('token-life', life, life === null ? null : `Lifetime: ${life}`),
    ...problem('token-models', modelsProblem(form, key)),
    ...limitProblems(form.limits, []),
    ...problem('token-addresses', addressesProblem(form)),
  ]
}

function problem(fieldId: TokenFieldId, inline: string | null, message = inline): TokenProblem[] {
  return inline === null || message === null ? [] : [{ fieldId, inline, message }]
}

/** Of an empty name nothing is said at the field: a line that appears when it is left would move what is clicked next. */
function nameProblems(name: string): TokenProblem[] {
  const wanted = name.trim()
  if (wanted === '') return [{ fieldId: 'token-name', message: 'Give the token a name.', inline: null }]
  return problem('token-name', wanted.length > 80 ? 'The name is longer than 80 characters.' : null)
}

function modelsProblem({ modelMode, models }: TokenForm, { modelPolicy }: Pick<PoolKey, 'modelPolicy'>): string | null {
  if (modelMode === 'all') return null
  if (models.length === 0) return 'Choose at least one model.'
  if (models.length > MAX_MODELS) return 'There are more than 500 models.'
  const stranger = modelPolicy.mode === 'selected' ? models.find((id) => !modelPolicy.models.includes(id)) : undefined
  return stranger === undefined ? null : `The key may not ask for ${stranger}, so its token cannot either.`
}

function addressesProblem(form: TokenForm): string | null {
  const lines = addressLines(form)
  if (lines.length > MAX_ADDRESSES) return `There are more than ${MAX_ADDRESSES} rules.`
  for (const line of lines) {
    const check = checkIpRule(line)
    if (!check.ok) return `${line}: ${check.problem}.`
  }
  return null
}

/** Of a form without problems. */
export function tokenDraftOf(form: TokenForm, keyId: string): RouteInput<'token.create'> {
  const seconds = lifeSeconds(form.life)
  return {
    keyId,
    name: form.name.trim(),
    ...(seconds === null ? {} : { ttlSeconds: seconds }),
    modelPolicy: form.modelMode === 'all' ? { mode: 'all' } : { mode: 'selected', models: [...form.models] },
    limits: limitsOf(form.limits),
    ipAllowlist: [...addressLines(form)],
  }
}

const fieldOfPath: readonly (readonly [string, TokenFieldId])[] = [
  ['name', 'token-name'],
  ['ttlSeconds', 'token-life'],
  ['modelPolicy', 'token-models'],
  ['ipAllowlist', 'token-addresses'],
  ...limitFields.map((field) => [`limits.${field}`, limitFieldId(field)] as const),
]

/** What the core said of single fields, at the fields of this form. */
export function refusedTokenFields(errors: Readonly<Record<string, string>>): readonly TokenProblem[] {
  return Object.entries(errors).flatMap(([path, message]) => {
    const found = fieldOfPath.find(([start]) => path === start || path.startsWith(`${start}.`))
    return found === undefined ? [] : problem(found[1], `Refused: ${message}.`)
  })
}
