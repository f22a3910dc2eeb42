import { z } from 'zod'
import { auditFilter } from './audit.ts'
import { timestamp } from './common.ts'
import { requestFilter } from './request.ts'

/** `csv`: a header and a line per row. `json`: one array. `jsonl`: an object per line. */
export const exportFormat = z.enum(['csv', 'json', 'jsonl'])
export type ExportFormat = z.infer<typeof exportFormat>

export const exportKind = z.enum(['requests', 'audit'])
export type ExportKind = z.infer<typeof exportKind>

/** The filter is that of the list; its cursor and page size are not used. */
export const exportStart = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('requests'), format: exportFormat, filter: requestFilter.prefault({}) }),
  z.object({ kind: z.literal('audit'), format: exportFormat, filter: auditFilter.prefault({}) }),
])
export type ExportStart = z.infer<typeof exportStart>

/** `waiting`: until the file is fetched. `failed`: see `error`; what was written until then is not whole. */
export const exportState = z.enum(['waiting', 'running', 'done', 'failed', 'cancelled'])

export const exportJob = z.object({
  id: z.string(),
  kind: exportKind,
  format: exportFormat,
  state: exportState,
  fileName: z.string(),
  /** Where the host hands out the file, once, while the job waits. Relative to the page's own origin. */
  path: z.string(),
  rows: z.number(),
  bytes: z.number(),
  /** About how many there will be; null where it is not known. */
  expectedRows: z.number().nullable(),
  startedAt: timestamp,
  endedAt: timestamp.nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
})
export type ExportJob = z.infer<typeof exportJob>
