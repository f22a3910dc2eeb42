import { Button } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { actorName, auditActions } from '../../../shared/audit-sentence.ts'
import { FilterBar, FilterSelect, SearchInput } from '../../components/filters.tsx'
import { statusWord } from '../../components/status-badge.tsx'
import type { SetUrlState } from '../../lib/url-state.ts'
import { DateFilter } from './date-filter.tsx'
import {
  actors,
  isFiltered,
  kindWords,
  outcomes,
  targetKinds,
  type AuditFilters as Filters,
  type filterParams,
} from './filter-state.ts'

export interface AuditFiltersProps {
  readonly filters: Filters
  readonly onChange: SetUrlState<typeof filterParams>
  readonly onReset: () => void
  /** The name of the record that the log is narrowed to. */
  readonly targetName: string
}

const actions = auditActions.map(({ action, title }) => ({ value: action, label: title }))

export function AuditFilters({ filters, onChange, onReset, targetName }: AuditFiltersProps) {
  const pick = <T extends string>(values: readonly T[], value: string | null) =>
    values.find((each) => each === value) ?? null
  return (
    <FilterBar isFiltered={isFiltered(filters)} onReset={onReset}>
      <SearchInput
        value={filters.q}
        width={210}
        label="Search the audit log"
        onChange={(q) => onChange({ q }, { replace: true })}
      />
      <FilterSelect
        label="Actor"
        all="Any actor"
        width={135}
        value={filters.actor}
        options={actors.map((value) => ({ value, label: actorName(value) }))}
        onChange={(value) => onChange({ actor: pick(actors, value) })}
      />
      <FilterSelect
        label="Action"
        all="Any action"
        width={190}
        searchable
        value={filters.action === '' ? null : filters.action}
        options={actions}
        onChange={(value) => onChange({ action: value ?? '' })}
      />
      <FilterSelect
        label="Target"
        all="Any target"
        width={140}
        value={filters.kind}
        options={targetKinds.map((value) => ({ value, label: kindWords[value] }))}
        onChange={(value) => onChange({ kind: pick(targetKinds, value) })}
      />
      <FilterSelect
        label="Outcome"
        all="Any outcome"
        width={130}
        value={filters.outcome}
        options={outcomes.map((value) => ({ value, label: statusWord(value) }))}
        onChange={(value) => onChange({ outcome: pick(outcomes, value) })}
      />
      <DateFilter dates={filters} onChange={(dates) => onChange(dates)} />
      {filters.target !== '' && (
        <Button
          variant="light"
          maw={260}
          rightSection={<IconX size={12} aria-hidden />}
          aria-label={`Only ${targetName}: show every target`}
          onClick={() => onChange({ target: '' })}
        >
          {`Only ${targetName}`}
        </Button>
      )}
    </FilterBar>
  )
}
