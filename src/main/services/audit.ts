/** The audit log for its readers. Walked in windows of ids, so that a filter that matches nothing holds nobody up. */
import type { AuditEntry, AuditFilter, AuditPage } from '../../shared/models/audit.ts'
import { lastAuditId, listAudit } from '../db/audit-store.ts'
import type { Db } from '../db/database.ts'
import { invalidField } from './record-id.ts'
import { nextTurn } from './turn.ts'

export interface AuditService {
  list(filter: AuditFilter): Promise<AuditPage>
}

const ROWS_PER_TURN = 5_000

function cursorOf(before: string | undefined, db: Db): number {
  if (before === undefined) return lastAuditId(db) + 1
  const id = /^\d{1,15}$/.test(before) ? Number(before) : Number.NaN
  if (Number.isNaN(id)) throw invalidField('before', 'is not a cursor of this list')
  return id
}

export function createAuditService(deps: { readonly db: Db }): AuditService {
  const { db } = deps
  return {
    async list(filter) {
      const rows: AuditEntry[] = []
      // One more than asked for says whether there is a next page.
      const wanted = filter.limit + 1
      for (let below = cursorOf(filter.before, db); below > 1 && rows.length < wanted;) {
        // With a target the index leads straight to its rows, so the window need not be small.
        const above = filter.targetId === undefined ? Math.max(0, below - 1 - ROWS_PER_TURN) : 0
        rows.push(...listAudit(db, filter, { below, above, limit: wanted - rows.length }))
        below = above + 1
        if (below > 1 && rows.length < wanted) await nextTurn()
      }
      const page = rows.slice(0, filter.limit)
      return { rows: page, next: rows.length > filter.limit ? (page.at(-1)?.id ?? null) : null }
    },
  }
}
