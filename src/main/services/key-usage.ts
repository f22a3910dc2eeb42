/** How full a key's limits are at this moment: what its page shows, and what a caller is told of its own key. */
import type { KeyUsage } from '../../shared/models/limit.ts'
import { findKey } from '../db/api-key-store.ts'
import type { Db } from '../db/database.ts'
import type { Ledger } from '../gateway/limits/ledger.ts'
import { toKeyRecord } from './key-record.ts'
import { found } from './record-id.ts'

export interface KeyUsageService {
  /** @throws AppError `not_found`. */
  usage(id: string): KeyUsage
}

export interface KeyUsageDeps {
  readonly db: Db
  readonly ledger: Pick<Ledger, 'states'>
  readonly now: () => number
}

export function createKeyUsageService({ db, ledger, now }: KeyUsageDeps): KeyUsageService {
  return {
    usage(id) {
      const at = now()
      return { id, at, states: ledger.states(toKeyRecord(found(findKey(db, id), 'key')), at) }
    },
  }
}
