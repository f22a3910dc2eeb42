/** The data directory and its care: sizes, retention, compaction, backups. */
import { z } from 'zod'
import { timestamp } from './common.ts'

const bytes = z.number().nonnegative()
const rows = z.number().int().nonnegative()

/** Null: no limit by this. */
export const retentionRule = z.object({
  days: z.number().int().min(0).max(3_650).nullable().default(null),
  rows: z.number().int().min(0).max(1_000_000_000).nullable().default(null),
})
export type RetentionRule = z.infer<typeof retentionRule>

/** What the rule would delete now. Sums per minute are never deleted by it. */
export const retentionPreview = z.object({
  requests: rows,
  remaining: rows,
  /** Requests that arrived before this go; null when none does. */
  until: timestamp.nullable(),
  oldest: timestamp.nullable(),
})
export type RetentionPreview = z.infer<typeof retentionPreview>

export const retentionDone = z.object({ deletedRequests: rows, until: timestamp.nullable() })

export const compactionDone = z.object({ freedBytes: bytes, databaseBytes: bytes })

const usageFigures = z.object({
  requests: rows,
  tokens: rows,
  /** Nano-dollars. */
  costNanos: rows,
})

/** One counter that is not what the log comes to. */
export const usageDifference = z.object({
  keyId: z.string(),
  /** The override of the key; null for the key as a whole. */
  rule: z.string().nullable(),
  /** `2026-11-21`; null for all time. */
  day: z.string().nullable(),
  /** What it was compared with: the requests themselves, or the sums per minute, which outlive them. */
  against: z.enum(['requests', 'minutes']),
  counted: usageFigures,
  summed: usageFigures,
})
export type UsageDifference = z.infer<typeof usageDifference>

/** The counters of limits and budgets, compared with the log. */
export const usageCheck = z.object({
  /** Whose days they are kept by. */
  zone: z.string(),
  counters: rows,
  found: rows,
  /** The first hundred. */
  differences: z.array(usageDifference),
})
export type UsageCheck = z.infer<typeof usageCheck>

/** `manual`: by the operator. `migration`: by an update. `replaced`: set aside by a restore. `other`: put there by hand. */
export const backupKind = z.enum(['manual', 'migration', 'replaced', 'other'])
export type BackupKind = z.infer<typeof backupKind>

export const backup = z.object({
  /** Its file name without `.db`. */
  id: z.string(),
  path: z.string(),
  kind: backupKind,
  createdAt: timestamp,
  bytes,
})
export type Backup = z.infer<typeof backup>

/** `older` databases are migrated by the start; `newer` ones cannot be restored by this version. */
export const backupVersion = z.enum(['same', 'older', 'newer', 'unknown'])

export const backupCheck = z.object({
  id: z.string().nullable(),
  path: z.string(),
  ok: z.boolean(),
  /** What is wrong with it. */
  finding: z.string().nullable(),
  version: backupVersion,
  bytes,
  rows: z.object({ requests: rows, pools: rows, upstreams: rows, keys: rows, auditEntries: rows }).nullable(),
  newestRequestAt: timestamp.nullable(),
})
export type BackupCheck = z.infer<typeof backupCheck>

export const backupCreated = z.object({ backup, check: backupCheck })

/** The restore happens at the next start; the present database is kept as a backup of kind `replaced`. */
export const backupStaged = z.object({ id: z.string(), check: backupCheck })

/** What the next start will do before it opens the database. */
export const nextStart = z.object({
  restore: z.object({ id: z.string(), stagedAt: timestamp }).nullable(),
  compact: z.boolean(),
})
export type NextStart = z.infer<typeof nextStart>

export const dataStatus = z.object({
  dataDir: z.string(),
  database: z.object({
    path: z.string(),
    bytes,
    /** The write-ahead log beside it. */
    walBytes: bytes,
    /** What the request log has and the database has not taken over yet. */
    journalBytes: bytes,
    /** Unused pages inside the file: what compacting would give back. */
    reusableBytes: bytes,
    /** `live`: while requests run. `next-start`: this file was made by an earlier version, so it takes a restart once. */
    compaction: z.enum(['live', 'next-start']),
  }),
  disk: z.object({ freeBytes: bytes, totalBytes: bytes }).nullable(),
  backupBytes: bytes,
  /** By table. */
  rows: z.record(z.string(), rows),
  oldestRequestAt: timestamp.nullable(),
  newestRequestAt: timestamp.nullable(),
  lastBackup: backup.nullable(),
  retention: z.object({
    rule: retentionRule,
    /** The last run that deleted something, or tried to, since the start. */
    lastRun: z.object({ at: timestamp, deletedRequests: rows, error: z.string().nullable() }).nullable(),
    nextRunAt: timestamp.nullable(),
  }),
  nextStart,
})
export type DataStatus = z.infer<typeof dataStatus>
