/**
 * What of a record may stand in the audit log. Secrets are not part of any record that gets here; this is the second
 * line, for what an operator types into notes and metadata, and the bound on the size of a row.
 */
import { isDeepStrictEqual } from 'node:util'
import type { AuditEntry } from '../../shared/models/audit.ts'
import { limitField } from '../../shared/models/limit.ts'

export type Facts = NonNullable<AuditEntry['before']>
type Json = Facts[string]

const MAX_TEXT = 300
const MAX_ITEMS = 50
const MAX_DEPTH = 4
const HIDDEN = '(hidden)'
const SECRET_NAME = /secret|token|passw|api[-_]?key|authorization|credential|cookie/i
/** Limits count tokens, which are not the secret kind. */
const COUNTS: ReadonlySet<string> = new Set(limitField.options)
/** The shapes of keys that providers and Weir itself give out. */
const SECRET_TEXT =
  /\b(?:(?:sk|pk|rk|ghp|gho|xox[abp]|AIza)[-_]?|et-weir-)[A-Za-z0-9][A-Za-z0-9_-]{15,}|\bBearer\s+\S{8,}|\beyJ[\w-]{10,}\.[\w.-]+/g

function safeText(text: string): string {
  const shown = text.replaceAll(SECRET_TEXT, HIDDEN)
  return shown.length > MAX_TEXT ? `${shown.slice(0, MAX_TEXT)}…` : shown
}

function isSecret(name: string, value: unknown): boolean {
  return SECRET_NAME.test(name) && !(COUNTS.has(name) && typeof value === 'number')
}

function safeValue(value: unknown, depth: number): Json {
  if (typeof value === 'string') return safeText(value)
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value !== 'object' || depth >= MAX_DEPTH) return '…'
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ITEMS).map((item) => safeValue(item, depth + 1))
    return value.length > MAX_ITEMS ? [...items, `… and ${String(value.length - MAX_ITEMS)} more`] : items
  }
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MAX_ITEMS)
      .map(([name, item]) => [safeText(name), isSecret(name, item) ? HIDDEN : safeValue(item, depth + 1)]),
  )
}

/** One record as facts, as when it is created or deleted. `fields` says which of them are worth telling. */
export function factsOf<T extends object>(record: T, fields: readonly (keyof T & string)[]): Facts {
  return Object.fromEntries(fields.map((field) => [field, safeValue(record[field], 0)]))
}

export interface Difference {
  readonly before: Facts
  readonly after: Facts
}

/** The fields that differ, on both sides. Null when none does. */
export function differenceOf<T extends object>(
  before: T,
  after: T,
  fields: readonly (keyof T & string)[],
): Difference | null {
  const changed = fields.filter((field) => !isDeepStrictEqual(before[field], after[field]))
  return changed.length === 0 ? null : { before: factsOf(before, changed), after: factsOf(after, changed) }
}
