/**
 * What ChatGPT says of an account's quota, in each of the four ways that it says it, brought into one form. Windows are
 * known by their length and never by where they stand: the weekly one may come first. Pure.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { QuotaSource } from '../../shared/models/quota.ts'
import { isObject, type JsonObject } from '../dialects/json.ts'

export interface ReadWindow {
  /** Of its whole length. */
  readonly minutes: number
  /** 0 to 100. */
  readonly usedPercent: number
  /** Epoch ms; null where nobody said. */
  readonly resetsAt: number | null
}

/** A meter is what is counted: the account as a whole, or one model that has a count of its own. */
export interface ReadMeter {
  /** Empty for the account as a whole, else by the provider's id, as `codex_bengalfox`. */
  readonly id: string
  /** The model that it is of; null where this says only the id. */
  readonly name: string | null
  readonly windows: readonly ReadWindow[]
}

export interface ReadCredits {
  readonly hasCredits: boolean
  readonly isUnlimited: boolean
  readonly balance: string | null
}

export interface QuotaReading {
  readonly source: QuotaSource
  readonly meters: readonly ReadMeter[]
  /** Null where it says nothing of them. */
  readonly credits: ReadCredits | null
  /** The account's plan by the provider's own name; null where it does not say. */
  readonly plan: string | null
  /** A window of these meters that it does not name is there no more. */
  readonly isWhole: boolean
}

/** Names of the account's own count in the wild. */
const OF_ACCOUNT: ReadonlySet<string> = new Set(['', 'codex', 'premium'])
const PRIMARY = '-primary-used-percent'
const MAX_METERS = 20
const MAX_NAME = 100
/** A number above is a time in ms. */
const MOST_SECONDS = 1e11

type Header = string | string[] | undefined

function textOf(header: Header): string {
  return ((Array.isArray(header) ? header[0] : header) ?? '').trim()
}

function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value !== 'string' || !/^-?\d{1,15}(?:\.\d+)?$/.test(value.trim())) return null
  return Number(value)
}

function truthOf(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value
  const text = typeof value === 'string' ? value.trim().toLowerCase() : ''
  if (text === 'true' || text === '1') return true
  return text === 'false' || text === '0' ? false : null
}

/** Its id as the provider writes it in one place; elsewhere it has hyphens. */
function meterId(name: string): string {
  const id = name.trim().toLowerCase().replaceAll('-', '_').slice(0, MAX_NAME)
  return OF_ACCOUNT.has(id) ? '' : id
}

function nameOf(value: unknown): string | null {
  const name = typeof value === 'string' ? value.trim() : ''
  return name === '' || !/^[\x20-\x7e]+$/.test(name) ? null : name.slice(0, MAX_NAME)
}

function planOf(value: unknown): string | null {
  const plan = typeof value === 'string' ? value.trim() : ''
  return /^[a-z0-9_]{1,40}$/.test(plan) ? plan : null
}

interface RawWindow {
  readonly used: unknown
  readonly minutes: number | null
  readonly resetAt: unknown
  readonly resetAfter: unknown
}

function resetOf({ resetAt, resetAfter }: RawWindow, at: number): number | null {
  const moment = numberOf(resetAt)
  if (moment !== null && moment > 0) return Math.round(moment < MOST_SECONDS ? moment * 1_000 : moment)
  const after = numberOf(resetAfter)
  return after === null || after <= 0 ? null : Math.round(at + after * 1_000)
}

/** Empty for a place that is kept free: without a length, or all zero. */
function windowOf(raw: RawWindow, at: number): ReadWindow[] {
  const used = numberOf(raw.used)
  const { minutes } = raw
  if (used === null || minutes === null || minutes < 1) return []
  const resetsAt = resetOf(raw, at)
  if (used <= 0 && resetsAt === null) return []
  return [{ minutes: Math.ceil(minutes), usedPercent: Math.min(100, Math.max(0, used)), resetsAt }]
}

/** Of two of one length the fuller one counts. */
function byLength(windows: readonly ReadWindow[]): ReadWindow[] {
  const fuller = new Map<number, ReadWindow>()
  for (const window of windows) {
    const other = fuller.get(window.minutes)
    if (other === undefined || other.usedPercent < window.usedPercent) fuller.set(window.minutes, window)
  }
  return [...fuller.values()]
}

function windowsInHeaders(headers: IncomingHttpHeaders, family: string, at: number): ReadWindow[] {
  const raw = (place: string): RawWindow => {
    const text = (what: string) => textOf(headers[`x-${family}-${place}-${what}`])
    const [resetAt, resetAfter] = [text('reset-at'), text('reset-after-seconds')]
    return { used: text('used-percent'), minutes: numberOf(text('window-minutes')), resetAt, resetAfter }
  }
  return byLength([...windowOf(raw('primary'), at), ...windowOf(raw('secondary'), at)])
}

function creditsInHeaders(headers: IncomingHttpHeaders): ReadCredits | null {
  const hasCredits = truthOf(textOf(headers['x-codex-credits-has-credits']))
  if (hasCredits === null) return null
  const isUnlimited = truthOf(textOf(headers['x-codex-credits-unlimited'])) ?? false
  return { hasCredits, isUnlimited, balance: nameOf(textOf(headers['x-codex-credits-balance'])) }
}

/**
 * The family `codex` repeats whichever count the request went to, and `x-codex-active-limit` names that. Taken for the
 * account's own where it is a model's, it would keep every other model from a good account.
 */
function activeMeter(headers: IncomingHttpHeaders, families: readonly string[]): string {
  const active = meterId(textOf(headers['x-codex-active-limit']))
  const isMeter = active.startsWith('codex_') || families.some((family) => meterId(family) === active)
  return isMeter ? active : ''
}

/** Null where the head says nothing of the account. `at`: when it came, epoch ms. */
export function readQuotaHeaders(headers: IncomingHttpHeaders, at: number): QuotaReading | null {
  const families: string[] = []
  for (const name in headers) {
    if (name.endsWith(PRIMARY) && name.startsWith('x-')) families.push(name.slice(2, -PRIMARY.length))
  }
  const own = activeMeter(headers, families)
  const meters = families.slice(0, MAX_METERS).flatMap((family): ReadMeter[] => {
    const isActive = family === 'codex'
    // Said twice: under its own name as well.
    if (isActive && own !== '' && families.some((other) => other !== family && meterId(other) === own)) return []
    const windows = windowsInHeaders(headers, family, at)
    const id = isActive ? own : meterId(family)
    return windows.length === 0 ? [] : [{ id, name: nameOf(textOf(headers[`x-${family}-limit-name`])), windows }]
  })
  const credits = creditsInHeaders(headers)
  const plan = planOf(textOf(headers['x-codex-plan-type']))
  return meters.length === 0 && credits === null ? null : { source: 'headers', meters, credits, plan, isWhole: true }
}

function creditsIn(value: unknown): ReadCredits | null {
  if (!isObject(value)) return null
  const hasCredits = truthOf(value['has_credits'])
  if (hasCredits === null) return null
  const { balance } = value
  const text = typeof balance === 'number' ? String(balance) : balance
  return { hasCredits, isUnlimited: truthOf(value['unlimited']) ?? false, balance: nameOf(text) }
}

function objectIn(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

/** The data of a `codex.rate_limits` event; null for one that says nothing. */
export function readQuotaEvent(data: JsonObject, at: number): QuotaReading | null {
  const limits = objectIn(data['rate_limits'])
  const windows = ['primary', 'secondary'].flatMap((place) => {
    const window = objectIn(limits[place])
    const { used_percent: used, reset_at: resetAt, reset_after_seconds: resetAfter } = window
    return windowOf({ used, minutes: numberOf(window['window_minutes']), resetAt, resetAfter }, at)
  })
  const [metered, named] = [nameOf(data['metered_limit_name']), nameOf(data['limit_name'])]
  const id = meterId(metered ?? named ?? '')
  const meters = windows.length === 0 ? [] : [{ id, name: id === '' ? null : named, windows: byLength(windows) }]
  const credits = creditsIn(data['credits'])
  const plan = planOf(data['plan_type'])
  return meters.length === 0 && credits === null ? null : { source: 'event', meters, credits, plan, isWhole: false }
}

function windowsOnPage(value: unknown, at: number): ReadWindow[] {
  const limit = objectIn(value)
  const isReached = limit['limit_reached'] === true
  const found = ['primary_window', 'secondary_window'].flatMap((place) => {
    const window = objectIn(limit[place])
    const { used_percent, reset_at: resetAt, reset_after_seconds: resetAfter } = window
    const seconds = numberOf(window['limit_window_seconds'])
    const used = used_percent ?? (isReached ? 100 : null)
    return windowOf({ used, minutes: seconds === null ? null : seconds / 60, resetAt, resetAfter }, at)
  })
  return byLength(found)
}

/** The usage page; null for what is none. */
export function readUsagePage(body: JsonObject, at: number): QuotaReading | null {
  if (!('rate_limit' in body) && !('plan_type' in body)) return null
  const more: unknown = body['additional_rate_limits']
  const others = (Array.isArray(more) ? more.slice(0, MAX_METERS) : []).flatMap((each: unknown): ReadMeter[] => {
    const { metered_feature, limit_name, rate_limit } = objectIn(each)
    const name = nameOf(limit_name)
    const id = meterId(nameOf(metered_feature) ?? name ?? '')
    return id === '' ? [] : [{ id, name, windows: windowsOnPage(rate_limit, at) }]
  })
  const meters = [{ id: '', name: null, windows: windowsOnPage(body['rate_limit'], at) }, ...others]
  const plan = planOf(body['plan_type'])
  return { source: 'usage', meters, credits: creditsIn(body['credits']), plan, isWhole: true }
}

/** The meter that a refusal's head names; empty for the account as a whole, null where it does not say. */
export function refusingMeter(headers: IncomingHttpHeaders | null): string | null {
  const text = textOf(headers?.['x-codex-active-limit'])
  if (headers === null || text === '') return null
  const families = Object.keys(headers).filter((name) => name.endsWith(PRIMARY))
  return activeMeter(
    headers,
    families.map((name) => name.slice(2, -PRIMARY.length)),
  )
}
