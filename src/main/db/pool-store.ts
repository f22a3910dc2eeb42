/** All SQL of Pools and their assignments. */
import { isDeepStrictEqual } from 'node:util'
import { asc, eq, inArray, sql } from 'drizzle-orm'
import { poolStatus, poolStrategy, usualRouting, type Assignment, type Pool } from '../../shared/models/pool.ts'
import type { Db, Tx } from './database.ts'
import { assignment, pool } from './schema/pool.ts'
import { withUniqueName } from './store-error.ts'

const UNIQUE_NAME = 'pool_name'

function toPool(row: typeof pool.$inferSelect, assignments: readonly Assignment[]): Pool {
  return {
    ...row,
    status: poolStatus.parse(row.status),
    strategy: poolStrategy.parse(row.strategy),
    assignments: [...assignments],
    aliases: row.aliases ?? [],
    hiddenModels: row.hiddenModels ?? [],
    servingModes: row.servingModes ?? [],
    // What a Pool was saved without has come since.
    routing: { ...usualRouting, ...row.routing },
  }
}

function toRow({ assignments: _apart, ...row }: Pool) {
  const isUsual = isDeepStrictEqual(row.routing, usualRouting)
  return {
    ...row,
    aliases: orNull(row.aliases),
    hiddenModels: orNull(row.hiddenModels),
    servingModes: orNull(row.servingModes),
    routing: isUsual ? null : row.routing,
  }
}

/** Most Pools have none. */
function orNull<T>(list: T[]): T[] | null {
  return list.length === 0 ? null : list
}

function assignmentsOf(db: Db | Tx, poolIds: readonly string[]): Map<string, Assignment[]> {
  const byPool = new Map<string, Assignment[]>()
  const rows = db
    .select()
    .from(assignment)
    .where(inArray(assignment.poolId, [...poolIds]))
    .orderBy(asc(assignment.priority), asc(assignment.upstreamId))
    .all()
  for (const { poolId, ...member } of rows) {
    const members = byPool.get(poolId)
    if (members) members.push(member)
    else byPool.set(poolId, [member])
  }
  return byPool
}

export function listPools(db: Db | Tx): Pool[] {
  const rows = db
    .select()
    .from(pool)
    .orderBy(sql`lower(${pool.name})`)
    .all()
  const members = assignmentsOf(
    db,
    rows.map((row) => row.id),
  )
  return rows.map((row) => toPool(row, members.get(row.id) ?? []))
}

export function findPool(db: Db | Tx, id: string): Pool | undefined {
  const row = db.select().from(pool).where(eq(pool.id, id)).get()
  return row && toPool(row, assignmentsOf(db, [id]).get(id) ?? [])
}

function insertAssignments(db: Db | Tx, value: Pool): void {
  if (value.assignments.length === 0) return
  db.insert(assignment)
    .values(value.assignments.map((member) => ({ poolId: value.id, ...member })))
    .run()
}

/** For the audit log, which outlives the Pool. */
export function findPoolName(db: Db | Tx, id: string): string | null {
  return db.select({ name: pool.name }).from(pool).where(eq(pool.id, id)).get()?.name ?? null
}

export function insertPool(db: Db | Tx, value: Pool): void {
  withUniqueName(UNIQUE_NAME, 'Pool', value.name, () => db.insert(pool).values(toRow(value)).run())
  insertAssignments(db, value)
}

/** Writes the whole record; its assignments replace the stored list. */
export function updatePool(db: Db | Tx, value: Pool): void {
  const { id, ...row } = toRow(value)
  withUniqueName(UNIQUE_NAME, 'Pool', value.name, () => db.update(pool).set(row).where(eq(pool.id, id)).run())
  db.delete(assignment).where(eq(assignment.poolId, id)).run()
  insertAssignments(db, value)
}

export function deletePool(db: Db | Tx, id: string): void {
  db.delete(assignment).where(eq(assignment.poolId, id)).run()
  db.delete(pool).where(eq(pool.id, id)).run()
}

/** Takes an upstream out of every Pool; returns the ids of the Pools it was in. */
export function unassignUpstream(db: Db | Tx, upstreamId: string): string[] {
  return db
    .delete(assignment)
    .where(eq(assignment.upstreamId, upstreamId))
    .returning({ poolId: assignment.poolId })
    .all()
    .map((row) => row.poolId)
}
