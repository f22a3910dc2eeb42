import { Button, Text } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useMemo, useState } from 'react'
import type { SessionPage } from '../../../shared/models/session.ts'
import { DataTable } from '../../components/data-table.tsx'
import { ConfirmDialog } from '../../components/dialogs.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { EmptyState, FilteredToNothing, LoadingState, QueryState } from '../../components/states.tsx'
import { sortParam } from '../../components/table-model.ts'
import { useRoute } from '../../lib/api.ts'
import { useCommands } from '../../lib/commands.ts'
import { formatCount, formatNoun } from '../../lib/format.ts'
import { useLatest } from '../../lib/registry.ts'
import { sessionName } from '../../lib/session-words.ts'
import { useAction } from '../../lib/use-action.tsx'
import { useUrlState } from '../../lib/url-state.ts'
import { filterParams, isFiltered, queryOf, type SessionFilters } from './filter-state.ts'
import { sessionColumns } from './session-columns.tsx'
import { SessionFilterBar } from './session-filters.tsx'
import { useSessionNames } from './session-names.ts'
import classes from './sessions.module.css'

const ROWS = 500
const viewParams = { sort: sortParam('-last') }

export function SessionsPage() {
  const [filters, setFilters, reset] = useUrlState(filterParams)
  const [isAsking, setAsking] = useState(false)
  const names = useSessionNames()
  const list = useRoute('session.list', { ...queryOf(filters), limit: ROWS }, { keepPrevious: true })
  const total = list.data?.total ?? 0
  const ask = useLatest(() => setAsking(true))
  useCommands(
    useMemo(
      () => [{ id: 'sessions.releaseAll', label: 'Release all sessions', keywords: 'affinity sticky', run: ask }],
      [ask],
    ),
  )
  return (
    <>
      <PageHeader
        title="Sessions"
        question="Which conversation is at which upstream?"
        actions={
          <Button variant="default" disabled={total === 0} onClick={ask}>
            {isFiltered(filters) ? 'Release these' : 'Release all'}
          </Button>
        }
      />
      <SessionFilterBar filters={filters} names={names} onChange={setFilters} onReset={reset} />
      <QueryState query={list} what="The sessions" loading={<LoadingState rows={12} />}>
        {(page) =>
          page.rows.length > 0 ? (
            <List page={page} names={names} />
          ) : isFiltered(filters) ? (
            <FilteredToNothing what="sessions" onReset={reset} />
          ) : (
            <Nothing />
          )
        }
      </QueryState>
      <ReleaseAll opened={isAsking} onClose={() => setAsking(false)} filters={filters} total={total} />
    </>
  )
}

function Nothing() {
  return (
    <EmptyState title="No session is remembered">
      <Text>
        Codex, OpenCode and Claude Code say which session a request belongs to; other clients can, with{' '}
        <code>prompt_cache_key</code>. The next request of a session goes to the upstream that answered the last one,
        which has its prompt in its cache. A restart forgets all of them; so does an hour without a request, unless the
        setting says otherwise.
      </Text>
    </EmptyState>
  )
}

function List({ page, names }: { readonly page: SessionPage; readonly names: ReturnType<typeof useSessionNames> }) {
  const [{ sort }, setView] = useUrlState(viewParams)
  const isNarrow = useMediaQuery('(max-width: 68rem)', undefined, { getInitialValueInEffect: false }) ?? false
  const isMiddle = useMediaQuery('(max-width: 90rem)', undefined, { getInitialValueInEffect: false }) ?? false
  const room = isNarrow ? 'narrow' : isMiddle ? 'middle' : 'wide'
  const { fire } = useAction('session.release', {
    success: ({ released }) =>
      released ? 'Released: its next request goes by the usual order' : 'The session was gone already',
  })
  const columns = sessionColumns({ names, room, release: ({ id }) => fire({ id }) })
  const { rows, total, most } = page
  return (
    <DataTable
      label="Sessions"
      columns={columns}
      rows={rows}
      rowKey={({ id }) => id}
      rowLabel={(row) => `Session ${sessionName(row)}`}
      sort={sort}
      onSort={(next) => setView({ sort: next })}
      footer={
        <div className={classes['below']} aria-live="polite">
          {rows.length < total
            ? `The latest ${formatCount(rows.length)} of ${formatNoun(total, 'session')}.`
            : `${formatNoun(total, 'session')}.`}{' '}
          {`At most ${formatCount(most)} are remembered.`}
        </div>
      }
    />
  )
}

interface ReleaseAllProps {
  readonly opened: boolean
  readonly onClose: () => void
  readonly filters: SessionFilters
  readonly total: number
}

function ReleaseAll({ opened, onClose, filters, total }: ReleaseAllProps) {
  const { run } = useAction('session.releaseAll', {
    success: ({ released }) => `Released ${formatNoun(released, 'session')}`,
    errorToast: false,
  })
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={`Release ${formatNoun(total, 'session')}?`}
      confirm="Release"
      blockedBy={total === 0 ? 'There is none.' : null}
      onConfirm={() => run(queryOf(filters))}
    >
      <Text>
        The next request of each goes by the usual order of its Pool, and may find less of its prompt in a cache.
        Running requests are not touched.
      </Text>
    </ConfirmDialog>
  )
}
