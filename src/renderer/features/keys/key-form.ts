/** The form of a key: what its fields hold, and what they come to as a draft or an edit. Pure. */
import type { RouteInput } from '../../../shared/contract.ts'
import type { KeyPatch, PoolKey, ReasoningEffort } from '../../../shared/models/key.ts'
import type { UnpricedPolicy } from '../../../shared/models/limit.ts'
import { readJsonObject } from '../../components/json-fault.ts'
import { neverExpires, type Expiry } from './expiry.ts'
import {
  limitsOf,
  limitTextsOf,
  noLimitTexts,
  overrideFormsOf,
  overridesOf,
  type LimitTexts,
  type OverrideForm,
} from './limit-form.ts'
import { defaultThresholds } from './threshold-form.ts'

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
  readonly limits: LimitTexts
  readonly overrides: readonly OverrideForm[]
  readonly unpriced: UnpricedPolicy
  /** Percent, ascending. */
  readonly thresholds: readonly number[]
  /** By itself: the operator may in any case. */
  readonly canMakeTokens: boolean
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
    limits: noLimitTexts,
    overrides: [],
    unpriced: 'refuse',
    thresholds: defaultThresholds,
    canMakeTokens: false,
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
    limits: limitTextsOf(key.limits),
    overrides: overrideFormsOf(key.limitOverrides),
    unpriced: key.unpriced,
    thresholds: key.alertThresholds.toSorted((a, b) => a - b),
    canMakeTokens: key.canMakeTokens,
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
    limits: limitsOf(form.limits),
    limitOverrides: overridesOf(form.overrides),
    unpriced: form.unpriced,
    alertThresholds: [...form.thresholds],
    canMakeTokens: form.canMakeTokens,
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
export function inverseOf(patch: RouteInput<'key.update'>['patch'], key: PoolKey): KeyPatch {
  const before = fieldsOf(formOf(key))
  const kept = new Set(patch.limitOverrides?.map(({ id }) => id))
  // A row that the edit took away comes back as a new one: its id is the key's no more.
  const limitOverrides = before.limitOverrides?.map(({ id, ...row }) => (kept.has(id) ? { id, ...row } : row))
  const changed = Object.entries({ ...before, limitOverrides }).filter(([name]) => Object.hasOwn(patch, name))
  return Object.fromEntries(changed) as KeyPatch
}

function textOrNull(text: string): string | null {
  return text.trim() === '' ? null : text.trim()
}
