/** What is wrong with the form of a key, field by field: by our own look, and by what the core said. Pure. */
import { checkIpRule } from '../../../shared/ip-rules.ts'
import { findJsonFault, readJsonObject } from '../../components/json-fault.ts'
import type { Problem } from '../../components/wizard-model.ts'
import { modelProblem } from '../../lib/model-id.ts'
import { expiryProblem } from './expiry.ts'
import { addressLines, type KeyForm } from './key-form.ts'
import { limitFieldId, limitProblems, type LimitFieldId } from './limit-form.ts'
import { limitFields } from './limit-words.ts'

export type StepId = 'basics' | 'models' | 'limits' | 'review'
export type FieldId =
  | 'key-pool'
  | 'key-name'
  | 'key-owner'
  | 'key-expiry'
  | 'key-addresses'
  | 'key-notes'
  | 'key-metadata'
  | 'key-models'
  | 'key-enforced-model'
  | 'key-effort'
  | 'key-tier'
  | 'key-upstreams'
  | 'key-thresholds'
  | LimitFieldId

export interface FieldProblem extends Problem {
  readonly fieldId: FieldId
  readonly step: StepId
  /** At the field itself, where that says less than the list of problems. */
  readonly inline?: string
}

export interface FormWorld {
  readonly now: number
  /** Names of the other keys of the Pool. */
  readonly siblings: readonly string[]
}

export function problemsOf(form: KeyForm, world: FormWorld): readonly FieldProblem[] {
  const basics: readonly (readonly [FieldId, string | null])[] = [
    ['key-pool', form.poolId === '' ? 'Choose the Pool that the key belongs to.' : null],
    ['key-name', nameProblem(form.name, world.siblings)],
    ['key-owner', form.owner.trim().length > 120 ? 'The owner is longer than 120 characters.' : null],
    ['key-expiry', expiryProblem(form.expiry, world.now)],
    ['key-addresses', addressProblem(form)],
    ['key-notes', form.notes.length > 2_000 ? 'The notes are longer than 2,000 characters.' : null],
    ['key-metadata', metadataProblem(form.metadata)],
  ]
  const models: readonly (readonly [FieldId, string | null])[] = [
    ['key-models', modelsProblem(form)],
    ['key-enforced-model', form.enforcedModel.trim() === '' ? null : modelProblem(form.enforcedModel)],
    ['key-tier', tierProblem(form.serviceTier)],
    [
      'key-upstreams',
      form.upstreamMode === 'selected' && form.upstreamIds.length === 0 ? 'Choose at least one upstream.' : null,
    ],
  ]
  return [
    ...inStep('basics', basics),
    ...inStep('models', models),
    ...limitProblems(form.limits, form.overrides).map((problem) => ({ ...problem, step: 'limits' as const })),
  ]
}

function inStep(step: StepId, checks: readonly (readonly [FieldId, string | null])[]): FieldProblem[] {
  return checks.flatMap(([fieldId, message]) => (message === null ? [] : [{ fieldId, message, step }]))
}

function nameProblem(name: string, siblings: readonly string[]): string | null {
  const wanted = name.trim().toLowerCase()
  if (wanted === '') return 'Give the key a name.'
  if (wanted.length > 80) return 'The name is longer than 80 characters.'
  return siblings.some((each) => each.toLowerCase() === wanted) ? 'The Pool has a key of this name already.' : null
}

function addressProblem(form: KeyForm): string | null {
  const lines = addressLines(form)
  if (lines.length > 200) return 'There are more than 200 rules.'
  for (const line of lines) {
    const check = checkIpRule(line)
    if (!check.ok) return `${line}: ${check.problem}.`
  }
  return null
}

function metadataProblem(text: string): string | null {
  const fault = findJsonFault(text)
  if (fault !== null) return `Metadata: ${fault}`
  const value = readJsonObject(text)
  if (Object.keys(value).some((name) => name === '' || name.length > 60)) {
    return 'Metadata: a name must have 1 to 60 characters.'
  }
  return JSON.stringify(value).length > 4_096 ? 'Metadata: at most 4,096 characters as JSON.' : null
}

function modelsProblem(form: KeyForm): string | null {
  if (form.modelMode !== 'selected') return null
  if (form.models.length === 0) return 'Choose at least one model.'
  return form.models.length > 500 ? 'There are more than 500 models.' : null
}

function tierProblem(tier: string): string | null {
  const text = tier.trim()
  if (text === '') return null
  if (text.length > 40) return 'A service tier has at most 40 characters.'
  return /^[a-z0-9_-]+$/.test(text) ? null : 'A service tier has small letters, digits, “-” and “_” only.'
}

const fieldOfPath: readonly (readonly [string, FieldId, StepId])[] = [
  ['poolId', 'key-pool', 'basics'],
  ['name', 'key-name', 'basics'],
  ['owner', 'key-owner', 'basics'],
  ['expiresAt', 'key-expiry', 'basics'],
  ['ipAllowlist', 'key-addresses', 'basics'],
  ['notes', 'key-notes', 'basics'],
  ['metadata', 'key-metadata', 'basics'],
  ['modelPolicy', 'key-models', 'models'],
  ['enforced.model', 'key-enforced-model', 'models'],
  ['enforced.effort', 'key-effort', 'models'],
  ['enforced.serviceTier', 'key-tier', 'models'],
  ['allowedUpstreams', 'key-upstreams', 'models'],
  ...limitFields.map((field) => [`limits.${field}`, limitFieldId(field), 'limits'] as const),
  ['limitOverrides', 'key-overrides', 'limits'],
  ['unpriced', 'key-unpriced', 'limits'],
  ['alertThresholds', 'key-thresholds', 'limits'],
]

/** What the core said of single fields, at the fields of this form. */
export function refusedFields(errors: Readonly<Record<string, string>>): readonly FieldProblem[] {
  return Object.entries(errors).flatMap(([path, message]) => {
    const found = fieldOfPath.find(([start]) => path === start || path.startsWith(`${start}.`))
    return found === undefined ? [] : [{ fieldId: found[1], step: found[2], message: `Refused: ${message}.` }]
  })
}
