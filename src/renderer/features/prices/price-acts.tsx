/** What is done to a price, once for the page: rows, drawer, strip, header and palette ask here. */
import { createContext, useContext, useMemo, useState, type ReactNode } from 'react'
import type { PriceRow } from '../../../shared/models/price.ts'
import { ImportDialog } from './import-dialog.tsx'
import { PriceDialog } from './price-dialog.tsx'
import { emptyForm, formOf, type PriceStart } from './price-form.ts'
import { slotName } from './price-rows.ts'
import { GiveUpDialog, UnpriceDialog } from './remove-dialogs.tsx'

export interface PriceActs {
  /** A price of a model that is chosen in the dialog, or of this one. */
  add(model?: string): void
  edit(row: PriceRow): void
  /** A price of its own for one upstream, beginning as the general one. */
  addForUpstream(row: PriceRow): void
  /** Back to what counts without the operator's own. */
  giveUp(row: PriceRow): void
  unprice(row: PriceRow): void
  importList(): void
}

type Question =
  | { readonly kind: 'set'; readonly start: PriceStart }
  | { readonly kind: 'giveUp' | 'unprice'; readonly row: PriceRow }
  | { readonly kind: 'import' }

const Acts = createContext<PriceActs | null>(null)

export function usePriceActs(): PriceActs {
  const acts = useContext(Acts)
  if (acts === null) throw new Error('usePriceActs is used outside of PriceActsProvider')
  return acts
}

export interface PriceActsProviderProps {
  readonly rows: readonly PriceRow[]
  readonly children: ReactNode
}

export function PriceActsProvider({ rows, children }: PriceActsProviderProps) {
  const [question, setQuestion] = useState<Question | null>(null)
  const acts = useMemo<PriceActs>(() => {
    const set = (start: PriceStart) => setQuestion({ kind: 'set', start })
    return {
      add: (model = '') =>
        set({
          title: model === '' ? 'Set a price' : `Set a price of ${model}`,
          form: emptyForm(model),
          hasModel: model !== '',
          upstream: 'free',
        }),
      edit: (row) => set({ title: `Price of ${slotName(row)}`, form: formOf(row), hasModel: true, upstream: 'fixed' }),
      addForUpstream: (row) =>
        set({
          title: `Price of ${row.model} at one upstream`,
          form: { ...formOf(row), note: '' },
          hasModel: true,
          upstream: 'one',
        }),
      giveUp: (row) => setQuestion({ kind: 'giveUp', row }),
      unprice: (row) => setQuestion({ kind: 'unprice', row }),
      importList: () => setQuestion({ kind: 'import' }),
    }
  }, [])
  const close = () => setQuestion(null)
  return (
    <Acts value={acts}>
      {children}
      <PriceDialog start={question?.kind === 'set' ? question.start : null} rows={rows} onClose={close} />
      <GiveUpDialog row={question?.kind === 'giveUp' ? question.row : null} onClose={close} />
      <UnpriceDialog row={question?.kind === 'unprice' ? question.row : null} onClose={close} />
      <ImportDialog opened={question?.kind === 'import'} onClose={close} />
    </Acts>
  )
}
