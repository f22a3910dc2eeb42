/** What the audit log is filtered by, as the address holds it and as the core is asked. Pure. */
import type { RouteInput } from '../../../shared/contract.ts'
import { oneOfParam, textParam, type UrlState } from '../../lib/url-state.ts'

export const actors = ['operator', 'command', 'system', 'key'] as const
export const outcomes = ['success', 'failure'] as const
export const targetKinds = [
  'pool',
  'upstream',
  'key',
  'token',
  'price',
  'settings',
  'gateway',
  'data',
  'backup',
  'system',
] as const
export const ranges = ['24h', '7d', '30d'] as const

export const kindWords: Readonly<Record<(typeof targetKinds)[number], string>> = {
  pool: 'Pools',
  upstream: 'Upstreams',
  key: 'API keys',
  token: 'Tokens',
  price: 'Prices',
  settings: 'Settings',
  gateway: 'Gateway address',
  data: 'Data',
  backup: 'Backups',
  system: 'Weir itself',
}

export const rangeWords: Readonly<Record<(typeof ranges)[number], string>> = {
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
}

const rangeMs = { '24h': 86_400_000, '7d': 604_800_000, '30d': 2_592_000_000 }

export const filterParams = {
  q: textParam(),
  actor: oneOfParam(actors),
  action: textParam(),
  kind: oneOfParam(targetKinds),
  /** The id of one record. */
  target: textParam(),
  outcome: oneOfParam(outcomes),
  last: oneOfParam(ranges),
  /** Whole days in the zone of this machine, `2026-03-01`; both included. */
  from: textParam(),
  to: textParam(),
}
export type AuditFilters = UrlState<typeof filterParams>
export type AuditQuery = Omit<RouteInput<'audit.list'>, 'before' | 'limit'>

export function isFiltered(state: AuditFilters): boolean {
  return Object.values(state).some((value) => value !== null && value !== '')
}

export function toQuery(state: AuditFilters, now: number): AuditQuery {
  const { q, actor, action, kind, target, outcome, last } = state
  const from = last === null ? dayStart(state.from, 0) : now - rangeMs[last]
  const to = last === null ? dayStart(state.to, 1) : null
  return {
    ...(q.trim() === '' ? {} : { text: q.trim().slice(0, 200) }),
    ...(actor === null ? {} : { actor }),
    ...(action === '' ? {} : { action }),
    ...(kind === null ? {} : { targetKind: kind }),
    ...(target === '' ? {} : { targetId: target }),
    ...(outcome === null ? {} : { outcome }),
    ...(from === null ? {} : { from }),
    ...(to === null ? {} : { to }),
  }
}

/** Midnight of that day, or so many days after it: days of a change of the clocks are longer or shorter. */
export function dayStart(day: string, plusDays: number): number | null {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day) ?? []
  if (year === undefined) return null
  const at = new Date(Number(year), Number(month) - 1, Number(date) + plusDays).getTime()
  return Number.isNaN(at) || at < 0 ? null : at
}

/** What is wrong with two typed days, null when nothing is. */
export function daysProblem(from: string, to: string): string | null {
  const [start, end] = [dayStart(from, 0), dayStart(to, 0)]
  return start !== null && end !== null && end < start ? 'Ends before it begins' : null
}
