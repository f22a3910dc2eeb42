import { SegmentedControl } from '@mantine/core'
import { useMemo } from 'react'
import type { Notice } from '../../../shared/models/notice.ts'
import { FilterBar, FilterSelect } from '../../components/filters.tsx'
import { useRoute } from '../../lib/api.ts'
import type { SetUrlState } from '../../lib/url-state.ts'
import { isFiltered, shows, type AlertFilters, type filterParams } from './filter-state.ts'

export interface AlertFilterBarProps {
  readonly filters: AlertFilters
  readonly onChange: SetUrlState<typeof filterParams>
  readonly onReset: () => void
  readonly rows: readonly Notice[]
}

export function AlertFilterBar({ filters, onChange, onReset, rows }: AlertFilterBarProps) {
  const subjects = useSubjects(filters.about, rows)
  return (
    <FilterBar isFiltered={isFiltered(filters)} onReset={onReset}>
      <SegmentedControl
        aria-label="Which alerts"
        value={filters.show}
        onChange={(next) => onChange({ show: shows.find((each) => each === next) ?? 'all' })}
        data={[
          { value: 'all', label: 'All' },
          { value: 'unread', label: 'Unread' },
        ]}
      />
      <FilterSelect
        label="Key or upstream"
        all="Any key or upstream"
        width={240}
        searchable
        value={filters.about === '' ? null : filters.about}
        options={subjects}
        onChange={(about) => onChange({ about: about ?? '' })}
      />
    </FilterBar>
  )
}

/** Every key and upstream by name; one that is gone is there while it is chosen. */
function useSubjects(about: string, rows: readonly Notice[]) {
  const keys = useRoute('key.list', {}).data
  const upstreams = useRoute('upstream.list', {}).data
  return useMemo(() => {
    const all = [
      ...(keys ?? []).map(({ id, name }) => ({ value: id, label: `Key ${name}` })),
      ...(upstreams ?? []).map(({ id, name }) => ({ value: id, label: `Upstream ${name}` })),
    ].toSorted((a, b) => a.label.localeCompare(b.label))
    if (about === '' || all.some(({ value }) => value === about)) return all
    const known = rows.find(({ subject }) => subject.id === about)?.subject
    return [...all, { value: about, label: known === undefined ? about : `${known.name} (gone)` }]
  }, [keys, upstreams, about, rows])
}
