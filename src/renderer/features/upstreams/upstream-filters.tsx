/** What the list is narrowed down by. Its values live in the address. */
import type { ReactNode } from 'react'
import { FilterBar, FilterSelect, SearchInput } from '../../components/filters.tsx'
import { statusWord } from '../../components/status-badge.tsx'
import { useRoute } from '../../lib/api.ts'
import { oneOfParam, textParam, type SetUrlState, type UrlState } from '../../lib/url-state.ts'
import { kinds, stateFilters, type StateFilter } from './upstream-rows.ts'
import { kindWords } from './words.ts'

/** `pool`: the id of one, or `none` for upstreams that are in no Pool. */
export const filterParams = {
  q: textParam(),
  kind: oneOfParam(kinds),
  state: oneOfParam(stateFilters),
  pool: textParam(),
}

export const noFilters = { q: '', kind: null, state: null, pool: '' } as const

export interface UpstreamFiltersProps {
  readonly filters: UrlState<typeof filterParams>
  readonly onChange: SetUrlState<typeof filterParams>
  /** Then they are as wide as lets them stand in one line. */
  readonly isNarrow: boolean
  readonly end: ReactNode
}

export function UpstreamFilters({ filters, onChange, isNarrow, end }: UpstreamFiltersProps) {
  const { q, kind, state, pool } = filters
  const pools = useRoute('pool.list', {}).data
  const width = isNarrow ? 116 : 150
  return (
    <FilterBar
      isFiltered={q !== '' || kind !== null || state !== null || pool !== ''}
      onReset={() => onChange(noFilters)}
      end={end}
    >
      <SearchInput
        value={q}
        onChange={(next) => onChange({ q: next }, { replace: true })}
        label="Search name, address, notes"
      />
      <FilterSelect
        label="Kind"
        all="Any kind"
        width={width}
        value={kind}
        onChange={(next) => onChange({ kind: kinds.find((each) => each === next) ?? null })}
        options={kinds.map((value) => ({ value, label: kindWords[value] }))}
      />
      <FilterSelect
        label="State"
        all="Any state"
        width={width}
        value={state}
        onChange={(next) => onChange({ state: stateFilters.find((each) => each === next) ?? null })}
        options={stateFilters.map((value) => ({ value, label: stateWord(value) }))}
      />
      <FilterSelect
        label="Pool"
        all="Any Pool"
        width={width}
        searchable
        value={pool === '' ? null : pool}
        onChange={(next) => onChange({ pool: next ?? '' })}
        options={[
          ...(pools ?? []).map(({ id, name }) => ({ value: id, label: name })),
          { value: 'none', label: 'In no Pool' },
        ]}
      />
    </FilterBar>
  )
}

function stateWord(state: StateFilter): string {
  return state === 'attention' ? 'Needs attention' : statusWord(state)
}
