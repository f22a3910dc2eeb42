/** All SQL of upstreams. The secret itself is in the secret store; here is only what may be shown of it. */
import { eq, inArray, sql } from 'drizzle-orm'
import { upstreamKind, upstreamStatus, type Upstream } from '../../shared/models/upstream.ts'
import type { Db, Tx } from './database.ts'
import { upstream } from './schema/upstream.ts'
import { withUniqueName } from './store-error.ts'

/** An upstream as saved: everything but its health and quota, which live in memory. */
export type StoredUpstream = Omit<Upstream, 'health' | 'quota' | 'accountQuota'>

type Row = typeof upstream.$inferSelect
const UNIQUE_NAME = 'upstream_name'

function toUpstream(row: Row): StoredUpstream {
  const { secretFingerprint, secretSetAt, secretHasApiKey, secretHeaderNames, ...fields } = row
  return {
    ...fields,
    modelFacts: row.modelFacts ?? [],
    kind: upstreamKind.parse(row.kind),
    status: upstreamStatus.parse(row.status),
    secret:
      secretFingerprint === null
        ? null
        : {
            fingerprint: secretFingerprint,
            setAt: secretSetAt ?? row.createdAt,
            headerNames: secretHeaderNames,
            hasApiKey: secretHasApiKey,
          },
  }
}

function toRow(value: StoredUpstream): Row {
  const { secret, ...fields } = value
  return {
    ...fields,
    modelFacts: value.modelFacts.length === 0 ? null : value.modelFacts,
    secretFingerprint: secret?.fingerprint ?? null,
    secretSetAt: secret?.setAt ?? null,
    secretHasApiKey: secret?.hasApiKey ?? false,
    secretHeaderNames: secret?.headerNames ?? [],
  }
}

export function listUpstreams(db: Db | Tx): StoredUpstream[] {
  return db
    .select()
    .from(upstream)
    .orderBy(sql`lower(${upstream.name})`)
    .all()
    .map(toUpstream)
}

export function findUpstream(db: Db | Tx, id: string): StoredUpstream | undefined {
  const row = db.select().from(upstream).where(eq(upstream.id, id)).get()
  return row && toUpstream(row)
}

/** Those of the given ids that no upstream has. */
export function unknownUpstreams(db: Db | Tx, ids: readonly string[]): string[] {
  if (ids.length === 0) return []
  const rows = db
    .select({ id: upstream.id })
    .from(upstream)
    .where(inArray(upstream.id, [...ids]))
    .all()
  const known = new Set(rows.map((row) => row.id))
  return ids.filter((id) => !known.has(id))
}

export function insertUpstream(db: Db | Tx, value: StoredUpstream): void {
  withUniqueName(UNIQUE_NAME, 'upstream', value.name, () => db.insert(upstream).values(toRow(value)).run())
}

export function updateUpstream(db: Db | Tx, value: StoredUpstream): void {
  const { id, ...row } = toRow(value)
  withUniqueName(UNIQUE_NAME, 'upstream', value.name, () =>
    db.update(upstream).set(row).where(eq(upstream.id, id)).run(),
  )
}

export function deleteUpstream(db: Db | Tx, id: string): void {
  db.delete(upstream).where(eq(upstream.id, id)).run()
}
