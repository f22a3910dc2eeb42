/** What Weir wants its operator to know: kept until it is read, whoever else is told of it. */
import { z } from 'zod'
import { page, timestamp } from './common.ts'
import { limitField } from './limit.ts'

export const noticeKind = z.enum([
  'budget.threshold',
  'upstream.authRequired',
  'upstream.resetExpires',
  'upstream.quotaDry',
  'pool.quotaDry',
])
export type NoticeKind = z.infer<typeof noticeKind>
export const noticeLevel = z.enum(['info', 'warning', 'critical'])
export type NoticeLevel = z.infer<typeof noticeLevel>

/** What a budget's notice is about, as it was when it was made. */
export const budgetFacts = z.object({
  field: limitField,
  overrideId: z.string().nullable(),
  /** The override's pattern. */
  model: z.string().nullable(),
  /** Percent. */
  threshold: z.number(),
  /** Nano-dollars. */
  limit: z.number(),
  used: z.number(),
  /** When the period ends; null for a total. */
  resetAt: timestamp.nullable(),
  /** At the pace of late; null where it will not be full within its period. */
  fullAt: timestamp.nullable(),
})
export type BudgetFacts = z.infer<typeof budgetFacts>

export const notice = z.object({
  id: z.string(),
  at: timestamp,
  kind: noticeKind,
  level: noticeLevel,
  /** The key, upstream or Pool that it is about, with its name of then. */
  subject: z.object({ kind: z.enum(['key', 'upstream', 'pool']), id: z.string(), name: z.string() }),
  budget: budgetFacts.nullable(),
  readAt: timestamp.nullable(),
})
export type Notice = z.infer<typeof notice>

export const noticeFilter = z.object({
  before: z.string().optional(),
  limit: z.number().int().min(1).max(200).default(50),
  unreadOnly: z.boolean().default(false),
  /** Of one key or upstream. */
  subjectId: z.string().optional(),
})
export type NoticeFilter = z.infer<typeof noticeFilter>
export const noticePage = page(notice).extend({ unread: z.number().int() })
export type NoticePage = z.infer<typeof noticePage>

/** Without ids, all of them. */
export const noticeMark = z.object({ ids: z.array(z.string()).min(1).max(500).optional(), read: z.boolean() })
