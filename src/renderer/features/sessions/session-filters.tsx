import { FilterBar, FilterSelect } from '../../components/filters.tsx'
import type { SetUrlState } from '../../lib/url-state.ts'
import { isFiltered, type filterParams, type SessionFilters } from './filter-state.ts'
import type { Named, SessionNames } from './session-names.ts'

export interface SessionFilterBarProps {
  readonly filters: SessionFilters
  readonly names: SessionNames
  readonly onChange: SetUrlState<typeof filterParams>
  readonly onReset: () => void
}

export function SessionFilterBar({ filters, names, onChange, onReset }: SessionFilterBarProps) {
  const select = (field: keyof SessionFilters, label: string, all: string, rows: readonly Named[]) => (
    <FilterSelect
      label={label}
      all={all}
      width={190}
      searchable
      value={filters[field] === '' ? null : filters[field]}
      options={optionsOf(rows, filters[field])}
      onChange={(next) => onChange({ [field]: next ?? '' })}
    />
  )
  return (
    <FilterBar isFiltered={isFiltered(filters)} onReset={onReset}>
      {select('upstream', 'Upstream', 'Any upstream', names.upstreams)}
      {select('key', 'API key', 'Any key', names.keys)}
      {select('pool', 'Pool', 'Any Pool', names.pools)}
    </FilterBar>
  )
}

/** By name; one that is gone is there while it is chosen. */
function optionsOf(rows: readonly Named[], chosen: string) {
  const all = rows
    .map(({ id, name }) => ({ value: id, label: name }))
    .toSorted((a, b) => a.label.localeCompare(b.label))
  return chosen === '' || all.some(({ value }) => value === chosen) ? all : [...all, { value: chosen, label: chosen }]
}
