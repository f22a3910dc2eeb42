/**
 * What Weir tells its operator, each thing once: kept until it is read, and handed to every sink. Reading a notice changes
 * nothing of Weir, so it is not audited.
 */
import type { Notice, NoticeFilter, NoticePage } from '../../shared/models/notice.ts'
import type { Db } from '../db/database.ts'
import {
  countUnread,
  insertNotice,
  listNotices,
  markNotices,
  trimNotices,
  type NoticeDraft,
} from '../db/notice-store.ts'
import { writeError } from '../db/store-error.ts'
import type { Log } from '../gateway/ports.ts'
import type { EventHub } from './events.ts'
import type { NoticeSink } from './notice-sink.ts'

export interface NoticeService {
  list(filter: NoticeFilter): NoticePage
  /** Without ids, all of them. Returns how many are unread then. */
  mark(input: { readonly ids?: readonly string[] | undefined; readonly read: boolean }): { unread: number }
}

export interface Notices extends NoticeService {
  /** Whether it is kept, now or since it was told before. Never throws: a disk that refuses is logged. */
  tell(draft: NoticeDraft): boolean
}

export interface NoticeDeps {
  readonly db: Db
  readonly sinks: readonly NoticeSink[]
  readonly events: Pick<EventHub, 'emit'>
  readonly log: Pick<Log, 'error'>
  readonly now: () => number
}

const MAX_NOTICES = 10_000

export function createNotices({ db, sinks, events, log, now }: NoticeDeps): Notices {
  function deliver(notice: Notice): void {
    for (const sink of sinks) {
      try {
        sink.deliver(notice)
      } catch (cause) {
        log.error('a notice could not be delivered', { notice: notice.id, kind: notice.kind, cause })
      }
    }
  }

  return {
    tell(draft) {
      try {
        const notice = insertNotice(db, draft)
        if (notice === null) return true
        trimNotices(db, { most: MAX_NOTICES, now: now() })
        deliver(notice)
        return true
      } catch (cause) {
        log.error('a notice could not be kept', { kind: draft.kind, cause })
        return false
      }
    },
    list: (filter) => listNotices(db, filter),
    mark({ ids, read }) {
      try {
        const changed = markNotices(db, ids, read ? now() : null)
        if (changed > 0) events.emit({ type: 'notice.changed' })
        return { unread: countUnread(db) }
      } catch (error) {
        throw writeError(error, db.$client.name)
      }
    },
  }
}
