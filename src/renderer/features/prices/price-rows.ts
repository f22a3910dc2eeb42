/** What the list of prices shows of them, and how it is narrowed. Pure. */
import { dollarsOfRate, ratesText } from '../../../shared/price-text.ts'
import type { PriceRates, PriceRow, PriceSource, Rates, UnpricedModel } from '../../../shared/models/price.ts'
import { sortParam } from '../../components/table-model.ts'
import { formatNoun } from '../../lib/format.ts'
import { oneOfParam, switchParam, textParam, withParams, writeState } from '../../lib/url-state.ts'

export type Slot = Pick<PriceRow, 'model' | 'upstreamId'>

export const sourceWords: Readonly<Record<PriceSource, string>> = {
  bundled: 'Weir',
  import: 'imported',
  operator: 'yours',
}

/** `none`: taken away by the operator. */
export const sourceFilters = ['bundled', 'import', 'operator', 'none'] as const
export type SourceFilter = (typeof sourceFilters)[number]

export const sourceFilterWords: Readonly<Record<SourceFilter, string>> = {
  bundled: 'From Weir',
  import: 'Imported',
  operator: 'Yours',
  none: 'Made unpriced',
}

export const filterParams = { q: textParam(), source: oneOfParam(sourceFilters), used: switchParam() }
export const viewParams = { sort: sortParam('-requests') }
/** Which price is open beside the list. */
export const openParams = { model: textParam(), upstream: textParam() }
export const openNames = Object.keys(openParams)

/** The query with this price open, filters as they are. */
export function openSearch(search: string, { model, upstreamId }: Slot): string {
  return writeState(openParams, { model, upstream: upstreamId ?? '' }, new URLSearchParams(search)).toString()
}

/** Where the requests of a model are; null for a price of many models. */
export function requestsOf({ model, upstreamId }: Slot): string | null {
  return model.endsWith('*') ? null : withParams('/requests', { model, upstream: upstreamId, last: '30d' })
}

export interface PriceFilters {
  readonly q: string
  readonly source: SourceFilter | null
  readonly used: boolean
}

export function isFiltered({ q, source, used }: PriceFilters): boolean {
  return q !== '' || source !== null || used
}

export function slotKey({ model, upstreamId }: Slot): string {
  return `${upstreamId ?? ''} ${model}`
}

function isSameSlot(a: Slot, b: Slot): boolean {
  return a.model === b.model && a.upstreamId === b.upstreamId
}

/** The price that is in force in exactly this place; null where the place has none of its own. */
export function findPrice(rows: readonly PriceRow[], slot: Slot): PriceRow | null {
  return rows.find((row) => isSameSlot(row, slot)) ?? null
}

/** "gpt-5", "gpt-5 at Azure". */
export function slotName({ model, upstreamId, upstreamName }: Slot & { readonly upstreamName: string | null }): string {
  return upstreamId === null ? model : `${model} at ${placeName({ upstreamId, upstreamName })}`
}

export function placeName({ upstreamId, upstreamName }: Pick<PriceRow, 'upstreamId' | 'upstreamName'>): string {
  return upstreamId === null ? 'any' : (upstreamName ?? 'an upstream that is gone')
}

/** Of the models that a price of one upstream is for, requests are counted with the general one. */
export function isUsed({ requests }: PriceRow): boolean {
  return requests === null || requests > 0
}

export function filterPrices(rows: readonly PriceRow[], { q, source, used }: PriceFilters): readonly PriceRow[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  return rows.filter((row) => {
    if (used && !isUsed(row)) return false
    if (source !== null && (row.rates === null ? 'none' : row.source) !== source) return false
    const text = `${row.model} ${row.upstreamName ?? ''} ${row.note}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

/** Those that were used, and those that an upstream only lists. */
export function splitUnpriced(unpriced: readonly UnpricedModel[]) {
  return {
    used: unpriced.filter(({ requests }) => requests > 0),
    listed: unpriced.filter(({ requests }) => requests === 0),
  }
}

/** `$1.25`, `$10.00`, `$0.0375`: every digit there is, and at least cents. */
export function rateText(rate: number): string {
  const text = dollarsOfRate(rate)
  return `$${text.includes('.') ? text : `${text}.00`}`
}

/** What a price has beside its standard rates: `long context, 2 tiers`; empty where there is nothing. */
export function extrasText({ longContext, tiers }: PriceRates): string {
  const names = Object.keys(tiers)
  return [longContext === null ? '' : 'long context', names.length === 0 ? '' : formatNoun(names.length, 'tier')]
    .filter((part) => part !== '')
    .join(', ')
}

export interface RateLine {
  readonly name: string
  readonly rates: Rates
}

/** Every set of rates that a request may be charged by, the standard ones first. */
export function rateLines({ longContext, tiers, ...standard }: PriceRates): readonly RateLine[] {
  const lines: RateLine[] = [{ name: 'Standard', rates: standard }]
  if (longContext !== null)
    lines.push({ name: `Above ${longContext.aboveInputTokens.toLocaleString('en-US')} tokens`, rates: longContext })
  for (const [name, tier] of Object.entries(tiers)) {
    lines.push({ name, rates: tier })
    if (tier.longContext !== null) lines.push({ name: `${name}, long`, rates: tier.longContext })
  }
  return lines
}

/** Tiers whose long requests pay the dearer of the tier's rates and the standard long ones. */
export function tiersWithoutLong({ longContext, tiers }: PriceRates): readonly string[] {
  if (longContext === null) return []
  return Object.entries(tiers).flatMap(([name, tier]) => (tier.longContext === null ? [name] : []))
}

export function ratesWords(rates: PriceRates | null): string {
  return rates === null ? 'unpriced' : ratesText(rates)
}

/** The address in a note, to be copied. */
export function addressIn(note: string): string | null {
  return /https:\/\/[^\s"<>]*[^\s"<>.,;:)]/.exec(note)?.[0] ?? null
}
