/**
 * The form of an upstream: what is typed, what is wrong with it, and what it comes to as a draft or a patch. Pure. The core
 * checks all of it again; the rules here only say so sooner, at the field.
 */
import type { RouteInput, RouteOutput } from '../../../shared/contract.ts'
import { placeFields, placeProblem, type Place } from '../../components/member-place.ts'
import type { Problem } from '../../components/wizard-model.ts'
import { modelProblem } from '../../lib/model-id.ts'
import { optionalNumber, wholeProblem, type Typed } from '../../lib/optional-number.ts'
import { accountAddressProblem } from './account-target.ts'
import { baseUrlProblem, OPENAI_URL, proxyUrlProblem } from './address-rules.ts'
import { emptySecret, isBlank, secretFormFor, secretOf, secretProblems, type SecretForm } from './secret-form.ts'
import {
  behaviourForm,
  behaviourOf,
  behaviourProblems,
  defaultBehaviour,
  type BehaviourForm,
} from './simulator-form.ts'
import type { Upstream } from './upstream-rows.ts'

export type Pool = RouteOutput<'pool.list'>[number]
export type Draft = RouteInput<'upstream.create'>
export type Patch = RouteInput<'upstream.update'>['patch']
export type Membership = RouteInput<'upstream.assign'>['pools'][number]

export interface Member extends Place {
  readonly poolId: string
}

export interface UpstreamForm {
  readonly kind: Upstream['kind']
  readonly name: string
  readonly baseUrl: string
  readonly proxyUrl: string
  readonly notes: string
  readonly manualModels: readonly string[]
  /** Blank for any number. */
  readonly maxConcurrent: Typed
  readonly members: readonly Member[]
  /** The stored secret stays as it is; `secret` is not looked at. */
  readonly keepsSecret: boolean
  readonly secret: SecretForm
  readonly simulator: BehaviourForm
}

const MAX_NOTES = 2_000

export const fieldIds = {
  name: 'upstream-name',
  baseUrl: 'upstream-base-url',
  proxyUrl: 'upstream-proxy-url',
  notes: 'upstream-notes',
  models: 'upstream-models',
  maxConcurrent: 'upstream-max-concurrent',
  priority: (poolId: string) => `priority-${poolId}`,
  weight: (poolId: string) => `weight-${poolId}`,
} as const

export function newForm(kind: Upstream['kind'], members: readonly Member[] = []): UpstreamForm {
  return {
    kind,
    name: '',
    baseUrl: '',
    proxyUrl: '',
    notes: '',
    manualModels: [],
    maxConcurrent: '',
    members,
    keepsSecret: false,
    secret: emptySecret,
    simulator: behaviourForm(defaultBehaviour),
  }
}

export function formOf(upstream: Upstream, pools: readonly Pool[]): UpstreamForm {
  return {
    kind: upstream.kind,
    name: upstream.name,
    baseUrl: upstream.kind === 'simulator' ? '' : upstream.baseUrl,
    proxyUrl: upstream.proxyUrl ?? '',
    notes: upstream.notes,
    manualModels: upstream.manualModels,
    maxConcurrent: upstream.maxConcurrent ?? '',
    members: membersOf(upstream.id, pools),
    keepsSecret: upstream.secret !== null,
    secret: secretFormFor(upstream.secret),
    simulator: behaviourForm(upstream.simulator ?? defaultBehaviour),
  }
}

export function membersOf(upstreamId: string, pools: readonly Pool[]): readonly Member[] {
  return pools.flatMap(({ id, assignments }) => {
    const own = assignments.find((each) => each.upstreamId === upstreamId)
    return own === undefined ? [] : [{ poolId: id, priority: own.priority, weight: own.weight, enabled: own.enabled }]
  })
}

export function nameProblem(name: string): string | null {
  if (name.trim() === '') return 'Give the upstream a name.'
  return name.trim().length > 80 ? 'The name has at most 80 characters.' : null
}

export function modelsProblem(models: readonly string[]): string | null {
  if (models.length > 500) return 'At most 500 model ids.'
  const wrong = models.find((id) => modelProblem(id) !== null)
  return wrong === undefined ? null : `“${wrong}”: ${modelProblem(wrong) ?? ''}`
}

export function concurrencyProblem({ maxConcurrent }: Pick<UpstreamForm, 'maxConcurrent'>): string | null {
  return wholeProblem(maxConcurrent, { min: 1, max: 10_000 })
}

/** Address and credential: what a check looks at. */
export function connectionProblems(form: UpstreamForm): readonly Problem[] {
  if (form.kind === 'simulator') return []
  const baseUrl =
    baseUrlProblem(form.kind, form.baseUrl) ?? (form.kind === 'chatgpt' ? accountAddressProblem(form.baseUrl) : null)
  const proxyUrl = proxyUrlProblem(form.proxyUrl)
  return [
    ...(baseUrl === null ? [] : [{ message: baseUrl, fieldId: fieldIds.baseUrl }]),
    ...(form.keepsSecret ? [] : secretProblems(form.kind, form.secret)),
    ...(proxyUrl === null ? [] : [{ message: `Proxy: ${proxyUrl}`, fieldId: fieldIds.proxyUrl }]),
  ]
}

export function memberProblems(members: readonly Member[], poolName: (id: string) => string): readonly Problem[] {
  return members.flatMap((member) =>
    placeFields.flatMap((field) =>
      placeProblem(member, field) === null
        ? []
        : [{ message: `${poolName(member.poolId)}: correct the ${field}.`, fieldId: fieldIds[field](member.poolId) }],
    ),
  )
}

export function formProblems(form: UpstreamForm, poolName: (id: string) => string): readonly Problem[] {
  const name = nameProblem(form.name)
  const models = form.kind === 'simulator' ? null : modelsProblem(form.manualModels)
  const load = concurrencyProblem(form)
  return [
    ...(name === null ? [] : [{ message: name, fieldId: fieldIds.name }]),
    ...connectionProblems(form),
    ...(form.kind === 'simulator' ? behaviourProblems(form.simulator) : []),
    ...(models === null ? [] : [{ message: models, fieldId: fieldIds.models }]),
    ...(load === null ? [] : [{ message: `Requests at the same time: ${load}`, fieldId: fieldIds.maxConcurrent }]),
    ...memberProblems(form.members, poolName),
    ...(form.notes.length > MAX_NOTES
      ? [{ message: 'The notes have at most 2,000 characters.', fieldId: fieldIds.notes }]
      : []),
  ]
}

/** Only of a form without problems; the name may be missing where only the connection is checked. */
export function draftOf(form: UpstreamForm): Draft {
  const common = {
    kind: form.kind,
    name: form.name.trim() || 'Unnamed',
    notes: form.notes.trim(),
    maxConcurrent: optionalNumber(form.maxConcurrent),
  }
  if (form.kind === 'simulator') return { ...common, simulator: behaviourOf(form.simulator, defaultBehaviour) }
  const baseUrl = form.baseUrl.trim()
  return {
    ...common,
    ...(baseUrl === '' ? {} : { baseUrl }),
    proxyUrl: form.proxyUrl.trim() || null,
    manualModels: form.manualModels.map((id) => id.trim()),
    ...(isBlank(form.secret) ? {} : { secret: secretOf(form.secret) }),
  }
}

/** What differs from the upstream as it was when the form was opened, so that nobody else's change is written over. */
export function patchOf(form: UpstreamForm, before: UpstreamForm): Patch {
  const [now, then] = [fieldsOf(form), fieldsOf(before)]
  return Object.fromEntries(
    Object.entries(now).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(then[name as keyof Patch])),
  )
}

function fieldsOf(form: UpstreamForm): Patch {
  const common = {
    name: form.name.trim(),
    notes: form.notes.trim(),
    maxConcurrent: optionalNumber(form.maxConcurrent),
  }
  if (form.kind === 'simulator') return { ...common, simulator: behaviourOf(form.simulator, defaultBehaviour) }
  return {
    ...common,
    baseUrl: form.baseUrl.trim() || OPENAI_URL,
    proxyUrl: form.proxyUrl.trim() || null,
    manualModels: form.manualModels.map((id) => id.trim()),
  }
}

export function isConnectionChanged(form: UpstreamForm, before: UpstreamForm): boolean {
  if (form.kind === 'simulator') return false
  const patch = patchOf(form, before)
  return 'baseUrl' in patch || 'proxyUrl' in patch || newSecretOf(form, before) !== undefined
}

/** What is to replace the stored secret; undefined where it stays, also where there was none and there is none. */
export function newSecretOf(form: UpstreamForm, before: UpstreamForm) {
  if (form.kind === 'simulator' || form.keepsSecret) return undefined
  return before.keepsSecret || !isBlank(form.secret) ? secretOf(form.secret) : undefined
}

export function membershipsOf(members: readonly Member[]): Membership[] {
  return members.map(({ poolId, priority, weight, enabled }) => ({
    poolId,
    priority: Number(priority),
    weight: Number(weight),
    enabled,
  }))
}

export function areMembersChanged(now: readonly Member[], before: readonly Member[]): boolean {
  const text = (members: readonly Member[]) =>
    JSON.stringify(membershipsOf(members).sort((a, b) => (a.poolId < b.poolId ? -1 : 1)))
  return text(now) !== text(before)
}

export function isChanged(form: UpstreamForm, before: UpstreamForm): boolean {
  return JSON.stringify(form) !== JSON.stringify(before)
}
