/** Long work that the operator may watch and stop. One row per job; what it found is in `result` once it is done. */
import { z } from 'zod'
import { auditVerdict } from './audit.ts'
import { timestamp } from './common.ts'
import { backupCheck, backupCreated, backupStaged, compactionDone, retentionDone } from './data-care.ts'
import { replayReport } from './plan-preview.ts'

const jobState = z.enum(['running', 'done', 'failed', 'cancelled'])

const running = z.object({
  id: z.string(),
  state: jobState,
  startedAt: timestamp,
  endedAt: timestamp.nullable(),
  /** `total` is null while it is not known. */
  progress: z.object({
    done: z.number().nonnegative(),
    total: z.number().nonnegative().nullable(),
    unit: z.enum(['entries', 'requests', 'pages', 'rows', 'steps']),
  }),
  /** Why it failed. */
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
})

/** Each kind with what it answers in the end. */
export const job = z.discriminatedUnion('kind', [
  running.extend({ kind: z.literal('audit.verify'), result: auditVerdict.nullable() }),
  running.extend({ kind: z.literal('retention.apply'), result: retentionDone.nullable() }),
  running.extend({ kind: z.literal('data.compact'), result: compactionDone.nullable() }),
  running.extend({ kind: z.literal('backup.create'), result: backupCreated.nullable() }),
  running.extend({ kind: z.literal('backup.check'), result: backupCheck.nullable() }),
  running.extend({ kind: z.literal('backup.restore'), result: backupStaged.nullable() }),
  running.extend({ kind: z.literal('pool.replay'), result: replayReport.nullable() }),
])
export type Job = z.infer<typeof job>
export type JobKind = Job['kind']
export type JobProgress = Job['progress']
export type JobOf<K extends JobKind> = Extract<Job, { kind: K }>
export type JobResult<K extends JobKind> = NonNullable<JobOf<K>['result']>

/** Resolves when the job has ended, or after this time with the job as it is then. */
export const jobWait = z.object({ id: z.string(), timeoutMs: z.number().int().min(0).max(60_000).default(20_000) })
