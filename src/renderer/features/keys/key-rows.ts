/** What the list of keys shows: each key with its Pool and its traffic, and which of them fit the filters. Pure. */
import { sortParam } from '../../components/table-model.ts'
import { choiceParam, oneOfParam, switchParam, textParam, type UrlState } from '../../lib/url-state.ts'
import type { KeyFigures } from '../../../shared/models/overview.ts'
import type { KeyStatus, PoolKey } from '../../../shared/models/key.ts'
import type { KeyUsageGlance } from '../../../shared/models/limit.ts'
import type { Pool } from '../../../shared/models/pool.ts'
import type { UsageSums } from '../../../shared/models/stats.ts'

export const DAY_MS = 86_400_000
export const SOON_DAYS = 14
export const UNUSED_DAYS = 30

export const keyStatuses = ['active', 'paused', 'expired', 'revoked'] as const satisfies readonly KeyStatus[]
export const ranges = ['24h', '7d', '30d'] as const
export type Range = (typeof ranges)[number]
export const rangeMs: Readonly<Record<Range, number>> = { '24h': DAY_MS, '7d': 7 * DAY_MS, '30d': 30 * DAY_MS }
export const rangeWords: Readonly<Record<Range, string>> = {
  '24h': 'the last 24 hours',
  '7d': 'the last 7 days',
  '30d': 'the last 30 days',
}

export const filterParams = {
  q: textParam(),
  status: oneOfParam(keyStatuses),
  pool: textParam(),
  owner: textParam(),
  soon: switchParam(),
  unused: switchParam(),
  unrotated: switchParam(),
}
export const viewParams = { range: choiceParam(ranges, '7d'), sort: sortParam('name') }
export type KeyFilters = UrlState<typeof filterParams>

export interface KeyRow {
  readonly key: PoolKey
  readonly pool: Pick<Pool, 'id' | 'name' | 'status'>
  /** Null while the figures are not there; zeros where there was no traffic. */
  readonly usage: KeyUsage | null
  /** Null for a key without limits that fill up; undefined while they are not there. */
  readonly glance: KeyUsageGlance | null | undefined
}

export interface KeyUsage {
  readonly sums: UsageSums
  readonly requestShare: number
  readonly tokenShare: number
}

const noUsage: KeyUsage = {
  sums: {
    requests: 0,
    failed: 0,
    refused: 0,
    input: 0,
    cached: 0,
    output: 0,
    reasoning: 0,
    costNanos: 0,
    durationMs: 0,
  },
  requestShare: 0,
  tokenShare: 0,
}

export function usageOf(figures: KeyFigures | undefined, id: string): KeyUsage | null {
  if (figures === undefined) return null
  return figures.keys.find((entry) => entry.id === id) ?? noUsage
}

export function joinRows(
  keys: readonly PoolKey[],
  pools: readonly Pool[],
  figures: KeyFigures | undefined,
  glances: ReadonlyMap<string, KeyUsageGlance> | undefined,
): readonly KeyRow[] {
  const poolsById = new Map(pools.map((pool) => [pool.id, pool]))
  const usageById = new Map(figures?.keys.map((entry) => [entry.id, entry]))
  return keys.map((key) => ({
    key,
    pool: poolsById.get(key.poolId) ?? { id: key.poolId, name: 'Unknown Pool', status: 'active' },
    usage: figures === undefined ? null : (usageById.get(key.id) ?? noUsage),
    glance: glances === undefined ? undefined : (glances.get(key.id) ?? null),
  }))
}

/** Ends within the next days, and is not over yet. */
export function expiresSoon({ status, expiresAt }: PoolKey, now: number): boolean {
  return status !== 'revoked' && expiresAt !== null && expiresAt > now && expiresAt <= now + SOON_DAYS * DAY_MS
}

/** Nothing came for so long, by a key that could still be used. One that was made later is not old enough to tell. */
export function isUnused({ status, createdAt, lastUsedAt }: PoolKey, now: number): boolean {
  return status !== 'revoked' && (lastUsedAt ?? createdAt) <= now - UNUSED_DAYS * DAY_MS
}

export function isNeverRotated({ status, rotatedAt }: PoolKey): boolean {
  return status !== 'revoked' && rotatedAt === null
}

/** A secret that was pasted whole finds its key by the public part; the rest must not get into the address. */
export function withoutSecret(text: string): string {
  return text.replaceAll(/((?:sk|et)-weir-[0-9A-Za-z]{10})-[0-9A-Za-z]+/g, '$1')
}

function isFound({ key }: KeyRow, text: string): boolean {
  const wanted = text.trim().toLowerCase()
  return [key.name, key.prefix, key.owner ?? ''].some((part) => part.toLowerCase().includes(wanted))
}

export function fits(row: KeyRow, filters: KeyFilters, now: number): boolean {
  const { key } = row
  return (
    isFound(row, filters.q) &&
    (filters.status === null || key.status === filters.status) &&
    (filters.pool === '' || key.poolId === filters.pool) &&
    (filters.owner === '' || key.owner === filters.owner) &&
    (!filters.soon || expiresSoon(key, now)) &&
    (!filters.unused || isUnused(key, now)) &&
    (!filters.unrotated || isNeverRotated(key))
  )
}

export function isFiltered(filters: KeyFilters): boolean {
  const { q, status, pool, owner, soon, unused, unrotated } = filters
  return q !== '' || status !== null || pool !== '' || owner !== '' || soon || unused || unrotated
}

export function ownersOf(keys: readonly PoolKey[]): readonly string[] {
  return [...new Set(keys.flatMap((key) => key.owner ?? []))].sort((a, b) => a.localeCompare(b))
}

/** What the key may do, in the fewest words, without its limits. The first part is about models. */
export function policyWords(key: PoolKey): readonly string[] {
  const { modelPolicy, enforced, allowedUpstreams, ipAllowlist } = key
  const models = {
    all: 'all models',
    none: 'no models',
    selected: modelPolicy.mode === 'selected' ? counted(modelPolicy.models.length, 'model') : '',
  }[modelPolicy.mode]
  const always = [enforced.model, enforced.effort, enforced.serviceTier].filter((value) => value !== null)
  return [
    models,
    ...(always.length === 0 ? [] : [`always ${always.join(', ')}`]),
    ...(allowedUpstreams === null ? [] : [counted(allowedUpstreams.length, 'upstream')]),
    ...(ipAllowlist.length === 0 ? [] : [counted(ipAllowlist.length, 'address', 'addresses')]),
  ]
}

function counted(amount: number, noun: string, nouns = `${noun}s`): string {
  return `${amount} ${amount === 1 ? noun : nouns}`
}

/** `laptop copy`, `laptop copy 2`: a name that no key of the Pool has. */
export function copyName(name: string, taken: readonly string[]): string {
  const lower = new Set(taken.map((each) => each.toLowerCase()))
  for (let number = 1; ; number++) {
    const tail = number === 1 ? ' copy' : ` copy ${number}`
    const proposal = `${name.slice(0, 80 - tail.length)}${tail}`
    if (!lower.has(proposal.toLowerCase())) return proposal
  }
}
