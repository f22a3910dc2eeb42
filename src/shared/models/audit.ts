import { z } from 'zod'
import { page, timestamp } from './common.ts'

/** Who acted: the operator through the page, the operator through the `weir` command, or Weir itself. */
export const actor = z.enum(['operator', 'command', 'system'])
export type Actor = z.infer<typeof actor>

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
  outcome: z.enum(['success', 'failure']),
  errorCode: z.string().nullable(),
  before: z.record(z.string(), z.json()).nullable(),
  after: z.record(z.string(), z.json()).nullable(),
})
export type AuditEntry = z.infer<typeof auditEntry>

export const auditFilter = z.object({
  before: z.string().optional(),
  limit: z.number().int().min(1).max(200).default(50),
  action: z.string().optional(),
  targetId: z.string().optional(),
  actor: actor.optional(),
})
export type AuditFilter = z.infer<typeof auditFilter>

export const auditPage = page(auditEntry)
export type AuditPage = z.infer<typeof auditPage>
