/**
 * The prices that come with Weir: what the providers' own pages said on the day that each entry names. A model of which
 * no page could be found is not here, and so has no price until the operator gives it one.
 */
import type { Price } from '../../shared/models/price.ts'
import { anthropicEntries } from './catalog-anthropic.ts'
import { compatibleEntries } from './catalog-compatible.ts'
import type { CatalogEntry } from './catalog-entry.ts'
import { openaiEntries } from './catalog-openai.ts'

export const catalogEntries: readonly CatalogEntry[] = [...openaiEntries, ...anthropicEntries, ...compatibleEntries]

/** Ids with a date: all dates of this century, and no other word behind the model's name. */
const DATED = '-20*'

function priceOf(entry: CatalogEntry, model: string): Price {
  return {
    id: `bundled:${model}`,
    model,
    upstreamId: null,
    rates: entry.rates,
    source: 'bundled',
    note: `${entry.source}, as of ${entry.asOf}.${entry.remark === '' ? '' : ` ${entry.remark}`}`,
    from: entry.from,
  }
}

export const bundledPrices: readonly Price[] = catalogEntries.flatMap((entry) => [
  priceOf(entry, entry.model),
  ...(entry.hasDated ? [priceOf(entry, `${entry.model}${DATED}`)] : []),
])

/** The newest day on which one of them was looked up. */
export const bundledAsOf: string =
  catalogEntries
    .map(({ asOf }) => asOf)
    .toSorted()
    .at(-1) ?? ''

const byModel = new Map(catalogEntries.map((entry) => [entry.model, entry]))

function entryOf(model: string): CatalogEntry | undefined {
  const exact = byModel.get(model)
  if (exact !== undefined) return exact
  const at = model.lastIndexOf('-20')
  const base = at === -1 ? undefined : byModel.get(model.slice(0, at))
  return base?.hasDated === true ? base : undefined
}

/** The most tokens that the model puts out in one answer; null where no page says. */
export function maxOutputOf(model: string): number | null {
  return entryOf(model)?.maxOutputTokens ?? null
}

/** Tokens of input and output together; null where no page says. */
export function contextWindowOf(model: string): number | null {
  return entryOf(model)?.contextWindow ?? null
}
