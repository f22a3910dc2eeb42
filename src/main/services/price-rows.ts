/** The list of prices: what is in force for each model and place, how much it is used, and what has no price. */
import type { Price, PriceList, PriceRow, UnpricedModel } from '../../shared/models/price.ts'
import type { Db } from '../db/database.ts'
import { listPools } from '../db/pool-store.ts'
import type { Reader } from '../db/reader.ts'
import { listUpstreams } from '../db/upstream-store.ts'
import { bundledAsOf, bundledPrices, contextWindowOf, maxOutputOf } from '../prices/catalog.ts'
import { createPriceTable } from '../prices/price-table.ts'
import type { PriceBook } from '../prices/price-book.ts'
import { figuresMoment, type FiguresMomentDeps } from './figures-moment.ts'
import { createCatalog } from './model-catalog.ts'

const SEEN_DAYS = 30

export interface PriceRowDeps extends FiguresMomentDeps {
  readonly db: Db
  readonly book: PriceBook
  readonly reader: Pick<Reader, 'figures'>
}

export interface PriceRows {
  list(): Promise<PriceList>
  /** One row of the list, which there must be. */
  row(model: string, upstreamId: string | null): Promise<PriceRow>
  /** Ids that an upstream lists or that were used in the last 30 days. */
  known(): Promise<ReadonlySet<string>>
}

interface Known {
  readonly model: string
  readonly requests: number
  readonly upstreamIds: readonly string[]
}

export function createPriceRows(deps: PriceRowDeps): PriceRows {
  const { db, book, reader, now } = deps
  const catalog = createPriceTable([], bundledPrices)

  /** What is sent upstream: a Pool's own name for a model has no price, only what it stands for. */
  async function knownModels(): Promise<Known[]> {
    const seen = await reader.figures('modelsSeen', { days: SEEN_DAYS }, figuresMoment(deps))
    return createCatalog(listUpstreams(db), listPools(db), seen)
      .filter(({ sources }) => sources.some((source) => source !== 'alias'))
      .map(({ id, requests, upstreamIds }) => ({ model: id, requests, upstreamIds }))
  }

  function places(): Pick<Price, 'model' | 'upstreamId'>[] {
    const byKey = new Map<string, Pick<Price, 'model' | 'upstreamId'>>()
    for (const { model, upstreamId } of [...bundledPrices, ...book.stored()]) {
      byKey.set(`${upstreamId ?? ''} ${model}`, { model, upstreamId })
    }
    return [...byKey.values()].sort((a, b) => order(a.model, b.model) || order(a.upstreamId ?? '', b.upstreamId ?? ''))
  }

  function rowsOf(known: readonly Known[]): PriceRow[] {
    const names = new Map(listUpstreams(db).map(({ id, name }) => [id, name]))
    const used = new Map<string, number>()
    for (const { model, requests } of known) {
      const counted = book.find(model, null)?.model
      if (counted !== undefined) used.set(counted, (used.get(counted) ?? 0) + requests)
    }
    return places().flatMap(({ model, upstreamId }) => {
      const price = book.inPlace(model, upstreamId)
      if (price === null) return []
      const bundled = upstreamId === null ? catalog.inPlace(model, null, now()) : null
      return {
        ...price,
        upstreamName: upstreamId === null ? null : (names.get(upstreamId) ?? null),
        bundled: price.source === 'bundled' ? null : (bundled?.rates ?? null),
        requests: upstreamId === null ? (used.get(model) ?? 0) : null,
        maxOutputTokens: maxOutputOf(model),
        contextWindow: contextWindowOf(model),
      }
    })
  }

  function unpricedOf({ model, requests, upstreamIds }: Known): UnpricedModel[] {
    const asked = upstreamIds.length === 0 ? [null] : upstreamIds
    const without = asked.filter((id) => (book.find(model, id)?.rates ?? null) === null)
    if (without.length === 0) return []
    const withdrawn = without.some((id) => book.find(model, id) !== null)
    return [{ model, requests, upstreamIds: without.filter((id) => id !== null), withdrawn }]
  }

  return {
    async list() {
      const known = await knownModels()
      const unpriced = known.flatMap(unpricedOf)
      return {
        at: now(),
        rows: rowsOf(known),
        unpriced: unpriced.sort((a, b) => b.requests - a.requests || order(a.model, b.model)),
        bundledAsOf,
      }
    },
    async row(model, upstreamId) {
      const row = rowsOf(await knownModels()).find((each) => each.model === model && each.upstreamId === upstreamId)
      if (row === undefined) throw new Error('a price that was just written is in force')
      return row
    },
    known: async () => new Set((await knownModels()).map(({ model }) => model)),
  }
}

function order(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
