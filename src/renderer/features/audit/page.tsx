import { Text } from '@mantine/core'
import { useMemo } from 'react'
import { useNavigate, useParams } from 'react-router'
import type { ExportFormat } from '../../../shared/models/export.ts'
import { ExportMenu, ExportNotice } from '../../components/export-menu.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { EmptyState, FilteredToNothing, LoadingState, QueryState } from '../../components/states.tsx'
import { useCommands } from '../../lib/commands.ts'
import { useLiveSearch } from '../../lib/live-address.ts'
import { useLatest } from '../../lib/registry.ts'
import { useAction } from '../../lib/use-action.tsx'
import { useExport } from '../../lib/use-export.ts'
import { useJob } from '../../lib/use-job.ts'
import { useUrlState } from '../../lib/url-state.ts'
import { EntryDrawer } from './entry-drawer.tsx'
import { EntryList } from './entry-list.tsx'
import { filterParams, isFiltered, toQuery } from './filter-state.ts'
import { AuditFilters } from './filters.tsx'
import { useAuditList, useNames } from './queries.ts'
import { VerifyButton, VerifyNotice } from './verify.tsx'

export function AuditPage() {
  const { id = null } = useParams()
  const navigate = useNavigate()
  const search = useLiveSearch()
  const [filters, setFilters, reset] = useUrlState(filterParams)
  const list = useAuditList(filters)
  const rows = list.data?.rows ?? []
  const names = useNames()
  const verification = useJob('audit.verify')
  const verify = useAction('audit.verify')
  const exporting = useExport()
  const startExport = (format: ExportFormat) =>
    exporting.start({ kind: 'audit', format, filter: toQuery(filters, Date.now()) })
  useExportCommands(startExport)
  const filtered = isFiltered(filters)
  return (
    <>
      <PageHeader
        title="Audit"
        question="Who changed what, and when?"
        actions={
          <>
            <ExportMenu
              what={filtered ? 'what the filters match' : 'the whole log'}
              isBusy={exporting.isBusy}
              onChoose={startExport}
            />
            <VerifyButton view={verification} start={verify} />
          </>
        }
      />
      <VerifyNotice view={verification} />
      <ExportNotice view={exporting} noun="entry" nouns="entries" />
      <AuditFilters
        filters={filters}
        onChange={setFilters}
        onReset={reset}
        targetName={rows.find((row) => row.targetId === filters.target)?.targetName ?? names(filters.target)}
      />
      <QueryState query={list} what="The audit log" loading={<LoadingState rows={14} />}>
        {() =>
          rows.length > 0 ? (
            <EntryList
              rows={rows}
              openId={id}
              onOpen={(entry) => void navigate({ pathname: `/audit/${entry.id}`, search: search() })}
              hasMore={list.hasNextPage}
              isLoadingMore={list.isFetchingNextPage}
              onMore={() => void list.fetchNextPage()}
            />
          ) : filtered ? (
            <FilteredToNothing what="entries" onReset={reset} />
          ) : (
            <EmptyState title="Nothing was changed yet">
              <Text>
                Every change of a Pool, an upstream, a key or a setting is written here as it happens, failed ones too.
                No entry is ever changed or removed, and each is chained to the one before it, which Verify checks.
              </Text>
            </EmptyState>
          )
        }
      </QueryState>
      <EntryDrawer id={id} rows={rows} />
    </>
  )
}

function useExportCommands(exportAs: (format: ExportFormat) => void): void {
  const csv = useLatest(() => exportAs('csv'))
  const json = useLatest(() => exportAs('json'))
  useCommands(
    useMemo(
      () => [
        { id: 'audit.csv', label: 'Export the audit log as CSV', keywords: 'download', run: csv },
        { id: 'audit.json', label: 'Export the audit log as JSON', keywords: 'download', run: json },
      ],
      [csv, json],
    ),
  )
}
