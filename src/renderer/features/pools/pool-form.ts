/**
 * The wizard's form: what is typed, what is wrong with it, and what it comes to as a draft or a patch. Pure. The core checks
 * all of it again; the rules here only say so sooner, at the field.
 */
import type { RouteInput, RouteOutput } from '../../../shared/contract.ts'
import { placeFields, placeProblem, type Place } from '../../components/member-place.ts'
import type { Problem } from '../../components/wizard-model.ts'
import { aliasesOf, emptyModels, modelFieldIds, modelProblems, modelsFormOf, type ModelsForm } from './model-form.ts'
import type { Pool } from './pool-rows.ts'
import { routingFormOf, routingOf, routingProblems, usualRouting, type RoutingForm } from './routing-form.ts'

export type Upstream = RouteOutput<'upstream.list'>[number]
type Draft = RouteInput<'pool.create'>
type Patch = RouteInput<'pool.update'>['patch']

export interface Member extends Place {
  readonly upstreamId: string
}

export interface PoolForm extends ModelsForm {
  readonly name: string
  readonly notes: string
  readonly strategy: Pool['strategy']
  readonly routing: RoutingForm
  readonly members: readonly Member[]
  readonly wantsKey: boolean
  readonly keyName: string
}

export type PoolStep = 'details' | 'routing' | 'upstreams' | 'keys' | 'models'

/** What the core refused, by field. It stands until the field changes. */
export interface Refusal {
  readonly step: PoolStep
  readonly fieldId: string
  readonly message: string
}

const MAX_NAME = 80
const MAX_NOTES = 2_000
export const emptyForm: PoolForm = {
  name: '',
  notes: '',
  strategy: 'priority',
  routing: routingFormOf(usualRouting),
  members: [],
  ...emptyModels,
  wantsKey: true,
  keyName: '',
}

export function formOf(pool: Pool): PoolForm {
  return {
    ...emptyForm,
    name: pool.name,
    notes: pool.notes,
    strategy: pool.strategy,
    routing: routingFormOf(pool.routing),
    members: pool.assignments,
    ...modelsFormOf(pool),
    wantsKey: false,
  }
}

export const fieldIds = {
  name: 'pool-name',
  notes: 'pool-notes',
  keyName: 'pool-key-name',
  priority: (upstreamId: string) => `priority-${upstreamId}`,
  weight: (upstreamId: string) => `weight-${upstreamId}`,
  ...modelFieldIds,
} as const

export function nameProblem(name: string, what: string): string | null {
  if (name.trim() === '') return `Give the ${what} a name.`
  return name.trim().length > MAX_NAME ? `The name has at most ${MAX_NAME} characters.` : null
}

function detailsProblems({ name, notes }: PoolForm): Problem[] {
  const wrong = nameProblem(name, 'Pool')
  return [
    ...(wrong === null ? [] : [{ message: wrong, fieldId: fieldIds.name }]),
    ...(notes.length > MAX_NOTES
      ? [{ message: 'The notes have at most 2,000 characters.', fieldId: fieldIds.notes }]
      : []),
  ]
}

function memberProblems(members: readonly Member[], nameOf: (id: string) => string): Problem[] {
  return members.flatMap((member) =>
    placeFields.flatMap((field) => {
      const wrong = placeProblem(member, field)
      if (wrong === null) return []
      const message = `${nameOf(member.upstreamId)}: the ${field} must be ${wrong.charAt(0).toLowerCase()}${wrong.slice(1)}`
      return [{ message, fieldId: fieldIds[field](member.upstreamId) }]
    }),
  )
}

/** `taken`: names of keys in lower case. */
export function keyNameProblem(name: string, taken: ReadonlySet<string>): string | null {
  if (taken.has(name.trim().toLowerCase())) return `Another key is already called “${name.trim()}”.`
  return nameProblem(name, 'key')
}

function keyProblems({ wantsKey, keyName }: PoolForm, taken: ReadonlySet<string>): Problem[] {
  const wrong = wantsKey ? keyNameProblem(keyName, taken) : null
  return wrong === null ? [] : [{ message: wrong, fieldId: fieldIds.keyName }]
}

export interface FormContext {
  readonly nameOf: (upstreamId: string) => string
  readonly takenNames: ReadonlySet<string>
  readonly refusals: readonly Refusal[]
}

export function problemsOf(
  form: PoolForm,
  { nameOf, takenNames, refusals }: FormContext,
): Readonly<Record<PoolStep, readonly Problem[]>> {
  const refused = (step: PoolStep) => refusals.filter((refusal) => refusal.step === step)
  return {
    details: [...detailsProblems(form), ...refused('details')],
    routing: [...routingProblems(form.routing), ...refused('routing')],
    upstreams: [...memberProblems(form.members, nameOf), ...refused('upstreams')],
    keys: [...keyProblems(form, takenNames), ...refused('keys')],
    models: [...modelProblems(form, nameOf), ...refused('models')],
  }
}

/** Only of a form without problems. */
export function draftOf(form: PoolForm): Required<Pick<Draft, 'name' | 'notes' | 'strategy' | 'aliases'>> & {
  routing: Pool['routing']
  assignments: Pool['assignments']
  allowedModels: string[] | null
  hiddenModels: string[]
  servingModes: Pool['servingModes']
} {
  return {
    name: form.name.trim(),
    notes: form.notes.trim(),
    strategy: form.strategy,
    routing: routingOf(form.routing),
    assignments: form.members.map(({ upstreamId, priority, weight, enabled }) => ({
      upstreamId,
      priority: Number(priority),
      weight: Number(weight),
      enabled,
    })),
    aliases: aliasesOf(form),
    allowedModels: form.models === 'all' ? null : form.allowed.map((id) => id.trim()),
    hiddenModels: [...form.hidden],
    servingModes: [...form.modes],
  }
}

/** What differs from the Pool as it was when the form was opened, so that nobody else's change is written over. */
export function patchOf(form: PoolForm, before: PoolForm): Patch {
  const [now, then] = [draftOf(form), draftOf(before)]
  const changed = Object.entries(now).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(then[name as keyof typeof then]),
  )
  return Object.fromEntries(changed)
}

export function isChanged(form: PoolForm, before: PoolForm): boolean {
  return (
    JSON.stringify({ ...form, aliases: withoutRows(form) }) !==
    JSON.stringify({ ...before, aliases: withoutRows(before) })
  )
}

function withoutRows({ aliases }: PoolForm) {
  return aliases.map(({ alias, model, upstreams }) => [alias, model, upstreams])
}
