/** All SQL of notices. Small by nature: what an operator is told, and read or not. */
import { and, desc, eq, gte, inArray, isNotNull, isNull, lt, sql } from 'drizzle-orm'
import type { BudgetFacts, Notice, NoticeFilter, NoticePage } from '../../shared/models/notice.ts'
import type { Db } from './database.ts'
import { notice } from './schema/notice.ts'

export interface NoticeDraft extends Omit<Notice, 'id' | 'readAt'> {
  /** Names what must be told no more than one time, in every run of Weir. */
  readonly once: string
}

/** Null where it was told before. */
export function insertNotice(db: Db, { subject, ...draft }: NoticeDraft): Notice | null {
  const row = db
    .insert(notice)
    .values({ ...draft, subjectKind: subject.kind, subjectId: subject.id, subjectName: subject.name, readAt: null })
    .onConflictDoNothing({ target: notice.once })
    .returning()
    .get() as typeof notice.$inferSelect | undefined
  return row === undefined ? null : toNotice(row)
}

/** Newest first. A cursor that is none matches nothing. */
export function listNotices(db: Db, filter: NoticeFilter): NoticePage {
  const before = filter.before === undefined ? Infinity : Number(filter.before)
  const found = db
    .select()
    .from(notice)
    .where(
      and(
        before === Infinity ? undefined : lt(notice.id, before),
        filter.unreadOnly ? isNull(notice.readAt) : undefined,
        filter.subjectId === undefined ? undefined : eq(notice.subjectId, filter.subjectId),
      ),
    )
    .orderBy(desc(notice.id))
    .limit(filter.limit + 1)
    .all()
  const rows = found.slice(0, filter.limit).map(toNotice)
  const next = found.length > filter.limit ? (rows.at(-1)?.id ?? null) : null
  return { rows, next, unread: countUnread(db) }
}

export function countUnread(db: Db): number {
  const unread = sql<number>`count(*)`
  return db.select({ unread }).from(notice).where(isNull(notice.readAt)).get()?.unread ?? 0
}

/** `readAt` null makes them unread. Without ids, all of them. Returns how many it changed. */
export function markNotices(db: Db, ids: readonly string[] | undefined, readAt: number | null): number {
  const named = ids === undefined ? undefined : inArray(notice.id, ids.map(Number).filter(Number.isSafeInteger))
  const differs = readAt === null ? isNotNull(notice.readAt) : isNull(notice.readAt)
  return db.update(notice).set({ readAt }).where(and(differs, named)).run().changes
}

/** What was told under names that begin so, of budgets. */
export function toldBudgets(db: Db, beginning: string): BudgetFacts[] {
  const end = `${beginning}\u{10ffff}`
  return db
    .select({ budget: notice.budget })
    .from(notice)
    .where(and(gte(notice.once, beginning), lt(notice.once, end)))
    .all()
    .flatMap(({ budget }) => budget ?? [])
}

/**
 * Keeps so many at most: read ones go first, the oldest first. What must not be told again stays for as long as that may
 * be: a budget's notice until its period is over, one of all time as long as its key is there.
 */
export function trimNotices(db: Db, { most, now }: { readonly most: number; readonly now: number }): void {
  const { $client } = db
  const count = $client.prepare<[], number>('select count(*) from notice').pluck().get() ?? 0
  if (count <= most) return
  $client
    .prepare(
      `delete from notice where id in (select id from notice
        where budget is null or json_extract(budget, '$.resetAt') <= @now or subject_id not in (select id from api_key)
        order by read_at is null, id limit @over)`,
    )
    .run({ now, over: count - most })
}

function toNotice(row: typeof notice.$inferSelect): Notice {
  const { id, subjectKind, subjectId, subjectName, once: _, ...rest } = row
  return { ...rest, id: String(id), subject: { kind: subjectKind, id: subjectId, name: subjectName } }
}
