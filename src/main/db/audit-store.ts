/**
 * All SQL of the audit log. Rows are added and never changed; each is chained to the one before it in the transaction
 * that adds it.
 */
import { and, asc, desc, eq, gt, gte, inArray, isNull, lt, sql, type SQL } from 'drizzle-orm'
import type { AuditDetail, AuditEntry, AuditFilter, AuditPage } from '../../shared/models/audit.ts'
import { chainHash, emptyHead, GENESIS, walkChain, type ChainHead } from './audit-chain.ts'
import type { Db, Tx } from './database.ts'
import { audit, auditHead } from './schema/audit.ts'

export type NewAuditEntry = Omit<AuditEntry, 'id'>

/** The end of the chain as the database has it. */
export function readAuditHead(db: Db | Tx): ChainHead {
  const row = db.select().from(auditHead).where(eq(auditHead.id, 1)).get()
  return row === undefined ? emptyHead : { entries: row.entries, lastId: row.lastId, hash: row.hash }
}

function writeAuditHead(tx: Tx, head: ChainHead): void {
  const values = { ...head }
  tx.insert(auditHead)
    .values({ id: 1, ...values })
    .onConflictDoUpdate({ target: auditHead.id, set: values })
    .run()
}

export function insertAudit(db: Db | Tx, entry: NewAuditEntry): void {
  // What SQLite would store of half a surrogate pair is not what was hashed.
  const content = { ...entry, targetName: entry.targetName?.toWellFormed() ?? null }
  db.transaction((tx) => {
    const head = readAuditHead(tx)
    const hash = chainHash(head.hash, content)
    const { id } = tx
      .insert(audit)
      .values({ ...content, hash, previousHash: head.hash })
      .returning({ id: audit.id })
      .get()
    writeAuditHead(tx, { entries: head.entries + 1, lastId: id, hash })
  })
}

/** Chains the rows of a version that had no chain. Does nothing once there is a head. */
export function chainOldRows(db: Db): number {
  if (db.select({ id: auditHead.id }).from(auditHead).get() !== undefined) return 0
  return db.transaction((tx) => {
    let head = emptyHead
    const rows = tx.select().from(audit).where(isNull(audit.hash)).orderBy(asc(audit.id)).all()
    for (const row of rows) {
      const hash = chainHash(head.hash, row)
      tx.update(audit).set({ hash, previousHash: head.hash }).where(eq(audit.id, row.id)).run()
      head = { entries: head.entries + 1, lastId: row.id, hash }
    }
    writeAuditHead(tx, head)
    return head.entries
  })
}

/** Newest first. `below` is the cursor. */
export function queryAuditPage(db: Db, filter: AuditFilter & { readonly below: number }): AuditPage {
  const found = db
    .select()
    .from(audit)
    .where(and(...conditions(filter)))
    .orderBy(desc(audit.id))
    .limit(filter.limit + 1)
    .all()
  const rows = found.slice(0, filter.limit).map(toEntry)
  return { rows, next: found.length > filter.limit ? (rows.at(-1)?.id ?? null) : null }
}

export function queryAuditEntry(db: Db, id: number): AuditDetail | null {
  const row = db.select().from(audit).where(eq(audit.id, id)).get()
  return row === undefined
    ? null
    : { ...toEntry(row), hash: row.hash ?? GENESIS, previousHash: row.previousHash ?? GENESIS }
}

function toEntry(row: typeof audit.$inferSelect): AuditEntry {
  const { id, hash: _hash, previousHash: _previous, ...entry } = row
  return { ...entry, id: String(id) }
}

function conditions(filter: AuditFilter & { readonly below: number }): SQL[] {
  const found: SQL[] = [lt(audit.id, filter.below)]
  const actions = [...(filter.actions ?? []), ...(filter.action === undefined ? [] : [filter.action])]
  if (actions.length > 0) found.push(inArray(audit.action, actions))
  if (filter.targetKind !== undefined) found.push(eq(audit.targetKind, filter.targetKind))
  if (filter.targetId !== undefined) found.push(eq(audit.targetId, filter.targetId))
  if (filter.actor !== undefined) found.push(eq(audit.actor, filter.actor))
  if (filter.outcome !== undefined) found.push(eq(audit.outcome, filter.outcome))
  if (filter.from !== undefined) found.push(gte(audit.at, filter.from))
  if (filter.to !== undefined) found.push(lt(audit.at, filter.to))
  const text = filter.text?.trim() ?? ''
  if (text !== '') found.push(containing(text))
  return found
}

function containing(text: string): SQL {
  const pattern = `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`
  const fields = [audit.targetName, audit.targetId, audit.poolName, audit.action, audit.errorCode]
  const all = sql.join(
    [...fields, audit.before, audit.after].map((field) => sql`coalesce(${field}, '')`),
    sql` || ' ' || `,
  )
  return sql`(${all}) like ${pattern} escape '\\'`
}

/** A slice of the walk along the chain, and the end as the database records it at that moment. */
export interface ChainSlice {
  readonly head: ChainHead
  readonly broken: ReturnType<typeof walkChain>['broken']
  readonly isEnd: boolean
  readonly recorded: ChainHead
}

/** Checks the next rows after `head`. */
export function queryChainSlice(db: Db, input: { readonly head: ChainHead; readonly limit: number }): ChainSlice {
  const { head, limit } = input
  return db.transaction((tx) => {
    const rows = tx.select().from(audit).where(gt(audit.id, head.lastId)).orderBy(asc(audit.id)).limit(limit).all()
    return { ...walkChain(head, rows), isEnd: rows.length < limit, recorded: readAuditHead(tx) }
  })
}

/** The hash of one row, null when it is gone. */
export function queryAuditHash(db: Db, id: number): string | null {
  return db.select({ hash: audit.hash }).from(audit).where(eq(audit.id, id)).get()?.hash ?? null
}
