/** What can be exported: the request log, written on the reader's thread, and the audit log, page by page. */
import { csvLine, type CsvCell } from '../../shared/csv.ts'
import type { AuditEntry, AuditFilter, AuditPage } from '../../shared/models/audit.ts'
import { REQUEST_COLUMNS } from '../db/request-export.ts'
import type { Reader } from '../db/reader.ts'
import type { ExportSources } from './exports.ts'
import { tryFlush } from './requests.ts'

const AUDIT_COLUMNS = [
  'id',
  'time',
  'actor',
  'action',
  'target_kind',
  'target_id',
  'target_name',
  'pool_name',
  'outcome',
  'error_code',
  'before',
  'after',
] as const
type AuditLine = Record<(typeof AUDIT_COLUMNS)[number], AuditEntry['before'] | CsvCell>

/** What one look at the audit log brings. */
const AUDIT_ROWS = 200

export function createExportSources(deps: {
  readonly reader: Pick<Reader, 'exportSlice' | 'matchCount'>
  readonly flushJournal: () => void
  readonly auditPage: (filter: AuditFilter) => Promise<AuditPage>
}): ExportSources {
  const { reader, auditPage } = deps
  return {
    requests: ({ filter }) => ({
      head: csvLine(REQUEST_COLUMNS),
      async expected() {
        tryFlush(deps.flushJournal)
        return (await reader.matchCount(filter)).count
      },
      slice: (format, before) => reader.exportSlice({ filter, format, before }),
    }),
    audit: ({ filter }) => ({
      head: csvLine(AUDIT_COLUMNS),
      expected: async () => null,
      async slice(format, before) {
        const { before: _, ...whole } = filter
        const page = await auditPage({ ...whole, limit: AUDIT_ROWS, ...(before === null ? {} : { before }) })
        const lines = page.rows.map(auditLine)
        const text = lines.map(format === 'csv' ? auditCsv : (line) => `${JSON.stringify(line)}\n`).join('')
        return { text, rows: lines.length, next: page.next }
      },
    }),
  }
}

function auditLine(entry: AuditEntry): AuditLine {
  return {
    id: entry.id,
    time: new Date(entry.at).toISOString(),
    actor: entry.actor,
    action: entry.action,
    target_kind: entry.targetKind,
    target_id: entry.targetId,
    target_name: entry.targetName,
    pool_name: entry.poolName,
    outcome: entry.outcome,
    error_code: entry.errorCode,
    before: entry.before,
    after: entry.after,
  }
}

function auditCsv(line: AuditLine): string {
  return csvLine(
    AUDIT_COLUMNS.map((column) => {
      const value = line[column]
      return typeof value === 'object' && value !== null ? JSON.stringify(value) : value
    }),
  )
}
