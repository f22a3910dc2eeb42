/** The limits of a key while they are edited: texts in fields, what is wrong with them, and what they come to. Pure. */
import type { LimitField, LimitOverride, Limits } from '../../../shared/models/limit.ts'
import { readCount, readUsd, writeCount, writeUsd, type ReadAmount } from '../../lib/amount.ts'
import { modelProblem } from '../../lib/model-id.ts'
import { budgetFields, limitFields, limitNames } from './limit-words.ts'

/** Blank is no cap. */
export type LimitTexts = Readonly<Record<LimitField, string>>

export interface OverrideForm {
  /** Of the row on the page; the core's id where it has one. */
  readonly rowId: string
  /** Null until the core has given one. */
  readonly id: string | null
  readonly model: string
  readonly limits: LimitTexts
}

export interface LimitGroup {
  readonly title: string
  readonly fields: readonly LimitField[]
}

export const limitGroups: readonly LimitGroup[] = [
  { title: 'Requests', fields: ['requestsPerMinute', 'requestsPerHour', 'requestsPerDay'] },
  { title: 'Tokens', fields: ['tokensPerMinute', 'tokensPerDay', 'tokensPerWeek'] },
  { title: 'Per request', fields: ['inputTokensPerRequest', 'outputTokensPerRequest'] },
  { title: 'At a time', fields: ['concurrentRequests'] },
  { title: 'Budget, USD', fields: ['budgetPerDay', 'budgetPerWeek', 'budgetPerMonth', 'budgetTotal'] },
]

export const MAX_OVERRIDES = 200
const most = { requests: 1_000_000_000, tokens: 1_000_000_000_000, usd: 1_000_000_000_000_000 } as const

/** What a text that is not blank says. */
export function readLimit(field: LimitField, text: string): ReadAmount {
  const { unit } = limitNames[field]
  return unit === 'usd' ? readUsd(text, most.usd) : readCount(text, most[unit])
}

export function writeLimit(field: LimitField, value: number): string {
  return limitNames[field].unit === 'usd' ? writeUsd(value) : writeCount(value)
}

/** Null is blank, or not to be read. */
export function limitValue(field: LimitField, text: string): number | null {
  if (text.trim() === '') return null
  const read = readLimit(field, text)
  return 'value' in read ? read.value : null
}

function eachField<T>(valueOf: (field: LimitField) => T): Record<LimitField, T> {
  return Object.fromEntries(limitFields.map((field) => [field, valueOf(field)])) as Record<LimitField, T>
}

export const noLimitTexts: LimitTexts = eachField(() => '')

export function limitTextsOf(limits: Limits): LimitTexts {
  return eachField((field) => {
    const value = limits[field]
    return value === null ? '' : writeLimit(field, value)
  })
}

/** Of texts without problems. */
export function limitsOf(texts: LimitTexts): Limits {
  return eachField((field) => limitValue(field, texts[field]))
}

export function overrideFormsOf(rows: readonly LimitOverride[]): readonly OverrideForm[] {
  return rows.map(({ id, model, limits }, index) => ({
    rowId: id ?? `row${index}`,
    id: id ?? null,
    model,
    limits: limitTextsOf(limits),
  }))
}

/** Of rows without problems. */
export function overridesOf(rows: readonly OverrideForm[]): LimitOverride[] {
  return rows.map(({ id, model, limits }) => ({
    ...(id === null ? {} : { id }),
    model: model.trim(),
    limits: limitsOf(limits),
  }))
}

/** What a budget needs to know about models without a price is asked only where there is a budget. */
export function hasBudget(texts: LimitTexts, rows: readonly OverrideForm[]): boolean {
  return [texts, ...rows.map(({ limits }) => limits)].some((each) =>
    budgetFields.some((field) => each[field].trim() !== ''),
  )
}

export function patternProblem(row: OverrideForm, rows: readonly OverrideForm[]): string | null {
  const model = row.model.trim()
  const problem = modelProblem(model)
  if (problem !== null) return problem
  if (!/^[^*]*\*?$/.test(model)) return 'A “*” may stand at the end only.'
  const isTwice = rows.some((other) => other.rowId !== row.rowId && other.model.trim() === model)
  return isTwice ? 'This model has a row already.' : null
}

export type LimitFieldId = `key-limits-${LimitField}` | 'key-overrides' | 'key-unpriced' | `key-override-${string}`

export interface LimitProblem {
  readonly fieldId: LimitFieldId
  /** For the list of problems, where it stands alone. */
  readonly message: string
  /** At the field. */
  readonly inline: string
}

export const limitFieldId = (field: LimitField) => `key-limits-${field}` as const
export const overrideFieldId = (rowId: string, field: LimitField | 'model') => `key-override-${rowId}-${field}` as const

export function limitProblems(texts: LimitTexts, rows: readonly OverrideForm[]): readonly LimitProblem[] {
  const tooMany = `There are more than ${MAX_OVERRIDES} rows.`
  return [
    ...textProblems(texts, limitFieldId, ''),
    ...(rows.length > MAX_OVERRIDES ? [{ fieldId: 'key-overrides' as const, message: tooMany, inline: tooMany }] : []),
    ...rows.flatMap((row, index) => rowProblems(row, index, rows)),
  ]
}

function rowProblems(row: OverrideForm, index: number, rows: readonly OverrideForm[]): readonly LimitProblem[] {
  const inline = patternProblem(row, rows)
  const name = row.model.trim() === '' ? `Row ${index + 1}` : row.model.trim()
  return [
    ...(inline === null
      ? []
      : [{ fieldId: overrideFieldId(row.rowId, 'model'), message: `${name}: ${inline}`, inline }]),
    ...textProblems(row.limits, (field) => overrideFieldId(row.rowId, field), `${name}, `),
  ]
}

function textProblems(
  texts: LimitTexts,
  idOf: (field: LimitField) => LimitFieldId,
  before: string,
): readonly LimitProblem[] {
  return limitFields.flatMap((field) => {
    if (texts[field].trim() === '') return []
    const read = readLimit(field, texts[field])
    if ('value' in read) return []
    const { long } = limitNames[field]
    const name = before === '' ? long : `${before}${long.charAt(0).toLowerCase()}${long.slice(1)}`
    return [{ fieldId: idOf(field), message: `${name}: ${read.problem}`, inline: read.problem }]
  })
}
