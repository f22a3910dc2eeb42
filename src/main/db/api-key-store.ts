/** All SQL of Pool API keys. A key's secret is never here, only its SHA-256. */
import { and, asc, count, desc, eq, gt, gte, inArray, ne, sql } from 'drizzle-orm'
import { storedKeyStatus, type KeyFilter, type PoolKey, type StoredKeyStatus } from '../../shared/models/key.ts'
import { defaultAlertThresholds, noLimits, setCaps, type Limits } from '../../shared/models/limit.ts'
import type { Db, Tx } from './database.ts'
import { apiKey } from './schema/api-key.ts'
import { usageDay } from './schema/usage-day.ts'
import { withUniqueName } from './store-error.ts'

const UNIQUE_NAME = 'api_key_pool_name'

/** A key as saved: `expired` and the prefix are derived, the hash never leaves main. */
export interface StoredKey extends Omit<PoolKey, 'status' | 'prefix' | 'previous'> {
  readonly status: StoredKeyStatus
  readonly publicId: string
  readonly secretHash: Buffer
  /** SHA-256 of the secret before the last rotation, which opens until `previousUntil`; null where there is none. */
  readonly previousHash: Buffer | null
  /** Epoch ms. */
  readonly previousUntil: number | null
  readonly previousUsedAt: number | null
}

type KeyRow = typeof apiKey.$inferSelect

function toKey({ adjustments, ...row }: KeyRow): StoredKey {
  return {
    ...row,
    status: storedKeyStatus.parse(row.status),
    limits: { ...noLimits, ...row.limits },
    limitOverrides: row.limitOverrides?.map((each) => ({ ...each, limits: { ...noLimits, ...each.limits } })) ?? [],
    unpriced: row.unpriced ?? 'refuse',
    alertThresholds: row.alertThresholds ?? [...defaultAlertThresholds],
    canMakeTokens: row.canMakeTokens ?? false,
    raises: [...(adjustments?.raises ?? [])],
    resets: [...(adjustments?.resets ?? [])],
  }
}

/** Blank caps are left out: most keys set few of them, and all keys are read at start. */
function toRow({ raises, resets, ...key }: StoredKey): typeof apiKey.$inferInsert {
  const limits = setCaps(key.limits) as Limits
  const overrides = key.limitOverrides.map((each) => ({ ...each, limits: setCaps(each.limits) as Limits }))
  return {
    ...key,
    limits: Object.keys(limits).length === 0 ? null : limits,
    limitOverrides: overrides.length === 0 ? null : overrides,
    unpriced: key.unpriced === 'refuse' ? null : key.unpriced,
    alertThresholds: isUsual(key.alertThresholds) ? null : key.alertThresholds,
    canMakeTokens: key.canMakeTokens ? true : null,
    adjustments: raises.length + resets.length === 0 ? null : { raises, resets },
  }
}

function isUsual(thresholds: readonly number[]): boolean {
  return thresholds.join() === defaultAlertThresholds.join()
}

/** A slice in the order of ids, so that ten thousand keys need not be read in one turn. */
export function listKeysAfter(db: Db | Tx, afterId: string, limit: number, filter: KeyFilter = {}): StoredKey[] {
  return db
    .select()
    .from(apiKey)
    .where(
      and(
        gt(apiKey.id, afterId),
        filter.poolId === undefined ? undefined : eq(apiKey.poolId, filter.poolId),
        filter.owner === undefined ? undefined : sql`lower(${apiKey.owner}) = lower(${filter.owner})`,
      ),
    )
    .orderBy(asc(apiKey.id))
    .limit(limit)
    .all()
    .map(toKey)
}

export function findKey(db: Db | Tx, id: string): StoredKey | undefined {
  const row = db.select().from(apiKey).where(eq(apiKey.id, id)).get()
  return row && toKey(row)
}

/** Names of keys are unique within their Pool. */
function withName(key: StoredKey, write: () => void): void {
  withUniqueName(UNIQUE_NAME, 'key of this Pool', key.name, write)
}

export function insertKey(db: Db | Tx, key: StoredKey): void {
  withName(key, () => db.insert(apiKey).values(toRow(key)).run())
}

/** Writes everything but the time of last use, which the journal keeps. */
export function updateKey(db: Db | Tx, key: StoredKey): void {
  const { id, lastUsedAt: _, ...row } = toRow(key)
  withName(key, () => db.update(apiKey).set(row).where(eq(apiKey.id, id)).run())
}

/** Keys per Pool, and how many of them a client could use now. Pools without keys are left out. */
export function countKeys(db: Db | Tx, now: number): Map<string, { total: number; usable: number }> {
  const isUsable = sql`${apiKey.status} = 'active' and (${apiKey.expiresAt} is null or ${apiKey.expiresAt} > ${now})`
  const rows = db
    .select({ poolId: apiKey.poolId, total: count(), usable: sql<number>`sum(${isUsable})` })
    .from(apiKey)
    .groupBy(apiKey.poolId)
    .all()
  return new Map(rows.map(({ poolId, ...counts }) => [poolId, counts]))
}

/** Keys of a Pool used since `since`, latest first, `limit` of them. */
export function recentlyUsedKeys(db: Db | Tx, poolId: string, since: number, limit: number) {
  const where = and(eq(apiKey.poolId, poolId), gte(apiKey.lastUsedAt, since))
  const { id, name, publicId, lastUsedAt } = apiKey
  const rows = db
    .select({ id, name, publicId, lastUsedAt })
    .from(apiKey)
    .where(where)
    .orderBy(desc(lastUsedAt))
    .limit(limit)
    .all()
  return { rows, total: db.select({ total: count() }).from(apiKey).where(where).get()?.total ?? 0 }
}

/** Keys that allow this upstream and no other. Revoked ones open nothing anyway. */
export function keysAllowingOnly(db: Db | Tx, upstreamId: string) {
  const { id, name, publicId, poolId } = apiKey
  return db
    .select({ id, name, publicId, poolId })
    .from(apiKey)
    .where(and(ne(apiKey.status, 'revoked'), eq(sql`${apiKey.allowedUpstreams}`, JSON.stringify([upstreamId]))))
    .all()
}

/** With what its limits counted. */
export function deleteKey(db: Db | Tx, id: string): void {
  db.delete(usageDay).where(eq(usageDay.keyId, id)).run()
  db.delete(apiKey).where(eq(apiKey.id, id)).run()
}

/** With what their limits counted. Returns the keys it deleted. */
export function deleteKeysOfPool(db: Db | Tx, poolId: string): { id: string; publicId: string }[] {
  const ids = db.select({ id: apiKey.id }).from(apiKey).where(eq(apiKey.poolId, poolId))
  db.delete(usageDay).where(inArray(usageDay.keyId, ids)).run()
  return db
    .delete(apiKey)
    .where(eq(apiKey.poolId, poolId))
    .returning({ id: apiKey.id, publicId: apiKey.publicId })
    .all()
}
