/** The list of keys by Pool, with its filters and what can be done to several at once. */
import { Button, Text } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useCallback, useMemo, useState } from 'react'
import { useNavigate } from 'react-router'
import type { PoolKey } from '../../../shared/models/key.ts'
import type { Pool } from '../../../shared/models/pool.ts'
import { DataTable } from '../../components/data-table.tsx'
import { FilteredToNothing } from '../../components/states.tsx'
import { useNow } from '../../lib/clock.ts'
import { useLiveSearch } from '../../lib/live-address.ts'
import { useUrlState } from '../../lib/url-state.ts'
import { BulkBar } from './bulk-bar.tsx'
import { keyColumns, poolGroup, type ListWidth } from './key-columns.tsx'
import { KeyFilters } from './key-filters.tsx'
import { filterParams, fits, joinRows, viewParams, type KeyRow } from './key-rows.ts'
import { useKeyFigures, useUsageGlances } from './queries.ts'
import classes from './keys.module.css'

export interface KeyListProps {
  readonly keys: readonly PoolKey[]
  readonly pools: readonly Pool[]
  readonly openId: string | null
}

export function KeyList({ keys, pools, openId }: KeyListProps) {
  const [filters, setFilters, resetFilters] = useUrlState(filterParams)
  const [{ range, sort }, setView] = useUrlState(viewParams)
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const navigate = useNavigate()
  const search = useLiveSearch()
  const now = useNow()
  // Filters look at days; a list that is worked out anew every few seconds would only cost.
  const hour = now - (now % 3_600_000)
  const width = useListWidth()
  const figures = useKeyFigures(range)
  const glances = useUsageGlances().data
  const rows = useMemo(() => joinRows(keys, pools, figures.data, glances), [keys, pools, figures.data, glances])
  const shown = useMemo(() => rows.filter((row) => fits(row, filters, hour)), [rows, filters, hour])
  const columns = useMemo(() => keyColumns(range, width), [range, width])
  const groupOf = useGroups(shown)
  const open = useCallback(
    (row: KeyRow) => void navigate({ pathname: `/keys/${row.key.id}`, search: search() }),
    [navigate, search],
  )
  // What a filter hides is not acted on.
  const chosen = shown.filter((row) => selected.has(row.key.id)).map((row) => row.key)
  return (
    <>
      <KeyFilters
        keys={keys}
        pools={pools}
        filters={filters}
        onChange={setFilters}
        onReset={resetFilters}
        range={range}
        onRange={(next) => setView({ range: next })}
        now={hour}
        shown={shown.length}
      />
      {figures.isError && (
        <Text role="alert" size="xs" c="var(--tone-bad)" mb="xs">
          {`Usage could not be loaded: ${figures.error.message} (${figures.error.code}) `}
          <Button size="compact-xs" variant="default" onClick={() => void figures.refetch()}>
            Try again
          </Button>
        </Text>
      )}
      {chosen.length > 0 && <BulkBar keys={chosen} onClear={() => setSelected(new Set())} />}
      {shown.length === 0 ? (
        <FilteredToNothing what="keys" onReset={resetFilters} />
      ) : (
        <div className={classes['list']} data-rest>
          <DataTable
            label="API keys"
            columns={columns}
            rows={shown}
            rowKey={(row) => row.key.id}
            rowLabel={(row) => row.key.name}
            groupOf={groupOf}
            sort={sort}
            onSort={(next) => setView({ sort: next })}
            selection={{ selected, onChange: setSelected }}
            openKey={openId}
            onOpen={open}
          />
        </div>
      )}
    </>
  )
}

function useListWidth(): ListWidth {
  const isNarrow = useMediaQuery('(max-width: 75em)', undefined, { getInitialValueInEffect: false }) ?? false
  const isMiddle = useMediaQuery('(max-width: 90em)', undefined, { getInitialValueInEffect: false }) ?? false
  if (isNarrow) return 'narrow'
  return isMiddle ? 'middle' : 'wide'
}

function useGroups(shown: readonly KeyRow[]): (row: KeyRow) => ReturnType<typeof poolGroup> {
  return useMemo(() => {
    const counts = new Map<string, number>()
    for (const { pool } of shown) counts.set(pool.id, (counts.get(pool.id) ?? 0) + 1)
    return (row: KeyRow) => poolGroup(row, counts)
  }, [shown])
}
