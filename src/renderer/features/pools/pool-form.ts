/**
 * The wizard's form: what is typed, what is wrong with it, and what it comes to as a draft or a patch. Pure. The core checks
 * all of it again; the rules here only say so sooner, at the field.
 */
import type { RouteInput, RouteOutput } from '../../../shared/contract.ts'
import { placeFields, placeProblem, type Place } from '../../components/member-place.ts'
import type { Problem } from '../../components/wizard-model.ts'
import { modelProblem } from '../../lib/model-id.ts'
import type { Pool } from './pool-rows.ts'
import { routingFormOf, routingOf, routingProblems, usualRouting, type RoutingForm } from './routing-form.ts'

export type Upstream = RouteOutput<'upstream.list'>[number]
type Draft = RouteInput<'pool.create'>
type Patch = RouteInput<'pool.update'>['patch']

export interface Member extends Place {
  readonly upstreamId: string
}

export interface AliasRow {
  /** For React; an alias may be typed anew, so it is no key. */
  readonly row: number
  readonly alias: string
  readonly model: string
}

export interface PoolForm {
  readonly name: string
  readonly notes: string
  readonly strategy: Pool['strategy']
  readonly routing: RoutingForm
  readonly members: readonly Member[]
  readonly models: 'all' | 'selected'
  readonly allowed: readonly string[]
  readonly aliases: readonly AliasRow[]
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
const MAX_ALLOWED = 500
const MAX_ALIASES = 200
export const emptyForm: PoolForm = {
  name: '',
  notes: '',
  strategy: 'priority',
  routing: routingFormOf(usualRouting),
  members: [],
  models: 'all',
  allowed: [],
  aliases: [],
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
    models: pool.allowedModels === null ? 'all' : 'selected',
    allowed: pool.allowedModels ?? [],
    aliases: pool.aliases.map((alias, row) => ({ row, ...alias })),
    wantsKey: false,
  }
}

export const fieldIds = {
  name: 'pool-name',
  notes: 'pool-notes',
  keyName: 'pool-key-name',
  allowed: 'pool-allowed',
  priority: (upstreamId: string) => `priority-${upstreamId}`,
  weight: (upstreamId: string) => `weight-${upstreamId}`,
  alias: (row: number) => `alias-${row}`,
  model: (row: number) => `alias-model-${row}`,
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

/** What is wrong with one row of the aliases, by its two fields. */
export function aliasProblems(rows: readonly AliasRow[], at: AliasRow): { alias: string | null; model: string | null } {
  const alias = at.alias.trim()
  const others = rows.filter((other) => other.row !== at.row && other.alias.trim() === alias)
  return {
    alias:
      modelProblem(alias) ??
      (others.length > 0 ? `“${alias}” is given twice.` : null) ??
      (alias === at.model.trim() ? 'The alias leads to itself.' : null),
    model: modelProblem(at.model),
  }
}

export function allowedProblem({ models, allowed }: Pick<PoolForm, 'models' | 'allowed'>): string | null {
  if (models === 'all') return null
  if (allowed.length === 0) return 'Choose at least one model, or allow all of them.'
  if (allowed.length > MAX_ALLOWED) return 'At most 500 models can be listed.'
  const wrong = allowed.find((id) => modelProblem(id) !== null)
  return wrong === undefined ? null : `“${wrong}”: ${modelProblem(wrong) ?? ''}`
}

function modelProblems(form: PoolForm): Problem[] {
  const list = allowedProblem(form)
  const tooMany = form.aliases.length > MAX_ALIASES ? [{ message: 'At most 200 aliases can be given.' }] : []
  const rows = form.aliases.flatMap((at) => {
    const { alias, model } = aliasProblems(form.aliases, at)
    const label = at.alias.trim() === '' ? 'An alias' : `Alias ${at.alias.trim()}`
    return [
      ...(alias === null ? [] : [{ message: `${label}: ${alias}`, fieldId: fieldIds.alias(at.row) }]),
      ...(model === null ? [] : [{ message: `${label}, what is sent: ${model}`, fieldId: fieldIds.model(at.row) }]),
    ]
  })
  return [...(list === null ? [] : [{ message: list, fieldId: fieldIds.allowed }]), ...tooMany, ...rows]
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
    models: [...modelProblems(form), ...refused('models')],
  }
}

/** Only of a form without problems. */
export function draftOf(form: PoolForm): Required<Pick<Draft, 'name' | 'notes' | 'strategy' | 'aliases'>> & {
  routing: Pool['routing']
  assignments: Pool['assignments']
  allowedModels: string[] | null
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
    aliases: form.aliases.map(({ alias, model }) => ({ alias: alias.trim(), model: model.trim() })),
    allowedModels: form.models === 'all' ? null : form.allowed.map((id) => id.trim()),
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
  return aliases.map(({ alias, model }) => [alias, model])
}
