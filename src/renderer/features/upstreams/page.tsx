/** Which accounts can serve right now, and what is left of them. */
import { Button, Skeleton, Stack } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { Link, useNavigate } from 'react-router'
import { DataTable } from '../../components/data-table.tsx'
import { FilterBar, FilterSelect, SearchInput } from '../../components/filters.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { EmptyState, FilteredToNothing, QueryState } from '../../components/states.tsx'
import { statusWord } from '../../components/status-badge.tsx'
import { AttentionButton, SummaryLine } from '../../components/summary-line.tsx'
import { sortParam } from '../../components/table-model.ts'
import { useRoute } from '../../lib/api.ts'
import { formatCompact, formatCount, formatNoun, formatShare } from '../../lib/format.ts'
import { useShortcut } from '../../lib/shortcuts.ts'
import { oneOfParam, textParam, useUrlState } from '../../lib/url-state.ts'
import { useAction } from '../../lib/use-action.tsx'
import { useUpstreamRows } from './queries.ts'
import { UpstreamActsProvider } from './upstream-acts.tsx'
import { upstreamColumns } from './upstream-columns.tsx'
import {
  filterUpstreams,
  kinds,
  needsAttention,
  scarcest,
  stateFilters,
  tokensOf,
  type StateFilter,
  type UpstreamRow,
} from './upstream-rows.ts'
import { kindWords } from './words.ts'

const params = {
  q: textParam(),
  kind: oneOfParam(kinds),
  state: oneOfParam(stateFilters),
  pool: textParam(),
  sort: sortParam('name'),
}

export function UpstreamsPage() {
  const { upstreams, rows } = useUpstreamRows()
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
      <QueryState query={upstreams} what="The upstreams" loading={<TableSkeleton />}>
        {() => (
          <UpstreamActsProvider>
            <List rows={rows ?? []} />
          </UpstreamActsProvider>
        )}
      </QueryState>
    </>
  )
}

function TableSkeleton() {
  return (
    <Stack gap={2} role="status" aria-label="Loading upstreams" data-state="loading">
      <Skeleton height={28} width={420} mb="xs" />
      <Skeleton height={26} />
      {Array.from({ length: 5 }, (_, index) => (
        <Skeleton key={index} height={46} />
      ))}
    </Stack>
  )
}

function List({ rows }: { readonly rows: readonly UpstreamRow[] }) {
  const [{ q, kind, state, pool, sort }, setState] = useUrlState(params)
  const pools = useRoute('pool.list', {}).data
  const navigate = useNavigate()
  const isNarrow = useMediaQuery('(max-width: 64rem)') === true
  const reset = () => setState({ q: '', kind: null, state: null, pool: '' })
  if (rows.length === 0) return <NoUpstreams />
  const shown = filterUpstreams(rows, { q, kind, state, pool: pool === '' ? null : pool })
  return (
    <>
      <Summary rows={rows} onAttention={() => setState({ state: 'attention' })} />
      <FilterBar isFiltered={q !== '' || kind !== null || state !== null || pool !== ''} onReset={reset}>
        <SearchInput
          value={q}
          onChange={(next) => setState({ q: next }, { replace: true })}
          label="Search name, address, notes"
        />
        <FilterSelect
          label="Kind"
          all="Any kind"
          value={kind}
          onChange={(next) => setState({ kind: kinds.find((each) => each === next) ?? null })}
          options={kinds.map((value) => ({ value, label: kindWords[value] }))}
        />
        <FilterSelect
          label="State"
          all="Any state"
          value={state}
          onChange={(next) => setState({ state: stateFilters.find((each) => each === next) ?? null })}
          options={stateFilters.map((value) => ({ value, label: stateWord(value) }))}
        />
        <FilterSelect
          label="Pool"
          all="Any Pool"
          searchable
          value={pool === '' ? null : pool}
          onChange={(next) => setState({ pool: next ?? '' })}
          options={[
            ...(pools ?? []).map(({ id, name }) => ({ value: id, label: name })),
            { value: 'none', label: 'In no Pool' },
          ]}
        />
      </FilterBar>
      {shown.length === 0 ? (
        <FilteredToNothing what="upstreams" onReset={reset} />
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

function stateWord(state: StateFilter): string {
  return state === 'attention' ? 'Needs attention' : statusWord(state)
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
