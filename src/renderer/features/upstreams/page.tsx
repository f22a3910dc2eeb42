/** Which accounts can serve right now, and what is left of them. */
import { Button } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useCallback } from 'react'
import { Link, useNavigate } from 'react-router'
import { DataTable } from '../../components/data-table.tsx'
import { ListPlace } from '../../components/list-cards.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { EmptyState, FilteredToNothing, QueryState } from '../../components/states.tsx'
import { AttentionButton, SummaryLine } from '../../components/summary-line.tsx'
import { sortParam } from '../../components/table-model.ts'
import { listViews, useViewCommand, ViewSwitch, type ListView } from '../../components/view-switch.tsx'
import { formatCompact, formatCount, formatNoun, formatShare } from '../../lib/format.ts'
import { useShortcut } from '../../lib/shortcuts.ts'
import { oneOfParam, useUrlState } from '../../lib/url-state.ts'
import { useAction } from '../../lib/use-action.tsx'
import { useUpstreamRows } from './queries.ts'
import { UpstreamActsProvider } from './upstream-acts.tsx'
import { UpstreamCards } from './upstream-cards.tsx'
import { upstreamColumns } from './upstream-columns.tsx'
import { filterParams, noFilters, UpstreamFilters } from './upstream-filters.tsx'
import { filterUpstreams, needsAttention, scarcest, tokensOf, type UpstreamRow } from './upstream-rows.ts'

const params = {
  ...filterParams,
  /** Null for whichever suits their number. */
  view: oneOfParam(listViews),
  sort: sortParam('name'),
}

/** What one takes in at a glance; more than these are looked up in a table. */
const MOST_CARDS = 12

export function UpstreamsPage() {
  const { upstreams, rows } = useUpstreamRows()
  const [{ view }] = useUrlState(params)
  const navigate = useNavigate()
  useShortcut('n', 'Add upstream', () => void navigate('/upstreams/new'))
  return (
    <>
      <PageHeader
        title="Upstreams"
        question="Which accounts can serve right now, and what is left of them?"
        actions={
          <Button component={Link} to="/upstreams/new">
            Add upstream
          </Button>
        }
      />
      <QueryState
        query={upstreams}
        what="The upstreams"
        loading={<ListPlace label="Loading upstreams" view={view ?? 'cards'} cardHeight={188} />}
      >
        {(all) => (
          <UpstreamActsProvider>{all.length === 0 ? <NoUpstreams /> : <List rows={rows ?? []} />}</UpstreamActsProvider>
        )}
      </QueryState>
    </>
  )
}

function List({ rows }: { readonly rows: readonly UpstreamRow[] }) {
  const [{ q, kind, state, pool, sort, view: chosen }, setState] = useUrlState(params)
  const usual = rows.length > MOST_CARDS ? 'table' : 'cards'
  const view = chosen ?? usual
  const setView = useCallback((next: ListView) => setState({ view: next === usual ? null : next }), [usual, setState])
  const navigate = useNavigate()
  const isNarrow = useMediaQuery('(max-width: 64rem)') === true
  useViewCommand('upstreams', view, setView)
  const reset = () => setState(noFilters)
  const shown = filterUpstreams(rows, { q, kind, state, pool: pool === '' ? null : pool })
  return (
    <>
      <Summary rows={rows} onAttention={() => setState({ state: 'attention' })} />
      <UpstreamFilters
        filters={{ q, kind, state, pool }}
        onChange={setState}
        isNarrow={isNarrow}
        end={<ViewSwitch view={view} onView={setView} />}
      />
      {shown.length === 0 ? (
        <FilteredToNothing what="upstreams" onReset={reset} />
      ) : view === 'cards' ? (
        <UpstreamCards rows={shown} />
      ) : (
        <DataTable
          label="Upstreams"
          columns={upstreamColumns(isNarrow)}
          rows={shown}
          rowKey={({ upstream }) => upstream.id}
          rowLabel={({ upstream }) => upstream.name}
          sort={sort}
          onSort={(next) => setState({ sort: next })}
          onOpen={({ upstream }) => void navigate(`/upstreams/${upstream.id}`)}
        />
      )}
    </>
  )
}

/** The page's answer in one line. */
function Summary({ rows, onAttention }: { readonly rows: readonly UpstreamRow[]; readonly onAttention: () => void }) {
  const ready = rows.filter(({ upstream }) => upstream.health.state === 'ready').length
  const troubled = rows.filter(({ upstream }) => needsAttention(upstream)).length
  const running = rows.reduce((sum, { upstream }) => sum + upstream.health.inFlight, 0)
  const least = scarcest(rows)
  const tokens = rows.reduce((sum, { figures }) => sum + (figures === null ? 0 : tokensOf(figures.recent)), 0)
  return (
    <SummaryLine>
      <span>
        <b>{`${formatCount(ready)} of ${formatNoun(rows.length, 'upstream')}`}</b> ready
      </span>
      {troubled > 0 && (
        <AttentionButton onClick={onAttention}>
          {`${formatCount(troubled)} ${troubled === 1 ? 'needs' : 'need'} attention`}
        </AttentionButton>
      )}
      <span>
        <b>{formatCount(running)}</b> running
      </span>
      <span>
        <b>{formatCompact(tokens)}</b> tokens in 5 min
      </span>
      {least !== null && (
        <span>
          <b>{formatShare(least.share)}</b> {`left of ${least.upstream.name}, the least of the accounts`}
        </span>
      )}
    </SummaryLine>
  )
}

function NoUpstreams() {
  const simulator = useAction('setup.simulator', {
    success: ({ upstream }) => `Added ${upstream.name}`,
  })
  return (
    <EmptyState
      title="No upstreams yet"
      action={
        <>
          <Button component={Link} to="/upstreams/new">
            Add the first upstream
          </Button>
          <Button variant="subtle" loading={simulator.isPending} onClick={() => simulator.fire({})}>
            Add the simulator instead
          </Button>
        </>
      }
    >
      An upstream is one provider account: an API key of OpenAI, a ChatGPT account, any server with the same API, or the
      built-in simulator, which works offline. Pools route requests to it; clients never see its credential.
    </EmptyState>
  )
}
