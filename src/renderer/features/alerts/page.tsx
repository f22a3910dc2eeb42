import { Button, Text } from '@mantine/core'
import { useMemo } from 'react'
import { PageHeader } from '../../components/page-header.tsx'
import { EmptyState, FilteredToNothing, LoadingState, QueryState } from '../../components/states.tsx'
import { Tag } from '../../components/status-badge.tsx'
import { useCommands } from '../../lib/commands.ts'
import { formatCount } from '../../lib/format.ts'
import { useLatest } from '../../lib/registry.ts'
import { useUrlState } from '../../lib/url-state.ts'
import { AlertFilterBar } from './alert-filters.tsx'
import { AlertList } from './alert-list.tsx'
import { filterParams, isFiltered } from './filter-state.ts'
import { useAlerts, useMarkAlerts } from './queries.ts'

export function AlertsPage() {
  const [filters, setFilters, reset] = useUrlState(filterParams)
  const list = useAlerts(filters)
  const marks = useMarkAlerts(filters)
  const rows = list.data?.rows ?? []
  const unread = list.data?.unread ?? 0
  const shownUnread = rows.some(({ readAt }) => readAt === null)
  const markAll = useLatest(marks.markAll)
  useCommands(
    useMemo(
      () => [{ id: 'alerts.markAll', label: 'Mark all alerts as read', keywords: 'notices clear', run: markAll }],
      [markAll],
    ),
  )
  return (
    <>
      <PageHeader
        title="Alerts"
        question="What needs your attention?"
        badge={unread > 0 && <Tag tone="warn">{`${formatCount(unread)} unread`}</Tag>}
        actions={
          <Button variant="default" disabled={!shownUnread} loading={marks.isPending} onClick={marks.markAll}>
            {filters.about === '' ? 'Mark all read' : 'Mark these read'}
          </Button>
        }
      />
      <AlertFilterBar filters={filters} onChange={setFilters} onReset={reset} rows={rows} />
      <QueryState query={list} what="The alerts" loading={<LoadingState rows={12} />}>
        {() =>
          rows.length > 0 ? (
            <AlertList
              rows={rows}
              marks={marks}
              hasMore={list.hasNextPage}
              isLoadingMore={list.isFetchingNextPage}
              onMore={() => void list.fetchNextPage()}
            />
          ) : isFiltered(filters) ? (
            <FilteredToNothing what="alerts" onReset={reset} />
          ) : (
            <EmptyState title="No alerts yet">
              <Text>
                A key that has used 50, 80 or 100 % of its budget is listed here, once per period; a key may name other
                shares. So is an upstream whose provider asks for a new sign-in.
              </Text>
            </EmptyState>
          )
        }
      </QueryState>
    </>
  )
}
