/** The wizard's step of models: what is typed, what is wrong with it, and what it comes to. Pure. */
import type { Problem } from '../../components/wizard-model.ts'
import { modelProblem } from '../../lib/model-id.ts'
import type { Pool } from './pool-rows.ts'

/** What one upstream calls it. */
export interface OwnId {
  readonly upstreamId: string
  readonly model: string
}

export interface AliasRow {
  /** For React; an alias may be typed anew, so it is no key. */
  readonly row: number
  readonly alias: string
  readonly model: string
  /** Only of upstreams that call it otherwise; a blank id counts as none. */
  readonly upstreams?: readonly OwnId[]
}

export type ServingMode = Pool['servingModes'][number]['mode']

export interface ModelsForm {
  readonly models: 'all' | 'selected'
  readonly allowed: readonly string[]
  readonly aliases: readonly AliasRow[]
  readonly hidden: readonly string[]
  readonly modes: Pool['servingModes']
}

const MAX_ALLOWED = 500
const MAX_ALIASES = 200

export const emptyModels: ModelsForm = { models: 'all', allowed: [], aliases: [], hidden: [], modes: [] }

export function modelsFormOf(pool: Pool): ModelsForm {
  return {
    models: pool.allowedModels === null ? 'all' : 'selected',
    allowed: pool.allowedModels ?? [],
    aliases: pool.aliases.map((alias, row) => ({ row, ...alias, upstreams: alias.upstreams ?? [] })),
    hidden: pool.hiddenModels,
    modes: pool.servingModes,
  }
}

export const modelFieldIds = {
  allowed: 'pool-allowed',
  alias: (row: number) => `alias-${row}`,
  model: (row: number) => `alias-model-${row}`,
  ownId: (row: number, upstreamId: string) => `alias-${row}-at-${upstreamId}`,
} as const

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

/** Blank is right: the upstream calls it as all others do. */
export function ownIdProblem(model: string): string | null {
  return model.trim() === '' ? null : modelProblem(model)
}

export function allowedProblem({ models, allowed }: Pick<ModelsForm, 'models' | 'allowed'>): string | null {
  if (models === 'all') return null
  if (allowed.length === 0) return 'Choose at least one model, or allow all of them.'
  if (allowed.length > MAX_ALLOWED) return 'At most 500 models can be listed.'
  const wrong = allowed.find((id) => modelProblem(id) !== null)
  return wrong === undefined ? null : `“${wrong}”: ${modelProblem(wrong) ?? ''}`
}

export function modelProblems(form: ModelsForm, nameOf: (upstreamId: string) => string): Problem[] {
  const list = allowedProblem(form)
  const tooMany = form.aliases.length > MAX_ALIASES ? [{ message: 'At most 200 aliases can be given.' }] : []
  const rows = form.aliases.flatMap((at) => {
    const { alias, model } = aliasProblems(form.aliases, at)
    const label = at.alias.trim() === '' ? 'An alias' : `Alias ${at.alias.trim()}`
    const own = (at.upstreams ?? []).flatMap(({ upstreamId, model: id }) => {
      const wrong = ownIdProblem(id)
      const fieldId = modelFieldIds.ownId(at.row, upstreamId)
      return wrong === null ? [] : [{ message: `${label} at ${nameOf(upstreamId)}: ${wrong}`, fieldId }]
    })
    return [
      ...(alias === null ? [] : [{ message: `${label}: ${alias}`, fieldId: modelFieldIds.alias(at.row) }]),
      ...(model === null
        ? []
        : [{ message: `${label}, what is sent: ${model}`, fieldId: modelFieldIds.model(at.row) }]),
      ...own,
    ]
  })
  return [...(list === null ? [] : [{ message: list, fieldId: modelFieldIds.allowed }]), ...tooMany, ...rows]
}

/** The aliases as they are saved. */
export function aliasesOf({ aliases }: Pick<ModelsForm, 'aliases'>): Pool['aliases'] {
  return aliases.map(({ alias, model, upstreams = [] }) => {
    const own = upstreams.flatMap(({ upstreamId, model: id }) =>
      id.trim() === '' ? [] : [{ upstreamId, model: id.trim() }],
    )
    return { alias: alias.trim(), model: model.trim(), ...(own.length === 0 ? {} : { upstreams: own }) }
  })
}

export function withHidden(hidden: readonly string[], id: string, isHidden: boolean): string[] {
  const others = hidden.filter((each) => each !== id)
  return isHidden ? [...others, id].sort() : others
}

/** What goes by its provider is not named. */
export function withMode(modes: Pool['servingModes'], model: string, mode: ServingMode): Pool['servingModes'] {
  const others = modes.filter((each) => each.model !== model)
  return mode === 'auto' ? others : [...others, { model, mode }].sort((a, b) => (a.model < b.model ? -1 : 1))
}
