/** What a preview of a list shows, and which of it is taken over. Pure. */
import type { PriceImportRow, PricePreview } from '../../../shared/models/price-import.ts'
import type { PriceRates } from '../../../shared/models/price.ts'
import { effectivePrice, ratesFor } from '../../../shared/price-math.ts'
import type { RateField } from './price-form.ts'

export const importViews = ['differ', 'added', 'changed', 'unchanged', 'invalid'] as const
export type ImportView = (typeof importViews)[number]

/** How many rows a view has, before any search. What cannot be read is of no known model. */
export function viewCount(preview: PricePreview, view: ImportView, known: boolean): number {
  return view === 'invalid' ? preview.counts.invalid : shownRows(preview, { view, known, q: '' }).length
}

export function differs({ change }: PriceImportRow): boolean {
  return change !== 'unchanged'
}

export interface ImportFilter {
  readonly view: ImportView
  readonly q: string
  /** Only models that an upstream lists or that were used. */
  readonly known: boolean
}

export function shownRows({ rows }: PricePreview, { view, q, known }: ImportFilter): readonly PriceImportRow[] {
  const wanted = q.trim().toLowerCase()
  return rows.filter((row) => {
    if (view === 'differ' ? !differs(row) : row.change !== view) return false
    return (row.known || !known) && row.model.toLowerCase().includes(wanted)
  })
}

/** Models that are here; all that differ where there is none of them. */
export function firstSelection({ rows }: PricePreview): ReadonlySet<string> {
  const all = rows.filter(differs)
  const here = all.filter(({ known }) => known)
  return new Set((here.length > 0 ? here : all).map(importKey))
}

export function importKey({ row }: PriceImportRow): string {
  return String(row)
}

/** A table knows only what it shows: what is selected out of its sight stays so. */
export function mergeSelection(
  before: ReadonlySet<string>,
  shown: readonly PriceImportRow[],
  next: ReadonlySet<string>,
): ReadonlySet<string> {
  const inSight = new Set(shown.map(importKey))
  return new Set([...[...before].filter((key) => !inSight.has(key)), ...next])
}

export interface RateChange {
  /** Nano-dollars per 1,000 tokens; null where the model had no price. */
  readonly before: number | null
  readonly after: number
}

/** Standard rates as they come to, so that a rate which is left out equals the one it stands for. */
export function rateChange({ before, after }: PriceImportRow, field: RateField): RateChange {
  return { before: before === null ? null : rateOf(before.rates, field), after: rateOf(after, field) }
}

function rateOf(price: PriceRates, field: RateField): number {
  return ratesFor(price, 0, null).rates[field]
}

/** Whether more differs than the columns show. What is as input or as output in both follows those. */
export function hasOtherChange({ before, after }: PriceImportRow): boolean {
  if (before === null) return false
  const isOther = (field: RateField) => {
    if (before.rates[field] === null && after[field] === null) return false
    return rateOf(before.rates, field) !== rateOf(after, field)
  }
  return isOther('cacheWrite') || isOther('reasoning') || special(before.rates) !== special(after)
}

/** Long requests and tiers, as they come to. */
function special({ longContext, tiers }: PriceRates): string {
  return JSON.stringify(effectivePrice({ ...NOTHING, longContext, tiers }))
}

const NOTHING = { input: 0, cachedInput: null, cacheWrite: null, output: 0, reasoning: null }
