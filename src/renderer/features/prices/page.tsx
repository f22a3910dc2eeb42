/** What each model costs, where that price comes from, and which models have none. */
import { Button } from '@mantine/core'
import { useMemo } from 'react'
import type { PriceList as Prices } from '../../../shared/models/price.ts'
import { PageHeader } from '../../components/page-header.tsx'
import { EmptyState, LoadingState, QueryState } from '../../components/states.tsx'
import { useRoute } from '../../lib/api.ts'
import { useCommands } from '../../lib/commands.ts'
import { formatNoun } from '../../lib/format.ts'
import { useLatest } from '../../lib/registry.ts'
import { useShortcut } from '../../lib/shortcuts.ts'
import { toastSuccess } from '../../lib/toast.tsx'
import { useUrlState } from '../../lib/url-state.ts'
import { useAction, type Action } from '../../lib/use-action.tsx'
import { savePrices } from './export-prices.ts'
import { PriceActsProvider, usePriceActs } from './price-acts.tsx'
import { PriceDrawer } from './price-drawer.tsx'
import { PriceList } from './price-list.tsx'
import { openParams } from './price-rows.ts'
import { UnpricedStrip } from './unpriced-strip.tsx'

export function PricesPage() {
  const prices = useRoute('price.list', {})
  const rows = prices.data?.rows ?? []
  const [{ model, upstream }] = useUrlState(openParams)
  const slot = useMemo(
    () => (model === '' ? null : { model, upstreamId: upstream === '' ? null : upstream }),
    [model, upstream],
  )
  return (
    <PriceActsProvider rows={rows}>
      <Header prices={prices.data ?? null} />
      <QueryState query={prices} what="The prices" loading={<LoadingState rows={14} label="Loading prices" />}>
        {(data) => (
          <>
            <UnpricedStrip unpriced={data.unpriced} />
            {data.rows.length === 0 ? <NoPrices /> : <PriceList prices={data} />}
          </>
        )}
      </QueryState>
      <PriceDrawer slot={slot} rows={prices.data?.rows ?? null} />
    </PriceActsProvider>
  )
}

function Header({ prices }: { readonly prices: Prices | null }) {
  const acts = usePriceActs()
  const save = useExportPrices()
  const own = prices?.rows.filter(({ source, rates }) => source !== 'bundled' && rates !== null).length ?? 0
  useShortcut('n', 'Set a price', () => acts.add())
  usePageCommands(save)
  return (
    <PageHeader
      title="Prices"
      question="What does each model cost, in USD per 1M tokens?"
      actions={
        <>
          <Button
            variant="default"
            disabled={own === 0}
            loading={save.isPending}
            title={
              own === 0 ? 'No price is your own or imported' : `${formatNoun(own, 'price')}, your own and imported`
            }
            onClick={() => save.fire({})}
          >
            Export
          </Button>
          <Button variant="default" onClick={() => acts.importList()}>
            Import
          </Button>
          <Button onClick={() => acts.add()}>Set a price</Button>
        </>
      }
    />
  )
}

function useExportPrices(): Action<'price.export'> {
  return useAction('price.export', {
    onDone: (made) => {
      if (made.rows === 0) {
        toastSuccess('There is nothing to export: no price is your own or imported.')
        return
      }
      savePrices(made)
      toastSuccess(`Exported ${formatNoun(made.rows, 'price')} to ${made.fileName}`)
    },
  })
}

function usePageCommands(save: Action<'price.export'>): void {
  const acts = usePriceActs()
  const exportAll = useLatest(() => save.fire({}))
  useCommands(
    useMemo(
      () => [
        { id: 'price.add', label: 'Set a price', keywords: 'new add cost model', run: () => acts.add() },
        { id: 'price.import', label: 'Import prices', keywords: 'list file litellm', run: () => acts.importList() },
        { id: 'price.export', label: 'Export your prices', keywords: 'download', run: exportAll },
      ],
      [acts, exportAll],
    ),
  )
}

function NoPrices() {
  const acts = usePriceActs()
  return (
    <EmptyState title="No prices yet" action={<Button onClick={() => acts.add()}>Set the first price</Button>}>
      With prices, the log, the charts and the budgets speak of money. Set them by hand, or import a list.
    </EmptyState>
  )
}
