/** Tells the operator when an account has used up its quota, and when a Pool has no account left: once for each time. */
import type { Db } from '../../db/database.ts'
import { listPools } from '../../db/pool-store.ts'
import type { Directory } from '../../gateway/directory.ts'
import type { QuotaEvidence } from '../../providers/quota-evidence.ts'
import type { Notices } from '../notices.ts'

export interface QuotaNoticeDeps {
  readonly db: Db
  readonly directory: Pick<Directory, 'upstream'>
  readonly quota: Pick<QuotaEvidence, 'standing'>
  readonly notices: Pick<Notices, 'tell'>
  readonly now: () => number
}

/** Providers count a reset from the second of the answer: within this it is the same one. */
const SAME_MS = 600_000

/** The account has nothing left until then. Called more than once for the same. */
export function createQuotaNotices({ db, directory, quota, notices, now }: QuotaNoticeDeps) {
  /** By upstream: the end that was told of, so that the table is asked once. */
  const told = new Map<string, number>()

  const endOf = (id: string): number | null => quota.standing(id, '', now()).until

  function tellOfPools(upstreamId: string): void {
    for (const pool of listPools(db)) {
      if (pool.status !== 'active') continue
      const members = pool.assignments.flatMap(({ upstreamId: id, enabled }) => {
        const record = enabled ? directory.upstream(id) : undefined
        return record === undefined || record.status !== 'active' ? [] : [record]
      })
      if (!members.some(({ id }) => id === upstreamId)) continue
      const accounts = members.filter(({ kind }) => kind === 'chatgpt')
      const ends = accounts.flatMap(({ id }) => endOf(id) ?? [])
      if (ends.length < accounts.length) continue
      const subject = { kind: 'pool', id: pool.id, name: pool.name } as const
      // Others of it may go on.
      const level = accounts.length === members.length ? 'critical' : 'warning'
      const once = `pool ${pool.id} dry ${String(Math.round(Math.min(...ends) / SAME_MS))}`
      notices.tell({ at: now(), kind: 'pool.quotaDry', level, subject, budget: null, once })
    }
  }

  return function dry(upstreamId: string, until: number): void {
    const before = told.get(upstreamId)
    if (before !== undefined && Math.abs(before - until) < SAME_MS) return
    const record = directory.upstream(upstreamId)
    if (record === undefined) return
    told.set(upstreamId, until)
    const subject = { kind: 'upstream', id: upstreamId, name: record.name } as const
    const once = `upstream ${upstreamId} dry ${String(Math.round(until / SAME_MS))}`
    notices.tell({ at: now(), kind: 'upstream.quotaDry', level: 'warning', subject, budget: null, once })
    tellOfPools(upstreamId)
  }
}
