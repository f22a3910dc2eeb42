/** Where a new notice goes besides the table. The pages are one such place; others implement the same. */
import type { Notice } from '../../shared/models/notice.ts'
import type { EventHub } from './events.ts'

export interface NoticeSink {
  /** Must not wait for anything: what takes time goes on by itself. Throwing is logged, and hurts no other sink. */
  deliver(notice: Notice): void
}

/** The bell of the pages, which fetch what they show. */
export function createInAppSink(events: Pick<EventHub, 'emit'>): NoticeSink {
  return { deliver: () => events.emit({ type: 'notice.changed' }) }
}
