/** How the simulator is to behave: what can be set, ready-made rehearsals, and a sentence that says it. Pure. */
import type { Problem } from '../../components/wizard-model.ts'
import { formatCount, formatMs, formatNoun } from '../../lib/format.ts'
import type { Typed } from '../../lib/optional-number.ts'
import type { Upstream } from './upstream-rows.ts'

export type Behaviour = NonNullable<Upstream['simulator']>
export type Fault = Behaviour['fault']
export const defaultBehaviour: Behaviour = {
  models: ['sim-chat', 'sim-reasoning', 'sim-tools', 'sim-embedding'],
  latencyMs: 0,
  chunkDelayMs: 0,
  words: 8,
  rateLimitHeaders: false,
  fault: 'none',
  faultStatus: 503,
  retryAfterSeconds: null,
  failEvery: 1,
  faultAfterChunks: 2,
}

const numbers = [
  'latencyMs',
  'chunkDelayMs',
  'words',
  'faultStatus',
  'retryAfterSeconds',
  'failEvery',
  'faultAfterChunks',
] as const
export type NumberField = (typeof numbers)[number]

export interface BehaviourForm extends Omit<Behaviour, NumberField | 'models'>, Readonly<Record<NumberField, Typed>> {
  readonly models: readonly string[]
}

export interface NumberSpec {
  readonly label: string
  readonly min: number
  readonly max: number
  readonly unit?: string
  readonly hint?: string
}

export const numberSpecs: Readonly<Record<NumberField, NumberSpec>> = {
  latencyMs: { label: 'Wait before the answer', min: 0, max: 600_000, unit: 'ms' },
  chunkDelayMs: { label: 'Wait between chunks', min: 0, max: 60_000, unit: 'ms', hint: 'Of streamed answers.' },
  words: { label: 'Words of the answer', min: 1, max: 10_000, hint: 'Each is one streamed chunk.' },
  failEvery: { label: 'Fail each n-th request', min: 1, max: 1_000, hint: '1 fails every request, 3 each third.' },
  faultStatus: { label: 'Status', min: 400, max: 599 },
  retryAfterSeconds: { label: 'Retry-After', min: 0, max: 86_400, unit: 's', hint: 'Blank sends none.' },
  faultAfterChunks: { label: 'Chunks before it', min: 0, max: 10_000 },
}

export const faultWords: Readonly<Record<Fault, string>> = {
  none: 'No fault',
  status: 'Answers with an error status',
  refuse_connection: 'Refuses the connection',
  hang_before_headers: 'Never answers',
  hang_mid_stream: 'Falls silent in mid-stream',
  drop_mid_stream: 'Drops the connection in mid-stream',
  end_early: 'Ends the stream early',
  malformed_event: 'Sends a broken event',
  truncated_json: 'Cuts the JSON off',
  wrong_content_type: 'Answers with a web page',
  error_event: 'Sends an error event',
}
export const faults = Object.keys(faultWords) as Fault[]

const midStream: ReadonlySet<Fault> = new Set([
  'hang_mid_stream',
  'drop_mid_stream',
  'end_early',
  'malformed_event',
  'error_event',
])

/** Which of the fields mean anything for this fault. */
export function fieldsOf(fault: Fault): readonly NumberField[] {
  if (fault === 'none') return []
  if (fault === 'status') return ['failEvery', 'faultStatus', 'retryAfterSeconds']
  return midStream.has(fault) ? ['failEvery', 'faultAfterChunks'] : ['failEvery']
}

export function behaviourForm(behaviour: Behaviour): BehaviourForm {
  return { ...behaviour, retryAfterSeconds: behaviour.retryAfterSeconds ?? '' }
}

export function numberProblem(field: NumberField, value: Typed): string | null {
  if (field === 'retryAfterSeconds' && value === '') return null
  const { min, max } = numberSpecs[field]
  const isFine = typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
  return isFine ? null : `A whole number from ${formatCount(min)} to ${formatCount(max)}.`
}

export function modelsProblem(models: readonly string[]): string | null {
  if (models.length > 50) return 'At most 50 models.'
  const wrong = models.find((id) => !/^[\x21-\x7e]{1,200}$/.test(id))
  return wrong === undefined ? null : `“${wrong}” is no model id.`
}

export const behaviourId = (field: NumberField | 'models' | 'fault'): string => `simulator-${field}`

export function behaviourProblems(form: BehaviourForm): readonly Problem[] {
  const shown = new Set<NumberField>(['latencyMs', 'chunkDelayMs', 'words', ...fieldsOf(form.fault)])
  const models = modelsProblem(form.models)
  return [
    ...numbers.flatMap((field) => {
      const wrong = shown.has(field) ? numberProblem(field, form[field]) : null
      return wrong === null ? [] : [{ message: `${numberSpecs[field].label}: ${wrong}`, fieldId: behaviourId(field) }]
    }),
    ...(models === null ? [] : [{ message: models, fieldId: behaviourId('models') }]),
  ]
}

/** Only of a form without problems. What the fault does not use stays as it was. */
export function behaviourOf(form: BehaviourForm, before: Behaviour): Behaviour {
  const whole = (field: NumberField): number =>
    numberProblem(field, form[field]) === null && form[field] !== '' ? Number(form[field]) : (before[field] ?? 0)
  return {
    models: [...form.models],
    latencyMs: whole('latencyMs'),
    chunkDelayMs: whole('chunkDelayMs'),
    words: whole('words'),
    rateLimitHeaders: form.rateLimitHeaders,
    fault: form.fault,
    faultStatus: whole('faultStatus'),
    retryAfterSeconds: form.retryAfterSeconds === '' ? null : whole('retryAfterSeconds'),
    failEvery: whole('failEvery'),
    faultAfterChunks: whole('faultAfterChunks'),
  }
}

export interface Rehearsal {
  readonly id: string
  readonly label: string
  readonly hint: string
  readonly patch: Partial<Behaviour>
}

const calm = { latencyMs: 0, chunkDelayMs: 0, fault: 'none', failEvery: 1, retryAfterSeconds: null } as const

/** What an operator wants to see clients live through, at one click. */
export const rehearsals: readonly Rehearsal[] = [
  { id: 'calm', label: 'Well', hint: 'Answers at once, without faults.', patch: calm },
  {
    id: 'slow',
    label: 'Slow',
    hint: 'Waits 2 s before the answer and 200 ms between chunks.',
    patch: { ...calm, latencyMs: 2_000, chunkDelayMs: 200 },
  },
  {
    id: 'outage',
    label: 'Outage',
    hint: 'Every request fails with status 503.',
    patch: { ...calm, fault: 'status', faultStatus: 503 },
  },
  {
    id: 'limited',
    label: 'Rate limited',
    hint: 'Every request fails with status 429 and Retry-After 30 s.',
    patch: { ...calm, fault: 'status', faultStatus: 429, retryAfterSeconds: 30 },
  },
  {
    id: 'refused',
    label: 'Key refused',
    hint: 'Every request fails with status 401: the upstream goes out of service until it is resumed.',
    patch: { ...calm, fault: 'status', faultStatus: 401 },
  },
  {
    id: 'flaky',
    label: 'Flaky',
    hint: 'Each third request fails with status 500.',
    patch: { ...calm, fault: 'status', faultStatus: 500, failEvery: 3 },
  },
  {
    id: 'drops',
    label: 'Drops streams',
    hint: 'Each second stream breaks off after 3 chunks.',
    patch: { ...calm, fault: 'drop_mid_stream', failEvery: 2, faultAfterChunks: 3 },
  },
  {
    id: 'silent',
    label: 'Never answers',
    hint: 'Takes every request and sends nothing back.',
    patch: { ...calm, fault: 'hang_before_headers' },
  },
]

export function isRehearsing(behaviour: Behaviour, { patch }: Rehearsal): boolean {
  const used = new Set<string>(['latencyMs', 'chunkDelayMs', 'fault', ...fieldsOf(behaviour.fault)])
  return Object.entries(patch).every(
    ([field, value]) => !used.has(field) || behaviour[field as keyof Behaviour] === value,
  )
}

/** "Answers after 200 ms with 8 words; each third request fails with status 503." */
export function behaviourSentence(behaviour: Behaviour): string {
  const { latencyMs, chunkDelayMs, words, fault, failEvery, faultStatus, retryAfterSeconds, faultAfterChunks } =
    behaviour
  const wait = latencyMs === 0 ? 'at once' : `after ${formatMs(latencyMs)}`
  const pace = chunkDelayMs === 0 ? '' : `, ${formatMs(chunkDelayMs)} apart`
  const answer = `Answers ${wait} with ${formatNoun(words, 'word')}${pace}`
  if (fault === 'none') return `${answer}. No fault.`
  const which = failEvery === 1 ? 'every request' : `one request in ${formatCount(failEvery)}`
  const what =
    fault === 'status'
      ? `fails with status ${faultStatus}${retryAfterSeconds === null ? '' : `, Retry-After ${formatCount(retryAfterSeconds)} s`}`
      : `${faultWords[fault].charAt(0).toLowerCase()}${faultWords[fault].slice(1)}`
  const when = midStream.has(fault) ? ` after ${formatNoun(faultAfterChunks, 'chunk')}` : ''
  return `${answer}; ${fault === 'status' ? `${which} ${what}` : `on ${which} it ${what}${when}`}.`
}
