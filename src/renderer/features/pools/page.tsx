import { Anchor, Button } from '@mantine/core'
import { useCallback } from 'react'
import { Link, useNavigate } from 'react-router'
import { FilterBar, FilterSelect, SearchInput } from '../../components/filters.tsx'
import { ListPlace } from '../../components/list-cards.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { EmptyState, FilteredToNothing, QueryState } from '../../components/states.tsx'
import { AttentionButton, SummaryLine } from '../../components/summary-line.tsx'
import { sortParam } from '../../components/table-model.ts'
import { listViews, useViewCommand, ViewSwitch, type ListView } from '../../components/view-switch.tsx'
import { formatNoun } from '../../lib/format.ts'
import { useShortcut } from '../../lib/shortcuts.ts'
import { choiceParam, oneOfParam, textParam, useUrlState } from '../../lib/url-state.ts'
import { PoolCards } from './pool-cards.tsx'
import { filterPools, poolFilters, type PoolFilter, type PoolRow } from './pool-rows.ts'
import { PoolTable } from './pool-table.tsx'
import { usePoolRows } from './queries.ts'

const params = {
  q: textParam(),
  status: oneOfParam(poolFilters),
  view: choiceParam(listViews, 'cards'),
  sort: sortParam('name'),
}

const filterWords: Readonly<Record<PoolFilter, string>> = {
  active: 'Active',
  attention: 'Active, cannot serve',
  disabled: 'Disabled',
  archived: 'Archived',
}

export function PoolsPage() {
  const { pools, rows } = usePoolRows()
  const [{ view }] = useUrlState(params)
  const navigate = useNavigate()
  useShortcut('n', 'New Pool', () => void navigate('/pools/new'))
  return (
    <>
      <PageHeader
        title="Pools"
        question="Which Pools can serve right now, and how busy are they?"
        actions={
          <Button component={Link} to="/pools/new">
            New Pool
          </Button>
        }
      />
      <QueryState
        query={pools}
        what="The Pools"
        loading={<ListPlace label="Loading Pools" view={view} cardHeight={148} />}
      >
        {(all) => (all.length === 0 ? <NoPools /> : <PoolList rows={rows ?? []} />)}
      </QueryState>
    </>
  )
}

function PoolList({ rows }: { readonly rows: readonly PoolRow[] }) {
  const [{ q, status, view, sort }, setState] = useUrlState(params)
  const isTable = view === 'table'
  const reset = () => setState({ q: '', status: null })
  const setView = useCallback((next: ListView) => setState({ view: next }), [setState])
  useViewCommand('Pools', view, setView)
  const shown = filterPools(rows, q, status)
  return (
    <>
      <Summary rows={rows} onAttention={() => setState({ status: 'attention' })} />
      <FilterBar
        isFiltered={q !== '' || status !== null}
        onReset={reset}
        end={<ViewSwitch view={view} onView={setView} />}
      >
        <SearchInput
          value={q}
          onChange={(next) => setState({ q: next }, { replace: true })}
          label="Search name, id, notes"
        />
        <FilterSelect
          label="Status"
          all="Any status"
          width={180}
          value={status}
          onChange={(next) => setState({ status: poolFilters.find((filter) => filter === next) ?? null })}
          options={poolFilters.map((value) => ({ value, label: filterWords[value] }))}
        />
      </FilterBar>
      {shown.length === 0 ? (
        <FilteredToNothing what="Pools" onReset={reset} />
      ) : isTable ? (
        <PoolTable rows={shown} sort={sort} onSort={(next) => setState({ sort: next })} />
      ) : (
        <PoolCards rows={shown} />
      )}
    </>
  )
}

/** The page's answer in one line. */
function Summary({ rows, onAttention }: { readonly rows: readonly PoolRow[]; readonly onAttention: () => void }) {
  const active = rows.filter((row) => row.pool.status === 'active')
  const blocked = active.filter((row) => row.blockedBy !== null)
  const isCounted = rows.every((row) => row.counts !== null)
  return (
    <SummaryLine>
      {isCounted ? (
        <span>
          <b>{`${active.length - blocked.length} of ${formatNoun(rows.length, 'Pool')}`}</b> can serve
        </span>
      ) : (
        <b>{formatNoun(rows.length, 'Pool')}</b>
      )}
      {blocked.length > 0 && (
        <AttentionButton onClick={onAttention}>
          {`${formatNoun(blocked.length, 'active Pool')} cannot serve`}
        </AttentionButton>
      )}
    </SummaryLine>
  )
}

function NoPools() {
  return (
    <EmptyState
      title="No Pools yet"
      action={
        <Button component={Link} to="/pools/new">
          Create the first Pool
        </Button>
      }
    >
      A Pool groups upstreams behind one set of API keys: clients ask the Pool, and Weir picks the upstream. If nothing
      is set up yet,{' '}
      <Anchor component={Link} inherit underline="always" to="/welcome">
        First steps
      </Anchor>{' '}
      leads from here to a working client.
    </EmptyState>
  )
}
