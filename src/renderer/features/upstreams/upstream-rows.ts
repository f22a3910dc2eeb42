/** An upstream as the list shows it: its record, what it carried, and which Pools may use it now. Pure. */
import type { RouteOutput } from '../../../shared/contract.ts'
import { leastLeft, percentLeft } from '../../lib/quota-words.ts'

export type Upstream = RouteOutput<'upstream.get'>
export type Figures = RouteOutput<'upstream.figures'>[number]
export type Readiness = RouteOutput<'upstream.readinessAll'>[number]
export type HealthState = Upstream['health']['state']

export interface UpstreamRow {
  readonly upstream: Upstream
  /** Null until they are loaded. */
  readonly figures: Figures | null
  readonly pools: readonly Readiness[] | null
}

/** `attention`: not ready, and not because an operator paused it. */
export const stateFilters = ['attention', 'ready', 'cooling_down', 'paused', 'auth_required', 'secret_missing'] as const
export type StateFilter = (typeof stateFilters)[number]
export const kinds = ['openai', 'openai-compatible', 'chatgpt', 'simulator'] as const

export interface UpstreamFilter {
  readonly q: string
  readonly kind: Upstream['kind'] | null
  readonly state: StateFilter | null
  /** Id of a Pool, or `none` for upstreams that are in no Pool. */
  readonly pool: string | null
}

export function upstreamRows(
  upstreams: readonly Upstream[],
  figures: readonly Figures[] | undefined,
  readiness: readonly Readiness[] | undefined,
): readonly UpstreamRow[] {
  const figuresOf = new Map(figures?.map((row) => [row.id, row]))
  const poolsOf = Map.groupBy(readiness ?? [], (row) => row.upstreamId)
  return upstreams.map((upstream) => ({
    upstream,
    figures: figuresOf.get(upstream.id) ?? null,
    pools: readiness === undefined ? null : (poolsOf.get(upstream.id) ?? []),
  }))
}

export function needsAttention({ health }: Pick<Upstream, 'health'>): boolean {
  return health.state !== 'ready' && health.state !== 'paused'
}

export function filterUpstreams(rows: readonly UpstreamRow[], filter: UpstreamFilter): readonly UpstreamRow[] {
  const wanted = filter.q.trim().toLowerCase()
  return rows.filter(({ upstream, pools }) => {
    if (filter.kind !== null && upstream.kind !== filter.kind) return false
    if (filter.state === 'attention' && !needsAttention(upstream)) return false
    if (filter.state !== null && filter.state !== 'attention' && upstream.health.state !== filter.state) return false
    if (filter.pool === 'none' && pools?.length !== 0) return false
    if (filter.pool !== null && filter.pool !== 'none' && !pools?.some(({ poolId }) => poolId === filter.pool))
      return false
    const { name, id, baseUrl, notes } = upstream
    return wanted === '' || [name, id, baseUrl, notes].some((part) => part.toLowerCase().includes(wanted))
  })
}

/** Pools that could serve now and could not without this upstream. */
export function poolsServedOnlyBy(id: string, readiness: readonly Readiness[]): readonly Readiness[] {
  const ready = readiness.filter((row) => row.isReady)
  return ready.filter(
    (row) =>
      row.upstreamId === id &&
      !ready.some((other) => other.poolId === row.poolId && other.upstreamId !== row.upstreamId),
  )
}

/** Trouble first. */
const rank: Readonly<Record<HealthState, number>> = {
  auth_required: 0,
  secret_missing: 1,
  cooling_down: 2,
  paused: 3,
  ready: 4,
}

export function stateRank({ upstream }: UpstreamRow): number {
  return rank[upstream.health.state]
}

export function tokensOf(sums: { readonly input: number; readonly output: number }): number {
  return sums.input + sums.output
}

/** Failed ÷ (all − refused); null when nothing was dispatched. */
export function failureShare(sums: Figures['day']): number | null {
  const dispatched = sums.requests - sums.refused
  return dispatched > 0 ? sums.failed / dispatched : null
}

/** The least that is left of any of its limits, 0 to 1; null where nobody said. */
export function shareLeft({ quota, accountQuota }: Pick<Upstream, 'quota' | 'accountQuota'>): number | null {
  const window = leastLeft(accountQuota)
  if (window !== null) return percentLeft(window) / 100
  const shares = quota.flatMap(({ limit, remaining }) =>
    limit === null || remaining === null || limit === 0 ? [] : [Math.min(1, remaining / limit)],
  )
  return shares.length === 0 ? null : Math.min(...shares)
}

/** Why there is no figure of what is left. */
export function quotaUnknown({ accountQuota }: Pick<Upstream, 'accountQuota'>): string {
  return accountQuota === null || accountQuota.polledAt !== null ? 'not said' : 'not asked yet'
}

/** The account of which the least is left, of those that could serve. */
export function scarcest(rows: readonly UpstreamRow[]): { readonly upstream: Upstream; readonly share: number } | null {
  const known = rows.flatMap(({ upstream }) => {
    const share = upstream.accountQuota === null ? null : shareLeft(upstream)
    return share === null || upstream.status !== 'active' ? [] : [{ upstream, share }]
  })
  return known.toSorted((a, b) => a.share - b.share)[0] ?? null
}

/** Every model it is known to serve; empty when it is asked for any. */
export function modelsOf({ fetchedModels, manualModels }: Upstream): readonly string[] {
  return [...new Set([...fetchedModels, ...manualModels])]
}

/** The address without what every address has. */
export function placeOf({ kind, baseUrl }: Pick<Upstream, 'kind' | 'baseUrl'>): string {
  return kind === 'simulator' ? 'offline' : baseUrl.replace(/^https?:\/\//, '')
}
