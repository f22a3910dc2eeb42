import { desc } from 'drizzle-orm'
import { formatRequestId } from '../../shared/request-id.ts'
import type { Db } from './database.ts'
import { request } from './schema/request.ts'

/** The last row of the log, which is one step in the primary key; null while it is empty. */
export function newestRequest(db: Db): { id: string; at: number; keyId: string } | null {
  const { id, at, keyId } = request
  const row = db.select({ id, at, keyId }).from(request).orderBy(desc(id)).limit(1).get()
  return row === undefined ? null : { ...row, id: formatRequestId(row.id) }
}
