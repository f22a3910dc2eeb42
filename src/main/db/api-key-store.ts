/** All SQL of Pool API keys. A key's secret is never here, only its SHA-256. */
import { and, asc, eq, gt, ne, sql } from 'drizzle-orm'
import { storedKeyStatus, type PoolKey, type StoredKeyStatus } from '../../shared/models/key.ts'
import type { Db, Tx } from './database.ts'
import { apiKey } from './schema/api-key.ts'
import { nameTaken } from './store-error.ts'

/** A key as saved: `expired` and the prefix are derived, the hash never leaves main. */
export interface StoredKey extends Omit<PoolKey, 'status' | 'prefix'> {
  readonly status: StoredKeyStatus
  readonly publicId: string
  readonly secretHash: Buffer
}

function toKey(row: typeof apiKey.$inferSelect): StoredKey {
  return { ...row, status: storedKeyStatus.parse(row.status) }
}

/** A slice in the order of ids, so that ten thousand keys need not be read in one turn. */
export function listKeysAfter(db: Db | Tx, afterId: string, limit: number, poolId?: string): StoredKey[] {
  return db
    .select()
    .from(apiKey)
    .where(and(gt(apiKey.id, afterId), poolId === undefined ? undefined : eq(apiKey.poolId, poolId)))
    .orderBy(asc(apiKey.id))
    .limit(limit)
    .all()
    .map(toKey)
}

export function findKey(db: Db | Tx, id: string): StoredKey | undefined {
  const row = db.select().from(apiKey).where(eq(apiKey.id, id)).get()
  return row && toKey(row)
}

/** Names of keys are unique within their Pool. One process writes, so checking inside the transaction is enough. */
function checkName(db: Db | Tx, key: StoredKey): void {
  const other = db
    .select({ id: apiKey.id })
    .from(apiKey)
    .where(and(eq(apiKey.poolId, key.poolId), sql`lower(${apiKey.name}) = lower(${key.name})`, ne(apiKey.id, key.id)))
    .get()
  if (other) throw nameTaken('key of this Pool', key.name)
}

export function insertKey(db: Db | Tx, key: StoredKey): void {
  checkName(db, key)
  db.insert(apiKey).values(key).run()
}

/** Writes everything but the time of last use, which the journal keeps. */
export function updateKey(db: Db | Tx, key: StoredKey): void {
  checkName(db, key)
  const { id, lastUsedAt: _, ...row } = key
  db.update(apiKey).set(row).where(eq(apiKey.id, id)).run()
}

export function deleteKey(db: Db | Tx, id: string): void {
  db.delete(apiKey).where(eq(apiKey.id, id)).run()
}

/** Returns the keys it deleted. */
export function deleteKeysOfPool(db: Db | Tx, poolId: string): { id: string; publicId: string }[] {
  return db
    .delete(apiKey)
    .where(eq(apiKey.poolId, poolId))
    .returning({ id: apiKey.id, publicId: apiKey.publicId })
    .all()
}
