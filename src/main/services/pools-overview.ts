/** What the pages say of Pools beyond their records: counts for the cards, and what a deletion would take along. */
import type { PoolDeletePreview, PoolSummary } from '../../shared/models/pool.ts'
import { countKeys, recentlyUsedKeys } from '../db/api-key-store.ts'
import type { Db } from '../db/database.ts'
import { findPool, listPools } from '../db/pool-store.ts'
import type { Reader } from '../db/reader.ts'
import type { HealthView } from '../gateway/health.ts'
import { poolKeyPrefix } from '../gateway/pool-key.ts'
import { found } from './record-id.ts'

export interface PoolOverview {
  summary(): PoolSummary[]
  deletePreview(id: string): Promise<PoolDeletePreview>
}

const USED_WITHIN_MS = 7 * 86_400_000
const MAX_NAMED_KEYS = 20

export function createPoolOverview(deps: {
  readonly db: Db
  readonly health: Pick<HealthView, 'view'>
  readonly reader: Pick<Reader, 'requestCount'>
  readonly flushJournal: () => void
  readonly now: () => number
}): PoolOverview {
  const { db, health, now } = deps
  return {
    summary() {
      const keys = countKeys(db, now())
      return listPools(db).map(({ id, assignments }) => {
        const enabled = assignments.filter((member) => member.enabled)
        const ready = enabled.filter((member) => health.view(member.upstreamId).state === 'ready')
        return {
          id,
          upstreams: { total: assignments.length, enabled: enabled.length, ready: ready.length },
          keys: keys.get(id) ?? { total: 0, usable: 0 },
        }
      })
    },
    async deletePreview(id) {
      const pool = found(findPool(db, id), 'pool')
      deps.flushJournal()
      const requestsKept = await deps.reader.requestCount({ poolId: id })
      const used = recentlyUsedKeys(db, id, now() - USED_WITHIN_MS, MAX_NAMED_KEYS)
      const isArchived = pool.status === 'archived'
      return {
        blockedBy: isArchived ? null : `The Pool is ${pool.status}. Archive it, then delete it.`,
        keys: countKeys(db, now()).get(id)?.total ?? 0,
        usedKeys: used.rows.map(({ publicId, ...row }) => ({ ...row, prefix: poolKeyPrefix(publicId) })),
        usedKeyCount: used.total,
        requestsKept,
        upstreams: pool.assignments.length,
      }
    },
  }
}
