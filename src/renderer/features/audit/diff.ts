/** Before and after of an audit entry as rows that can be read: nested fields as paths, lists item by item. Pure. */
import type { AuditEntry } from '../../../shared/models/audit.ts'
import { formatBytes, formatCount, formatMs, formatTime, formatUsd } from '../../lib/format.ts'

type Facts = AuditEntry['before']
type Json = NonNullable<Facts>[string]

/** `isOwn`: only this side has it. */
export interface DiffLine {
  readonly place: number
  readonly text: string
  readonly isOwn: boolean
}

export interface DiffRow {
  /** From the field inwards: `['assignments', 'ups_1', 'priority']`. */
  readonly path: readonly string[]
  /** Null where the field was not there. */
  readonly before: readonly DiffLine[] | null
  readonly after: readonly DiffLine[] | null
}

/** Only what differs. With one side missing altogether, every field of the other. */
export function diffOf(before: Facts, after: Facts): readonly DiffRow[] {
  if (before === null && after === null) return []
  const isMoney = [before, after].some((facts) => String(facts?.['limit']).startsWith('budget'))
  const [left, right] = isMoney ? [withNanos(before), withNanos(after)] : [before, after]
  return rowsOf([], left ?? undefined, right ?? undefined)
}

/** What was done to one limit names it in a field of its own, so that the figures beside it do not say what they count. */
function withNanos(facts: Facts): Facts {
  if (facts === null) return null
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [name === 'cap' || name === 'used' ? `${name}Nanos` : name, value]),
  )
}

function rowsOf(path: readonly string[], before: Json | undefined, after: Json | undefined): DiffRow[] {
  const [left, right] = [membersOf(before), membersOf(after)]
  const isNested = (left ?? right) !== null && isGroup(before, left) && isGroup(after, right)
  if (isNested) {
    const names = new Set([...(left?.keys() ?? []), ...(right?.keys() ?? [])])
    return [...names].flatMap((name) => rowsOf([...path, name], left?.get(name), right?.get(name)))
  }
  const name = path.findLast((part) => !isId(part)) ?? ''
  const [a, b] = [linesOf(name, before), linesOf(name, after)]
  if (a !== null && b !== null && a.join('\n') === b.join('\n')) return []
  return [{ path, before: marked(a, b), after: marked(b, a) }]
}

/** Nothing at all counts as a group without members, beside one that has some. */
function isGroup(value: Json | undefined, members: ReadonlyMap<string, Json> | null): boolean {
  const isNothing =
    value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0)
  return isNothing || members !== null
}

/** What goes inwards: an object by its fields, a list of objects by what names each. Null for everything else. */
function membersOf(value: Json | undefined): ReadonlyMap<string, Json> | null {
  if (typeof value !== 'object' || value === null) return null
  if (!Array.isArray(value)) return Object.keys(value).length === 0 ? null : new Map(Object.entries(value))
  if (value.length === 0 || !value.every(isRecord)) return null
  return new Map(
    value.map((item, index) => {
      const named = ['upstreamId', 'id', 'name', 'alias'].find((field) => typeof item[field] === 'string')
      const { [named ?? '']: label, ...rest } = item
      return [typeof label === 'string' ? label : String(index + 1), rest]
    }),
  )
}

function isRecord(value: Json): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function linesOf(name: string, value: Json | undefined): readonly string[] | null {
  if (value === undefined) return null
  if (!Array.isArray(value)) return [textOf(name, value)]
  return value.length === 0 ? ['none'] : value.map((item) => textOf(name, item))
}

function marked(own: readonly string[] | null, other: readonly string[] | null): readonly DiffLine[] | null {
  return own?.map((text, place) => ({ place, text, isOwn: other?.includes(text) !== true })) ?? null
}

function textOf(name: string, value: Json): string {
  if (value === null) return 'none'
  if (value === '') return 'empty'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number') return figureOf(name, value)
  if (typeof value === 'string') return name === 'limit' ? partWords(value, true) : value
  return Object.keys(value).length === 0 ? 'none' : JSON.stringify(value)
}

function figureOf(name: string, value: number): string {
  if (/(?:At|Until|^until)$/.test(name)) return formatTime(value)
  if (/^budget[A-Z]|Nanos$/.test(name)) return formatUsd(value)
  if (/bytes$/i.test(name))
    return value < 1_000 ? formatBytes(value) : `${formatCount(value)} B (${formatBytes(value)})`
  if (name.endsWith('Ms')) return value < 1_000 ? `${value} ms` : `${formatCount(value)} ms (${formatMs(value)})`
  // A port or an id is no quantity.
  if (/port$/i.test(name)) return String(value)
  return Number.isInteger(value) ? formatCount(value) : String(value)
}

const words: Readonly<Record<string, string>> = {
  baseUrl: 'Base URL',
  proxyUrl: 'Proxy',
  ipAllowlist: 'IP allowlist',
  modelPolicy: 'Models',
  manualModels: 'Models by hand',
  expiresAt: 'Expires',
  previousUntil: 'Old secret opens until',
  previousUsedAt: 'Old secret last used',
  poolId: 'Pool',
  addNanos: 'Raised by',
  capNanos: 'Cap',
  usedNanos: 'Used',
}

function isId(part: string): boolean {
  return /^(?:ups|pool|key)_[0-9A-Za-z]{16}$/.test(part)
}

/** The path as words: "Upstreams, Spare account, priority". Names of settings stay as they are written in the docs. */
export function pathWords(path: readonly string[], nameOf: (id: string) => string): string {
  return path.map((part, index) => (isId(part) ? nameOf(part) : partWords(part, index === 0))).join(', ')
}

function partWords(part: string, isFirst: boolean): string {
  if (part.includes('.')) return part
  const known = words[part]
  if (known !== undefined) return known
  const text = part.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return isFirst ? text.charAt(0).toUpperCase() + text.slice(1) : text
}
