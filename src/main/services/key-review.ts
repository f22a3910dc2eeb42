/** What stands behind the pages of keys: the review of a draft or an edit, and what a deletion would take along. */
import type { KeyDeletePreview, KeyReview, KeyReviewInput } from '../../shared/models/key.ts'
import { effectivePolicyOf, policyChanges, type PolicyWorld } from '../../shared/key-policy.ts'
import { findKey } from '../db/api-key-store.ts'
import type { Db } from '../db/database.ts'
import { findPool } from '../db/pool-store.ts'
import type { Reader } from '../db/reader.ts'
import { findUpstream } from '../db/upstream-store.ts'
import { poolKeyPrefix } from '../gateway/pool-key.ts'
import { statusOf } from './key-record.ts'
import { newKey, patched } from './keys-draft.ts'
import { found } from './record-id.ts'

export interface KeyReviewService {
  review(input: KeyReviewInput): KeyReview
  deletePreview(id: string): Promise<KeyDeletePreview>
}

/** A draft has no credential yet; the review looks at none. */
const NO_CREDENTIAL = { publicId: '', hash: Buffer.alloc(0) }

export function createKeyReviewService(deps: {
  readonly db: Db
  readonly reader: Pick<Reader, 'requestCount'>
  readonly flushJournal: () => void
  readonly now: () => number
}): KeyReviewService {
  const { db, now } = deps

  function worldOf(poolId: string): PolicyWorld {
    const pool = found(findPool(db, poolId), 'pool')
    return { pool, upstreamName: (id) => findUpstream(db, id)?.name ?? null, now: now() }
  }

  return {
    review(input) {
      if ('draft' in input) {
        const { draft } = input
        return { policy: effectivePolicyOf(newKey(draft, NO_CREDENTIAL, now()), worldOf(draft.poolId)), changes: [] }
      }
      const before = found(findKey(db, input.id), 'key')
      const after = patched(before, input.patch, now())
      const world = worldOf(before.poolId)
      return { policy: effectivePolicyOf(after, world), changes: policyChanges(before, after, world) }
    },
    async deletePreview(id) {
      const key = found(findKey(db, id), 'key')
      deps.flushJournal()
      const requests = await deps.reader.requestCount({ keyId: id })
      const { name, publicId, lastUsedAt } = key
      return { name, prefix: poolKeyPrefix(publicId), status: statusOf(key, now()), lastUsedAt, requests }
    },
  }
}
