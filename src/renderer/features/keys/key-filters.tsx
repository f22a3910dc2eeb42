import { Chip, Group, SegmentedControl, Text, Tooltip } from '@mantine/core'
import type { PoolKey } from '../../../shared/models/key.ts'
import type { Pool } from '../../../shared/models/pool.ts'
import { FilterBar, FilterSelect, SearchInput } from '../../components/filters.tsx'
import { statusWord } from '../../components/status-badge.tsx'
import { formatCount, formatNoun } from '../../lib/format.ts'
import type { SetUrlState } from '../../lib/url-state.ts'
import {
  expiresSoon,
  isFiltered,
  isNeverRotated,
  isUnused,
  keyStatuses,
  ownersOf,
  ranges,
  SOON_DAYS,
  UNUSED_DAYS,
  withoutSecret,
  type filterParams,
  type KeyFilters as Filters,
  type Range,
} from './key-rows.ts'

export interface KeyFiltersProps {
  readonly keys: readonly PoolKey[]
  readonly pools: readonly Pool[]
  readonly filters: Filters
  readonly onChange: SetUrlState<typeof filterParams>
  readonly onReset: () => void
  readonly range: Range
  readonly onRange: (range: Range) => void
  readonly now: number
  /** How many keys fit. */
  readonly shown: number
}

export function KeyFilters(props: KeyFiltersProps) {
  const { keys, pools, filters, onChange, onReset, shown } = props
  const owners = ownersOf(keys)
  const used = new Set(keys.map((key) => key.poolId))
  return (
    <FilterBar
      isFiltered={isFiltered(filters)}
      onReset={onReset}
      end={
        <>
          <Text size="xs" c="dimmed" aria-live="polite">
            {shown === keys.length
              ? formatNoun(shown, 'key')
              : `${formatCount(shown)} of ${formatCount(keys.length)} keys`}
          </Text>
          <RangeSwitch range={props.range} onRange={props.onRange} />
        </>
      }
    >
      <SearchInput
        value={filters.q}
        width={265}
        label="Search by name, prefix or owner"
        onChange={(next) => onChange({ q: withoutSecret(next) }, { replace: true })}
      />
      <FilterSelect
        label="Status"
        all="Any status"
        width={125}
        value={filters.status}
        options={keyStatuses.map((value) => ({ value, label: statusWord(value) }))}
        onChange={(value) => onChange({ status: keyStatuses.find((each) => each === value) ?? null })}
      />
      <FilterSelect
        label="Pool"
        all="Any Pool"
        width={150}
        searchable
        value={filters.pool === '' ? null : filters.pool}
        options={pools.filter(({ id }) => used.has(id)).map(({ id, name }) => ({ value: id, label: name }))}
        onChange={(value) => onChange({ pool: value ?? '' })}
      />
      {owners.length > 0 && (
        <FilterSelect
          label="Owner"
          all="Any owner"
          width={140}
          searchable
          value={filters.owner === '' ? null : filters.owner}
          options={owners.map((value) => ({ value, label: value }))}
          onChange={(value) => onChange({ owner: value ?? '' })}
        />
      )}
      <Attention {...props} />
    </FilterBar>
  )
}

/** What an operator should look at, with how many there are before it is asked for. */
function Attention({ keys, filters, onChange, now }: KeyFiltersProps) {
  const soon = keys.filter((key) => expiresSoon(key, now)).length
  const unused = keys.filter((key) => isUnused(key, now)).length
  const unrotated = keys.filter(isNeverRotated).length
  return (
    <Group gap={6} role="group" aria-label="Needs a look">
      <Flag
        label={`Expiring soon: ${formatCount(soon)}`}
        hint={`Expires within ${SOON_DAYS} days`}
        checked={filters.soon}
        onChange={(next) => onChange({ soon: next })}
      />
      <Flag
        label={`Unused ${UNUSED_DAYS} days: ${formatCount(unused)}`}
        hint={`Not revoked, and without a request for ${UNUSED_DAYS} days`}
        checked={filters.unused}
        onChange={(next) => onChange({ unused: next })}
      />
      <Flag
        label={`Never rotated: ${formatCount(unrotated)}`}
        hint="Not revoked, and still with its first secret"
        checked={filters.unrotated}
        onChange={(next) => onChange({ unrotated: next })}
      />
    </Group>
  )
}

interface FlagProps {
  readonly label: string
  readonly hint: string
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
}

function Flag({ label, hint, checked, onChange }: FlagProps) {
  return (
    <Tooltip label={hint} refProp="rootRef">
      <Chip size="xs" variant="outline" radius="sm" checked={checked} onChange={onChange}>
        {label}
      </Chip>
    </Tooltip>
  )
}

export interface RangeSwitchProps {
  readonly range: Range
  readonly onRange: (range: Range) => void
}

export function RangeSwitch({ range, onRange }: RangeSwitchProps) {
  return (
    <SegmentedControl
      aria-label="Usage of the last"
      value={range}
      onChange={(next) => {
        const found = ranges.find((each) => each === next)
        if (found !== undefined) onRange(found)
      }}
      data={ranges.map((value) => ({ value, label: value.replace('h', ' h').replace('d', ' d') }))}
    />
  )
}
