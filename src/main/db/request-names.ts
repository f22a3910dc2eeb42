/** What the ids in a request are called. The log outlives the records; the audit log remembers how they were called. */
import { desc, eq, inArray } from 'drizzle-orm'
import type { RecordName } from '../../shared/models/request.ts'
import type { Db } from './database.ts'
import { apiKey } from './schema/api-key.ts'
import { audit } from './schema/audit.ts'
import { pool } from './schema/pool.ts'
import { upstream } from './schema/upstream.ts'

const PREFIX = 'sk-weir-'

export interface NamedIds {
  readonly keys?: Iterable<string>
  readonly pools?: Iterable<string>
  readonly upstreams?: Iterable<string>
}

export function namesOf(db: Db, ids: NamedIds): Record<string, RecordName> {
  const names: Record<string, RecordName> = {}
  const put = (id: string, name: string, prefix: string | null = null) => {
    names[id] = { name, prefix, isDeleted: false }
  }
  const [keys, pools, upstreams] = [ids.keys, ids.pools, ids.upstreams].map((each) => [...new Set(each ?? [])])
  if (keys !== undefined && keys.length > 0) {
    const columns = { id: apiKey.id, name: apiKey.name, publicId: apiKey.publicId }
    const rows = db.select(columns).from(apiKey).where(inArray(apiKey.id, keys)).all()
    for (const row of rows) put(row.id, row.name, PREFIX + row.publicId)
  }
  for (const [table, wanted] of [
    [pool, pools],
    [upstream, upstreams],
  ] as const) {
    if (wanted === undefined || wanted.length === 0) continue
    const rows = db.select({ id: table.id, name: table.name }).from(table).where(inArray(table.id, wanted)).all()
    for (const row of rows) put(row.id, row.name)
  }
  for (const id of [...(keys ?? []), ...(pools ?? []), ...(upstreams ?? [])]) names[id] ??= remembered(db, id)
  return names
}

/** Of a record that is gone, what the audit log calls it. */
export function remembered(db: Db, id: string): RecordName {
  const last = db
    .select({ name: audit.targetName })
    .from(audit)
    .where(eq(audit.targetId, id))
    .orderBy(desc(audit.id))
    .limit(1)
    .get()
  return { name: last?.name ?? null, prefix: null, isDeleted: true }
}
