/** Every price in force, with its filters. */
import { Switch } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useMemo } from 'react'
import type { PriceList as Prices, PriceRow } from '../../../shared/models/price.ts'
import { DataTable } from '../../components/data-table.tsx'
import { FilterBar, FilterSelect, SearchInput } from '../../components/filters.tsx'
import { FilteredToNothing } from '../../components/states.tsx'
import { formatCount, formatNoun } from '../../lib/format.ts'
import { useUrlState } from '../../lib/url-state.ts'
import { priceColumns } from './price-columns.tsx'
import {
  filterParams,
  filterPrices,
  isFiltered,
  openParams,
  slotKey,
  slotName,
  sourceFilters,
  sourceFilterWords,
  viewParams,
} from './price-rows.ts'
import classes from './prices.module.css'

export function PriceList({ prices: { rows, bundledAsOf } }: { readonly prices: Prices }) {
  const [filters, setFilters, reset] = useUrlState(filterParams)
  const [{ sort }, setView] = useUrlState(viewParams)
  const [open, setOpen] = useUrlState(openParams)
  const isNarrow = useMediaQuery('(max-width: 64rem)', undefined, { getInitialValueInEffect: false }) ?? false
  const columns = useMemo(() => priceColumns(rows, isNarrow), [rows, isNarrow])
  const shown = useMemo(() => filterPrices(rows, filters), [rows, filters])
  return (
    <>
      <FilterBar isFiltered={isFiltered(filters)} onReset={reset} end={<Summary shown={shown} rows={rows} />}>
        <SearchInput
          value={filters.q}
          onChange={(q) => setFilters({ q }, { replace: true })}
          label="Search model, upstream, note"
        />
        <FilterSelect
          label="Source"
          all="Any source"
          value={filters.source}
          onChange={(next) => setFilters({ source: sourceFilters.find((each) => each === next) ?? null })}
          options={sourceFilters.map((value) => ({ value, label: sourceFilterWords[value] }))}
        />
        <Switch
          label="In use only"
          checked={filters.used}
          onChange={(event) => setFilters({ used: event.currentTarget.checked })}
        />
      </FilterBar>
      {shown.length === 0 ? (
        <FilteredToNothing what="prices" onReset={reset} />
      ) : (
        <DataTable
          label="Prices"
          columns={columns}
          rows={shown}
          rowKey={slotKey}
          rowLabel={slotName}
          sort={sort}
          onSort={(next) => setView({ sort: next })}
          openKey={open.model === '' ? null : slotKey({ model: open.model, upstreamId: open.upstream || null })}
          onOpen={({ model, upstreamId }) => setOpen({ model, upstream: upstreamId ?? '' })}
        />
      )}
      <p className={classes['below']}>
        {`What came with Weir was looked up by ${bundledAsOf} and is never fetched anew; set or import what has changed since.`}
      </p>
    </>
  )
}

function Summary({ shown, rows }: { readonly shown: readonly PriceRow[]; readonly rows: readonly PriceRow[] }) {
  const text =
    shown.length === rows.length
      ? formatNoun(rows.length, 'price')
      : `${formatCount(shown.length)} of ${formatNoun(rows.length, 'price')}`
  return (
    <span className={classes['dim']} aria-live="polite">
      {text}
    </span>
  )
}
