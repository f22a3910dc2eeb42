import { Tooltip } from '@mantine/core'
import { Link, useLocation } from 'react-router'
import type { PriceRow } from '../../../shared/models/price.ts'
import { Tag } from '../../components/status-badge.tsx'
import type { Column } from '../../components/table-model.ts'
import { Time } from '../../components/time.tsx'
import { formatCompact, formatCount } from '../../lib/format.ts'
import { PriceMenu } from './price-menu.tsx'
import { extrasText, openSearch, placeName, rateText, requestsOf, type Slot } from './price-rows.ts'
import { SourceBadge } from './source-badge.tsx'
import classes from './prices.module.css'

/** What a narrow window leaves to the drawer. */
const wideOnly = new Set(['since'])

export function priceColumns(rows: readonly PriceRow[], isNarrow: boolean): readonly Column<PriceRow>[] {
  const all = [...place, ...rates, ...origin, requestsColumn(rows), actions]
  return isNarrow ? all.filter(({ id }) => !wideOnly.has(id)) : all
}

/** To the drawer, with the filters as they are. */
function SlotLink({ slot }: { readonly slot: Slot }) {
  const { search } = useLocation()
  return (
    <Link className={classes['model'] ?? ''} to={{ pathname: '/prices', search: openSearch(search, slot) }}>
      {slot.model}
    </Link>
  )
}

function ModelCell({ row }: { readonly row: PriceRow }) {
  const extras = row.rates === null ? '' : extrasText(row.rates)
  return (
    <div className={classes['modelCell']}>
      <SlotLink slot={row} />
      {extras !== '' && <span className={classes['extras']}>{extras}</span>}
    </div>
  )
}

function InputCell({ row: { rates } }: { readonly row: PriceRow }) {
  if (rates !== null) return <>{rateText(rates.input)}</>
  return <Tag tone="warn">unpriced</Tag>
}

function CachedCell({ row: { rates } }: { readonly row: PriceRow }) {
  if (rates === null) return <Dim>–</Dim>
  return rates.cachedInput === null ? <Dim>as input</Dim> : <>{rateText(rates.cachedInput)}</>
}

function Dim({ children }: { readonly children: string }) {
  return <span className={classes['dim']}>{children}</span>
}

function SinceCell({ row: { from, source } }: { readonly row: PriceRow }) {
  if (from > 0) return <Time at={from} />
  return (
    <Tooltip label={source === 'bundled' ? 'Came with Weir, for every request.' : 'For every request.'}>
      <span className={classes['dim']}>always</span>
    </Tooltip>
  )
}

function RequestsCell({ row }: { readonly row: PriceRow }) {
  const { requests } = row
  if (requests === null) {
    return (
      <Tooltip label="Counted with the price for any upstream.">
        <span className={classes['dim']}>–</span>
      </Tooltip>
    )
  }
  const to = requestsOf(row)
  if (requests === 0) return <Dim>0</Dim>
  if (to === null) return <>{formatCompact(requests)}</>
  return (
    <Tooltip label={`${formatCount(requests)} requests`}>
      <Link className={classes['plainLink'] ?? ''} to={to}>
        {formatCompact(requests)}
      </Link>
    </Tooltip>
  )
}

const place: readonly Column<PriceRow>[] = [
  {
    id: 'model',
    header: 'Model',
    hint: 'An id, or the beginning of ids before a “*”. The most exact one counts.',
    cell: (row) => <ModelCell row={row} />,
    sortBy: (row) => row.model,
  },
  {
    id: 'upstream',
    header: 'Upstream',
    hint: 'A price for one upstream goes before the price for any.',
    cell: (row) =>
      row.upstreamId === null ? <Dim>any</Dim> : <span className={classes['place']}>{placeName(row)}</span>,
    // Those of one upstream last, by its name.
    sortBy: (row) => (row.upstreamId === null ? '' : placeName(row)),
  },
]

const rates: readonly Column<PriceRow>[] = [
  {
    id: 'input',
    header: 'Input',
    hint: 'Dollars per million input tokens that are not cached.',
    align: 'right',
    firstDescending: true,
    cell: (row) => <InputCell row={row} />,
    sortBy: ({ rates }) => rates?.input ?? null,
  },
  {
    id: 'cached',
    header: 'Cached',
    hint: 'Dollars per million input tokens from the provider’s cache.',
    align: 'right',
    firstDescending: true,
    cell: (row) => <CachedCell row={row} />,
    sortBy: ({ rates }) => (rates === null ? null : (rates.cachedInput ?? rates.input)),
  },
  {
    id: 'output',
    header: 'Output',
    hint: 'Dollars per million output tokens.',
    align: 'right',
    firstDescending: true,
    cell: ({ rates }) => (rates === null ? <Dim>–</Dim> : rateText(rates.output)),
    sortBy: ({ rates }) => rates?.output ?? null,
  },
]

const origin: readonly Column<PriceRow>[] = [
  {
    id: 'source',
    header: 'Source',
    cell: ({ source }) => <SourceBadge source={source} />,
    sortBy: ({ source }) => source,
  },
  {
    id: 'since',
    header: 'Since',
    firstDescending: true,
    cell: (row) => <SinceCell row={row} />,
    sortBy: ({ from }) => from,
  },
]

/** A price of one upstream is sorted behind the general one of its model, with which its requests are counted. */
function requestsColumn(rows: readonly PriceRow[]): Column<PriceRow> {
  const general = new Map(rows.map(({ model, upstreamId, requests }) => [upstreamId === null ? model : '', requests]))
  return {
    id: 'requests',
    header: 'Requests 30 d',
    hint: 'Requests of the last 30 days of the models that this price is the one of.',
    align: 'right',
    firstDescending: true,
    cell: (row) => <RequestsCell row={row} />,
    sortBy: ({ model, requests }) => requests ?? general.get(model) ?? 0,
  }
}

const actions: Column<PriceRow> = {
  id: 'actions',
  header: 'Actions',
  align: 'right',
  cell: (row) => <PriceMenu row={row} />,
}
