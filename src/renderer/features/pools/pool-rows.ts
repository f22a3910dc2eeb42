/** A Pool as the lists show it: its record, whether it can serve, and what it carried. Pure. */
import type { RouteOutput } from '../../../shared/contract.ts'

export type Pool = RouteOutput<'pool.get'>
export type PoolFigures = RouteOutput<'pool.figures'>[number]
export type PoolCounts = RouteOutput<'pool.summary'>[number]

/** `attention`: active, and yet no request would get through. */
export const poolFilters = ['active', 'attention', 'disabled', 'archived'] as const
export type PoolFilter = (typeof poolFilters)[number]

export interface PoolRow {
  readonly pool: Pool
  /** Null until they are loaded. */
  readonly counts: PoolCounts | null
  /** Null until they are loaded; a Pool without traffic has zeros. */
  readonly figures: PoolFigures | null
  /** The Pool that it falls back to; null without one, and where that is gone. */
  readonly fallback: Pool | null
  /** None of its own upstreams is ready, so every request goes to its fallback Pool. */
  readonly isOnFallback: boolean
  /** Why an active Pool cannot serve, in one sentence; null when it can, or is not active. */
  readonly blockedBy: string | null
  /** Of the last five hours. */
  readonly recent: { readonly requests: number; readonly tokensPerSecond: number; readonly peak: number }
}

const rank: Readonly<Record<Pool['status'], number>> = { active: 0, disabled: 1, archived: 2 }

/** Why no request of this Pool would get through now. `canFallBack`: its fallback Pool could serve. */
export function blockedBy(
  pool: Pick<Pool, 'status'>,
  counts: PoolCounts | null,
  canFallBack: boolean = false,
): string | null {
  if (pool.status !== 'active' || counts === null) return null
  const { upstreams, keys } = counts
  if (!canFallBack) {
    if (upstreams.total === 0) return 'No upstream is assigned.'
    if (upstreams.enabled === 0) return 'Every upstream of it is switched off.'
    if (upstreams.ready === 0) return 'None of its upstreams is ready.'
  }
  if (keys.usable === 0) return keys.total === 0 ? 'It has no key yet.' : 'None of its keys can be used.'
  return null
}

export function recentOf(figures: PoolFigures | null): PoolRow['recent'] {
  const steps = figures?.series ?? []
  const [first] = steps
  const last = steps.at(-1)
  if (first === undefined || last === undefined) return { requests: 0, tokensPerSecond: 0, peak: 0 }
  const stepMs = steps.length > 1 ? (last.at - first.at) / (steps.length - 1) : 0
  const seconds = Math.max(1, (last.at + stepMs - first.at) / 1_000)
  return {
    requests: steps.reduce((sum, step) => sum + step.requests, 0),
    tokensPerSecond: steps.reduce((sum, step) => sum + step.tokens, 0) / seconds,
    peak: Math.max(...steps.map((step) => step.tokensPerSecond)),
  }
}

function noTraffic(id: string): PoolFigures {
  const sums = { requests: 0, failed: 0, refused: 0, input: 0, cached: 0, output: 0, reasoning: 0 }
  return { id, day: { ...sums, costNanos: 0, durationMs: 0 }, failureShare: null, series: [], hours: [] }
}

/** Active first, then by name. */
export function poolRows(
  pools: readonly Pool[],
  counts: readonly PoolCounts[] | undefined,
  figures: readonly PoolFigures[] | undefined,
): readonly PoolRow[] {
  const countsOf = new Map(counts?.map((row) => [row.id, row]))
  const figuresOf = new Map(figures?.map((row) => [row.id, row]))
  const rows = pools.map((pool): PoolRow => {
    const own = countsOf.get(pool.id) ?? null
    const fallback = pools.find(({ id }) => id === pool.routing.fallbackPoolId) ?? null
    const canFallBack = fallback?.status === 'active' && (countsOf.get(fallback.id)?.upstreams.ready ?? 0) > 0
    const isOnFallback = pool.status === 'active' && own?.upstreams.ready === 0 && canFallBack
    const traffic = figures === undefined ? null : (figuresOf.get(pool.id) ?? noTraffic(pool.id))
    const facts = { pool, counts: own, figures: traffic, fallback, isOnFallback, recent: recentOf(traffic) }
    return { ...facts, blockedBy: blockedBy(pool, own, canFallBack) }
  })
  const names = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })
  return rows.sort((a, b) => rank[a.pool.status] - rank[b.pool.status] || names.compare(a.pool.name, b.pool.name))
}

export function filterPools(rows: readonly PoolRow[], text: string, filter: PoolFilter | null): readonly PoolRow[] {
  const wanted = text.trim().toLowerCase()
  return rows.filter(({ pool, blockedBy: reason }) => {
    if (filter === 'attention' ? reason === null : filter !== null && pool.status !== filter) return false
    return wanted === '' || [pool.name, pool.id, pool.notes].some((part) => part.toLowerCase().includes(wanted))
  })
}

/** Tokens per second with one digit: `12.3`, `< 0.1`, `0`. */
export function formatRate(perSecond: number): string {
  if (perSecond === 0) return '0'
  if (perSecond < 0.1) return '< 0.1'
  return perSecond < 100 ? perSecond.toFixed(1) : Math.round(perSecond).toLocaleString('en-US')
}
