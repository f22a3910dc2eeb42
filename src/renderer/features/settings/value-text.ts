/**
 * Values of settings as an operator reads and types them: `10 min`, `64 MB`, `4,096`. What is written reads back as the
 * very same value. Pure.
 */
import type { RouteOutput } from '../../../shared/contract.ts'
import { isTimeZone } from '../../../shared/setting-zone.ts'

export type SettingRow = RouteOutput<'settings.list'>[number]
export type SettingValue = SettingRow['value']
/** What a field holds while it is edited. */
export type Draft = string | boolean | readonly string[]
export type Read = { readonly value: SettingValue } | { readonly problem: string }

/** Read once, when the program starts: a restart from the page keeps them, so that the page stays where it is. */
const readByProgram: ReadonlySet<string> = new Set<SettingRow['key']>(['admin.port'])

/** What a changed value waits for. */
export function waitsFor({ key }: Pick<SettingRow, 'key'>): 'restart' | 'start of the program' {
  return readByProgram.has(key) ? 'start of the program' : 'restart'
}

const durations = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const
const sizes = [
  ['GB', 1_073_741_824],
  ['MB', 1_048_576],
  ['KB', 1_024],
  ['B', 1],
] as const

const otherNames: Readonly<Record<string, string>> = {
  sec: 's',
  m: 'min',
  hours: 'h',
  hour: 'h',
  day: 'd',
  days: 'd',
  k: 'KB',
  kb: 'KB',
  kib: 'KB',
  mb: 'MB',
  mib: 'MB',
  gb: 'GB',
  gib: 'GB',
  b: 'B',
  bytes: 'B',
}

type Shape = Pick<SettingRow, 'key' | 'type' | 'unit' | 'min' | 'max'>

function unitsOf({ unit }: Pick<SettingRow, 'unit'>): readonly (readonly [string, number])[] | null {
  if (unit === 'ms') return durations
  return unit === 'bytes' ? sizes : null
}

/** What is counted, for figures whose unit is a count. */
const counted: Partial<Record<SettingRow['key'], string>> = {
  'gateway.maxConcurrentRequests': 'requests',
  'gateway.maxCompressionRatio': 'to 1',
  'routing.maxAttempts': 'upstreams',
  'limits.defaultOutputTokens': 'tokens',
  'retention.rows': 'requests',
}

/** What stands behind the field. Empty where the unit is typed, and where there is none. */
export function unitWord({ key, unit }: Pick<SettingRow, 'key' | 'unit'>): string {
  return unit === 'days' ? 'days' : (counted[key] ?? '')
}

/** For a field: without the unit that stands behind it. */
export function draftOf(row: Shape, value: SettingValue): Draft {
  if (typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map(String)
  return typeof value === 'number' ? figureText(row, value) : String(value)
}

/** For reading: with its unit. */
export function valueText(row: Shape, value: SettingValue): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(String).join(', ')
  if (typeof value !== 'number') return value === '' ? 'empty' : String(value)
  const unit = unitWord(row)
  return `${figureText(row, value)}${unit === '' ? '' : ` ${value === 1 && unit === 'days' ? 'day' : unit}`}`
}

function figureText(row: Shape, value: number): string {
  const units = unitsOf(row)
  if (units === null) return isPort(row) ? String(value) : value.toLocaleString('en-US')
  // The largest unit in which it is whole: nothing is rounded, so that it reads back as it was.
  const [name, size] = units.find(([, each]) => value !== 0 && value % each === 0) ?? units.at(-1) ?? ['', 1]
  return `${(value / size).toLocaleString('en-US')} ${name}`
}

function isPort({ key }: Pick<SettingRow, 'key'>): boolean {
  return key.endsWith('.port')
}

/** "100 ms to 1 h". Null where any value fits. */
export function rangeText(row: Shape): string | null {
  if (row.type === 'list') return row.max === null ? null : `at most ${row.max.toLocaleString('en-US')}`
  if (row.min === null || row.max === null) return null
  return `${figureText(row, row.min)} to ${figureText(row, row.max)}`
}

export function readDraft(row: Shape, draft: Draft): Read {
  if (typeof draft === 'boolean') return { value: draft }
  if (typeof draft !== 'string') return readList(row, draft)
  if (row.type === 'integer') return readFigure(row, draft)
  return row.key === 'limits.zone' ? readZone(draft) : readText(draft)
}

const HOST = /^[A-Za-z0-9.:_-]{1,253}$/

function readText(draft: string): Read {
  const text = draft.trim()
  if (text === '') return { problem: 'Must not be empty' }
  return HOST.test(text) ? { value: text } : { problem: 'Must be an address or a host name' }
}

/** Empty is the machine's own. */
function readZone(draft: string): Read {
  const text = draft.trim()
  if (text === '' || isTimeZone(text)) return { value: text }
  return { problem: 'Must be a time zone such as Europe/Zurich, or empty' }
}

function readList({ key, max }: Shape, draft: readonly string[]): Read {
  const items = draft.map((item) => item.trim()).filter((item) => item !== '')
  if (max !== null && items.length > max) return { problem: `At most ${max}` }
  const isOrigins = key === 'gateway.allowedOrigins'
  const wrong = items.find((item) => (isOrigins ? !isOrigin(item) : !HOST.test(item)))
  if (wrong === undefined) return { value: items }
  return {
    problem: isOrigins
      ? `“${wrong}” is no origin. It must look like https://app.example, without a path`
      : `“${wrong}” is no host name. It must look like gateway.lan, without http:// and port`,
  }
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && url.origin === text && url.origin !== 'null'
}

function readFigure(row: Shape, draft: string): Read {
  const text = draft.trim()
  if (text === '') return { problem: 'Must not be empty' }
  const units = unitsOf(row)
  const value = units === null ? readNumber(text) : readUnits(text, units)
  if (typeof value === 'string') return { problem: value }
  if (value === null) return { problem: units === null ? 'Must be a number' : exampleOf(row) }
  if (!Number.isSafeInteger(value)) return { problem: units === null ? 'Must be a whole number' : 'Must be whole' }
  const { min, max } = row
  if ((min !== null && value < min) || (max !== null && value > max)) {
    return { problem: `Must be between ${figureText(row, min ?? 0)} and ${figureText(row, max ?? 0)}` }
  }
  return { value }
}

function exampleOf({ unit }: Shape): string {
  return unit === 'ms' ? 'Must be a time such as 500 ms, 30 s or 5 min' : 'Must be a size such as 512 KB or 64 MB'
}

/** Commas and blanks part thousands only, so that `1,5` is not taken for fifteen. */
function readNumber(text: string): number | null {
  if (/^\d{1,3}(?:[,\u00a0 ]\d{3})+$/.test(text)) return Number(text.replaceAll(/[,\u00a0 ]/g, ''))
  return /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : null
}

/** One or more figures, each with its unit: `1 h 30 min`. A string is what is wrong. */
function readUnits(text: string, units: readonly (readonly [string, number])[]): number | string | null {
  let sum = 0
  let rest = text
  while (rest !== '') {
    const [part = '', figure = '', name = ''] = /^([\d.,]+)\s*([A-Za-z]*)\s*/.exec(rest) ?? []
    const number = readNumber(figure)
    if (part === '' || number === null) return null
    rest = rest.slice(part.length)
    if (name === '' && number !== 0) return `Give a unit: ${units.map(([unit]) => unit).join(', ')}`
    const size = name === '' ? 1 : sizeOf(name, units)
    if (size === undefined) return `“${name}” is no unit here: use ${units.map(([unit]) => unit).join(', ')}`
    sum += number * size
  }
  // 0.1 of a unit times its size may miss the whole by a hair.
  return Math.abs(sum - Math.round(sum)) < 1e-6 ? Math.round(sum) : sum
}

function sizeOf(name: string, units: readonly (readonly [string, number])[]): number | undefined {
  const known = otherNames[name.toLowerCase()] ?? name
  return units.find(([unit]) => unit.toLowerCase() === known.toLowerCase())?.[1]
}
