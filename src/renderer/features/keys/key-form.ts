/** The form of a key: what its fields hold, what is wrong with them, and what they come to as a draft or an edit. Pure. */
import type { RouteInput } from '../../../shared/contract.ts'
import { checkIpRule } from '../../../shared/ip-rules.ts'
import type { KeyPatch, PoolKey, ReasoningEffort } from '../../../shared/models/key.ts'
import { findJsonFault, readJsonObject } from '../../components/json-fault.ts'
import type { Problem } from '../../components/wizard-model.ts'
import { modelProblem } from '../../lib/model-id.ts'
import { expiryProblem, neverExpires, type Expiry } from './expiry.ts'

export const efforts = [
  'minimal',
  'low',
  'medium',
  'high',
  'xhigh',
  'max',
  'ultra',
] as const satisfies readonly ReasoningEffort[]

export interface KeyForm {
  readonly poolId: string
  readonly name: string
  readonly owner: string
  readonly expiry: Expiry
  /** One rule per line. */
  readonly addresses: string
  readonly notes: string
  /** JSON as text. */
  readonly metadata: string
  readonly modelMode: PoolKey['modelPolicy']['mode']
  readonly models: readonly string[]
  readonly enforcedModel: string
  readonly effort: ReasoningEffort | null
  readonly serviceTier: string
  readonly upstreamMode: 'all' | 'selected'
  readonly upstreamIds: readonly string[]
}

export function emptyForm(poolId: string): KeyForm {
  return {
    poolId,
    name: '',
    owner: '',
    expiry: neverExpires,
    addresses: '',
    notes: '',
    metadata: '',
    modelMode: 'all',
    models: [],
    enforcedModel: '',
    effort: null,
    serviceTier: '',
    upstreamMode: 'all',
    upstreamIds: [],
  }
}

export function formOf(key: PoolKey): KeyForm {
  const { modelPolicy, enforced, allowedUpstreams, expiresAt } = key
  return {
    poolId: key.poolId,
    name: key.name,
    owner: key.owner ?? '',
    expiry: expiresAt === null ? neverExpires : { choice: 'keep', at: expiresAt, typed: '' },
    addresses: key.ipAllowlist.join('\n'),
    notes: key.notes,
    metadata: Object.keys(key.metadata).length === 0 ? '' : JSON.stringify(key.metadata, null, 2),
    modelMode: modelPolicy.mode,
    models: modelPolicy.mode === 'selected' ? modelPolicy.models : [],
    enforcedModel: enforced.model ?? '',
    effort: enforced.effort,
    serviceTier: enforced.serviceTier ?? '',
    upstreamMode: allowedUpstreams === null ? 'all' : 'selected',
    upstreamIds: allowedUpstreams ?? [],
  }
}

export function addressLines(form: Pick<KeyForm, 'addresses'>): readonly string[] {
  return form.addresses
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

type KeyFields = Required<Omit<RouteInput<'key.create'>, 'poolId'>>

/** Of a form without problems. */
function fieldsOf(form: KeyForm): KeyFields {
  return {
    name: form.name.trim(),
    owner: textOrNull(form.owner),
    expiresAt: form.expiry.at,
    ipAllowlist: [...addressLines(form)],
    notes: form.notes,
    metadata: readJsonObject(form.metadata) as KeyFields['metadata'],
    modelPolicy:
      form.modelMode === 'selected' ? { mode: 'selected', models: [...form.models] } : { mode: form.modelMode },
    enforced: {
      model: textOrNull(form.enforcedModel),
      effort: form.effort,
      serviceTier: textOrNull(form.serviceTier),
    },
    allowedUpstreams: form.upstreamMode === 'all' ? null : [...form.upstreamIds],
  }
}

export function draftOf(form: KeyForm): RouteInput<'key.create'> {
  return { poolId: form.poolId, ...fieldsOf(form) }
}

/** Only what differs from the key, so that an edit leaves alone what others changed meanwhile. */
export function patchOf(form: KeyForm, key: PoolKey): KeyPatch {
  const after = fieldsOf(form)
  const before: Record<string, unknown> = fieldsOf(formOf(key))
  const changed = Object.entries(after).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name]),
  )
  return Object.fromEntries(changed) as KeyPatch
}

/** What takes an edit back: the old values of the fields that it changed. */
export function inverseOf(patch: KeyPatch, key: PoolKey): KeyPatch {
  const before = Object.entries(fieldsOf(formOf(key))).filter(([name]) => Object.hasOwn(patch, name))
  return Object.fromEntries(before) as KeyPatch
}

function textOrNull(text: string): string | null {
  return text.trim() === '' ? null : text.trim()
}

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

export interface FieldProblem extends Problem {
  readonly fieldId: FieldId
  readonly step: StepId
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
  return [...inStep('basics', basics), ...inStep('models', models)]
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
]

/** What the core said of single fields, at the fields of this form. */
export function refusedFields(errors: Readonly<Record<string, string>>): readonly FieldProblem[] {
  return Object.entries(errors).flatMap(([path, message]) => {
    const found = fieldOfPath.find(([start]) => path === start || path.startsWith(`${start}.`))
    return found === undefined ? [] : [{ fieldId: found[1], step: found[2], message: `Refused: ${message}.` }]
  })
}
