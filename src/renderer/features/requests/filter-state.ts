/**
 * What the page is asked to show, in three forms: the address, the filter that the core takes, and a saved filter. The
 * address has short names, because links from other pages are written with them.
 */
import { withoutKeySecret } from '../../../shared/key-text.ts'
import type { ClientKind, RequestFilterInput, RequestState, StatusClass } from '../../../shared/models/request.ts'
import type { FilterValues } from '../../../shared/models/saved-filter.ts'
import { readUsd, writeUsd } from '../../lib/amount.ts'
import {
  choiceParam,
  listParam,
  oneOfParam,
  readState,
  textParam,
  type UrlParam,
  type UrlState,
} from '../../lib/url-state.ts'

export const states = ['open', 'completed', 'failed', 'refused', 'aborted', 'interrupted'] as const
export const statusClasses = ['2xx', '3xx', '4xx', '5xx'] as const
export const transports = ['stream', 'whole'] as const
export const clients = [
  'codex',
  'opencode',
  'claude-code',
  'openai-sdk',
  'anthropic-sdk',
  'ai-sdk',
  'curl',
  'other',
] as const

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** Ranges that end now. */
export const ranges = {
  '15m': { label: 'Last 15 minutes', ms: 15 * MINUTE_MS },
  '1h': { label: 'Last hour', ms: HOUR_MS },
  '24h': { label: 'Last 24 hours', ms: 24 * HOUR_MS },
  '7d': { label: 'Last 7 days', ms: 7 * 24 * HOUR_MS },
  '30d': { label: 'Last 30 days', ms: 30 * 24 * HOUR_MS },
} as const
export type Range = keyof typeof ranges
export const rangeNames = Object.keys(ranges) as Range[]

/** A list of which only known values are read: what the core would refuse never gets into the filter. */
function listOf<const T extends string>(values: readonly T[]): UrlParam<readonly T[]> {
  const any = listParam()
  return { read: (raw) => values.filter((value) => any.read(raw).includes(value)), write: any.write }
}

/** Lists as the core takes them. */
function idsParam(): UrlParam<readonly string[]> {
  const any = listParam()
  const fits = (value: string) => value !== '' && value.length <= 100
  return { read: (raw) => [...new Set(any.read(raw).filter(fits))].slice(0, 100), write: any.write }
}

function wholeParam(): UrlParam<number | null> {
  return {
    read: (raw) => (raw !== null && /^\d{1,15}$/.test(raw) ? Number(raw) : null),
    write: (value) => (value === null ? null : String(value)),
  }
}

/** A million dollars. */
export const MAX_COST_NANOS = 1_000_000_000_000_000

/** `0.05`, as it stands in the address and is typed. */
export function costText(nanos: number): string {
  return writeUsd(nanos)
    .replaceAll(',', '')
    .replace(/\.?0+$/, '')
}

/** Nano-dollars, null for what is no amount. */
export function costOfText(text: string): number | null {
  const read = readUsd(text, MAX_COST_NANOS)
  return 'value' in read ? read.value : null
}

function costParam(): UrlParam<number | null> {
  return {
    read: (raw) => (raw === null ? null : costOfText(raw)),
    write: (value) => (value === null ? null : costText(value)),
  }
}

/** A key that was pasted whole must not stand in an address, which is kept in histories. */
function shortText(): UrlParam<string> {
  const any = textParam()
  return {
    read: (raw) => withoutKeySecret(any.read(raw)).slice(0, 100),
    write: (value) => any.write(withoutKeySecret(value)),
  }
}

export const filterParams = {
  q: shortText(),
  last: oneOfParam(rangeNames),
  from: wholeParam(),
  to: wholeParam(),
  state: listOf(states),
  key: idsParam(),
  /** The id of an ephemeral token. */
  token: shortText(),
  pool: idsParam(),
  upstream: idsParam(),
  model: idsParam(),
  error: idsParam(),
  client: listOf(clients),
  route: idsParam(),
  transport: oneOfParam(transports),
  effort: idsParam(),
  tier: idsParam(),
  status: listOf(statusClasses),
  ip: shortText(),
  minMs: wholeParam(),
  minFirstMs: wholeParam(),
  minTokens: wholeParam(),
  /** Nano-dollars; dollars in the address. */
  minCost: costParam(),
}
export type FilterState = UrlState<typeof filterParams>
/** The filters that are lists of free or known words. */
export type ListName = {
  [K in keyof FilterState]: FilterState[K] extends readonly string[] ? K : never
}[keyof FilterState]

export const viewParams = {
  columns: listParam(),
  live: choiceParam(['on', 'off'], 'on'),
  /** From which end of the log one reads. */
  start: choiceParam(['newest', 'oldest'], 'newest'),
}
export type ViewState = UrlState<typeof viewParams>

export const noFilter: FilterState = readState(filterParams, new URLSearchParams())

export function isSet(value: FilterState[keyof FilterState]): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== null && value !== ''
}

export function isFiltered(state: FilterState): boolean {
  return Object.values(state).some(isSet)
}

/** The filter for the core; a range that ends now is counted back from `now`. */
export function toFilter(state: FilterState, now: number): RequestFilterInput {
  const from = state.last === null ? state.from : now - ranges[state.last].ms
  const text = state.q.trim()
  return {
    ...(text === '' ? {} : { text }),
    ...(from === null ? {} : { from }),
    ...(state.last !== null || state.to === null ? {} : { to: state.to }),
    ...list('state', state.state),
    ...list('keyId', state.key),
    ...(state.token.trim() === '' ? {} : { tokenId: state.token.trim() }),
    ...list('poolId', state.pool),
    ...list('upstreamId', state.upstream),
    ...list('model', state.model),
    ...list('errorCode', state.error),
    ...list('client', state.client),
    ...list('route', state.route),
    ...list('effort', state.effort.map(shorter)),
    ...list('serviceTier', state.tier.map(shorter)),
    ...list('statusClass', state.status),
    ...(state.transport === null ? {} : { stream: state.transport === 'stream' }),
    ...(state.ip.trim() === '' ? {} : { clientIp: state.ip.trim() }),
    ...(state.minMs === null ? {} : { minDurationMs: state.minMs }),
    ...(state.minFirstMs === null ? {} : { minFirstByteMs: state.minFirstMs }),
    ...(state.minTokens === null ? {} : { minTokens: state.minTokens }),
    ...(state.minCost === null ? {} : { minCostNanos: state.minCost }),
  }
}

/** As far as the core reads these two words. */
function shorter(word: string): string {
  return word.slice(0, 40)
}

function list<K extends string, T extends string>(name: K, values: readonly T[]): { [P in K]?: T[] } {
  return values.length === 0 ? {} : ({ [name]: [...values] } as { [P in K]?: T[] })
}

/** To be kept under a name: the same words as the core's filter, the range and the columns beside them. */
export function toSaved(state: FilterState, columns: readonly string[]): FilterValues {
  const { from: _from, to: _to, ...rest } = toFilter({ ...state, last: null, from: null, to: null }, 0)
  const time =
    state.last === null
      ? { ...(state.from === null ? {} : { from: state.from }), ...(state.to === null ? {} : { to: state.to }) }
      : { last: state.last }
  return { ...(rest as FilterValues), ...time, ...(columns.length === 0 ? {} : { columns: [...columns] }) }
}

/** Whatever is no filter of this page, or no value for it, is left out. */
export function fromSaved(saved: FilterValues): { state: FilterState; columns: readonly string[] } {
  const words = (name: string): string[] => {
    const value = saved[name]
    return (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String)
  }
  const among = <T extends string>(name: string, values: readonly T[]): readonly T[] => {
    const given = words(name)
    return values.filter((value) => given.includes(value))
  }
  const figure = (name: string): number | null => (typeof saved[name] === 'number' ? saved[name] : null)
  const { stream } = saved
  return {
    state: {
      q: words('text')[0] ?? '',
      last: among('last', rangeNames)[0] ?? null,
      from: figure('from'),
      to: figure('to'),
      state: among<RequestState>('state', states),
      key: words('keyId'),
      token: words('tokenId')[0] ?? '',
      pool: words('poolId'),
      upstream: words('upstreamId'),
      model: words('model'),
      error: words('errorCode'),
      client: among<ClientKind>('client', clients),
      route: words('route'),
      transport: typeof stream === 'boolean' ? (stream ? 'stream' : 'whole') : null,
      effort: words('effort'),
      tier: words('serviceTier'),
      status: among<StatusClass>('statusClass', statusClasses),
      ip: words('clientIp')[0] ?? '',
      minMs: figure('minDurationMs'),
      minFirstMs: figure('minFirstByteMs'),
      minTokens: figure('minTokens'),
      minCost: figure('minCostNanos'),
    },
    columns: words('columns'),
  }
}

/** The same filters, whatever the order in which they were set. */
export function isSameSaved(a: FilterValues, b: FilterValues): boolean {
  return canonical(a) === canonical(b)
}

function canonical(values: FilterValues): string {
  const sorted = Object.keys(values)
    .sort()
    .map((name) => {
      const value = values[name]
      const isUnordered = Array.isArray(value) && name !== 'columns'
      return [name, isUnordered ? value.map(String).sort() : Array.isArray(value) ? value.map(String) : value]
    })
  return JSON.stringify(sorted)
}
