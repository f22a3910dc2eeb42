/** The quota of ChatGPT accounts as operators see it: what is known, how it came to be, and asking for it. */
import type { AccountQuota, QuotaCourse } from '../../../shared/models/quota.ts'
import type { Settings } from '../../../shared/settings.ts'
import type { Db } from '../../db/database.ts'
import { findUpstream, listUpstreams, type StoredUpstream } from '../../db/upstream-store.ts'
import type { WritableDirectory } from '../../gateway/directory.ts'
import type { AccountKeeper, Log } from '../../gateway/ports.ts'
import type { QuotaEvidence } from '../../providers/quota-evidence.ts'
import type { EventHub } from '../events.ts'
import { found } from '../record-id.ts'
import type { UpstreamRuntime } from '../upstream-runtime.ts'
import { accountUpstream } from './account-links.ts'
import { createQuotaNotices, type QuotaNoticeDeps } from './quota-notices.ts'
import { createQuotaPoll } from './quota-poll.ts'
import { createQuotaWatch } from './quota-watch.ts'

export interface AccountQuotaService {
  /** @throws AppError `not_found`, `account_not_signed_in` */
  of(id: string): AccountQuota
  /** The last so many hours. @throws as `of` */
  course(id: string, hours: number): QuotaCourse[]
  /** Asks the provider, unless that was done within a minute. @throws as `of` */
  refresh(id: string): Promise<AccountQuota>
}

export interface AccountQuotas extends AccountQuotaService {
  /** Null for what is no account. */
  present(upstream: StoredUpstream): AccountQuota | null
  /** Something was done about the account: its figures are read at once. */
  readSoon(id: string): void
  /** Fills the memory from the table. */
  load(): void
  start(): void
  sweep(): Promise<void>
  close(): Promise<void>
}

export interface AccountQuotaDeps extends QuotaNoticeDeps {
  readonly db: Db
  readonly directory: WritableDirectory
  readonly quota: QuotaEvidence
  readonly runtime: UpstreamRuntime
  readonly events: Pick<EventHub, 'emit'>
  readonly renew: AccountKeeper['refreshAfter401']
  readonly settings: () => Pick<Settings, 'accounts.quotaPollMs'>
  /** What is known of its saved resets, without asking. */
  readonly resetsOf: (id: string) => Pick<AccountQuota, 'savedResets' | 'resetUse'>
  /** The account's figures were read. */
  readonly read: (id: string) => void
  readonly log: Log
}

export function createAccountQuotas(deps: AccountQuotaDeps): AccountQuotas {
  const { db, directory, quota, runtime, events } = deps
  const watch = createQuotaWatch({ ...deps, dry: createQuotaNotices(deps) })
  const poll = createQuotaPoll({
    ...deps,
    accounts: quota.accounts,
    all: () => listUpstreams(db),
    canAsk: ({ id, kind, status }) => kind === 'chatgpt' && status === 'active' && runtime.secretOf(id) !== null,
    find: (id) => findUpstream(db, id),
    pollMs: () => deps.settings()['accounts.quotaPollMs'],
    polled(id, isKnown) {
      if (isKnown) deps.read(id)
      events.emit({ type: 'upstream.changed', id })
    },
  })
  directory.onUpstreamChange((id) => {
    if (directory.upstream(id) !== undefined) return
    watch.forget(id)
    poll.forget(id)
  })

  function whole(upstream: StoredUpstream): AccountQuota {
    const { windows, credits } = watch.view(upstream.id) ?? { windows: [], credits: null }
    return { windows, credits, ...poll.stateOf(upstream), ...deps.resetsOf(upstream.id) }
  }

  const rowOf = (id: string): StoredUpstream => accountUpstream(found(findUpstream(db, id), 'ups'))

  return {
    of: (id) => whole(rowOf(id)),
    course: (id, hours) => watch.course(rowOf(id).id, hours),
    async refresh(id) {
      await poll.refresh(rowOf(id).id)
      return whole(rowOf(id))
    },
    present: (upstream) => (upstream.kind === 'chatgpt' ? whole(upstream) : null),
    readSoon: (id) => void poll.refreshAfterChange(id),
    load: watch.load,
    start: poll.start,
    sweep: watch.sweep,
    async close() {
      await poll.close()
      watch.close()
    },
  }
}
