import { z } from 'zod'
import { page, timestamp } from './common.ts'

/** Who acted: the operator through the page or the `weir` command, Weir itself, or a Pool key through the gateway. */
export const actor = z.enum(['operator', 'command', 'system', 'key'])
export type Actor = z.infer<typeof actor>

export const auditOutcome = z.enum(['success', 'failure'])

/** One change. `before` and `after` hold the changed non-secret fields only. */
export const auditEntry = z.object({
  id: z.string(),
  at: timestamp,
  actor,
  /** `area.verb`, as in the contract. */
  action: z.string(),
  targetKind: z.string(),
  targetId: z.string().nullable(),
  targetName: z.string().nullable(),
  /** Name of the Pool that the target belonged to then. Keys only. */
  poolName: z.string().nullable(),
  outcome: auditOutcome,
  errorCode: z.string().nullable(),
  before: z.record(z.string(), z.json()).nullable(),
  after: z.record(z.string(), z.json()).nullable(),
})
export type AuditEntry = z.infer<typeof auditEntry>

/** All given filters must hold. `before` is the cursor of the previous page; `from` is inclusive, `to` exclusive. */
export const auditFilter = z.object({
  before: z.string().optional(),
  limit: z.number().int().min(1).max(200).default(50),
  action: z.string().optional(),
  /** Any of these. */
  actions: z.array(z.string().max(60)).max(100).optional(),
  targetKind: z.string().max(40).optional(),
  targetId: z.string().optional(),
  actor: actor.optional(),
  outcome: auditOutcome.optional(),
  from: timestamp.optional(),
  to: timestamp.optional(),
  /** In names, ids, action, error code and the changed fields; without case. */
  text: z.string().max(200).optional(),
})
export type AuditFilter = z.infer<typeof auditFilter>

export const auditPage = page(auditEntry)
export type AuditPage = z.infer<typeof auditPage>

/** An entry with its place in the chain: the hash over itself and the entry before it. */
export const auditDetail = auditEntry.extend({ hash: z.string(), previousHash: z.string() })
export type AuditDetail = z.infer<typeof auditDetail>

/**
 * `altered`: the entry's own hash does not fit its content. `missing`: entries before this one are gone. `reordered`: it
 * does not follow the one before it. `truncated`: entries that were there are gone from the end.
 */
export const auditProblem = z.enum(['altered', 'missing', 'reordered', 'truncated'])
export type AuditProblem = z.infer<typeof auditProblem>

export const auditVerdict = z.object({
  intact: z.boolean(),
  /** Entries that were checked. */
  entries: z.number().int().nonnegative(),
  /** The first entry that does not hold. For `truncated` the last one that is still there, null when none is. */
  broken: z.object({ id: z.string().nullable(), at: timestamp.nullable(), problem: auditProblem }).nullable(),
  head: z.object({ id: z.string().nullable(), hash: z.string() }),
  /**
   * What the end was compared with besides the database itself: a copy of the head in the secret store. `none`: there is
   * no usable store; `absent`: nothing was kept there yet.
   */
  anchor: z.enum(['matches', 'differs', 'absent', 'none']),
  checkedAt: timestamp,
})
export type AuditVerdict = z.infer<typeof auditVerdict>
