/**
 * Prices as the operator sees and changes them. A change is a new row from now on, never an edit: requests of the past
 * keep the cost they were logged with, and the history says what a model cost when.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Actor } from '../../shared/models/audit.ts'
import type {
  Price,
  PriceExport,
  PriceList,
  PriceRemove,
  PriceRow,
  PriceSet,
  PriceSlot,
} from '../../shared/models/price.ts'
import { AppError } from '../../shared/errors.ts'
import { insertPrices, listPriceHistory, listPrices } from '../db/price-store.ts'
import type { Db } from '../db/database.ts'
import { findUpstream } from '../db/upstream-store.ts'
import { bundledPrices } from '../prices/catalog.ts'
import { listText } from '../prices/weir-list.ts'
import type { PriceBook } from '../prices/price-book.ts'
import type { Changes } from './change.ts'
import type { EventHub } from './events.ts'
import { createPriceImport, type PriceImportDeps, type PriceImportService } from './price-import.ts'
import { createPriceRows, type PriceRowDeps } from './price-rows.ts'
import { newPrice, priceFacts, priceTarget } from './price-place.ts'
import { found } from './record-id.ts'

export interface PriceService extends PriceImportService {
  list(): Promise<PriceList>
  history(slot: PriceSlot): Price[]
  set(actor: Actor, input: PriceSet): Promise<PriceRow>
  /** Null when the model has no row of its own any more. */
  remove(actor: Actor, input: PriceRemove): Promise<PriceRow | null>
  export(): PriceExport
  /** Reads what is stored into the book, as at a start. */
  load(): void
}

export interface PriceDeps extends Omit<PriceImportDeps, 'known'>, PriceRowDeps {
  readonly db: Db
  readonly book: PriceBook
  readonly changes: Changes
  readonly events: EventHub
  readonly now: () => number
}

type Next = Pick<Price, 'rates' | 'source' | 'note'>

export function createPriceService(deps: PriceDeps): PriceService {
  const { db, book, changes, events, now } = deps
  const rows = createPriceRows(deps)

  /** `next` says what is to be in force after what is, or null where that is so already; it may refuse. */
  function put(actor: Actor, action: string, slot: PriceSlot, next: (before: Price | null) => Next | null): void {
    const { model, upstreamId } = slot
    const target = priceTarget(db, model, upstreamId)
    const added = changes.run({ actor, action, target }, (commit) => {
      const before = book.inPlace(model, upstreamId)
      const row = next(before)
      if (row === null) return null
      const value = newPrice(book, { model, upstreamId, ...row }, now())
      return commit((tx) => {
        insertPrices(tx, [value])
        return { value, target, before: priceFacts(before), after: priceFacts(value) }
      })
    })
    if (added === null) return
    book.put([added])
    events.emit({ type: 'price.changed' })
  }

  return {
    ...createPriceImport({ ...deps, known: rows.known }),
    list: rows.list,
    history: ({ model, upstreamId }) => historyOf(db, { model, upstreamId }),
    async set(actor, { model, upstreamId, rates, note }) {
      put(actor, 'price.set', { model, upstreamId }, (before) => {
        if (upstreamId !== null) found(findUpstream(db, upstreamId), 'ups')
        const isSame = before?.source === 'operator' && before.note === note && isDeepStrictEqual(before.rates, rates)
        return isSame ? null : { rates, source: 'operator', note }
      })
      return rows.row(model, upstreamId)
    },
    async remove(actor, { model, upstreamId, to }) {
      put(actor, 'price.remove', { model, upstreamId }, (before) => {
        const isOwn = before !== null && before.source !== 'bundled'
        if (to === 'default' && !isOwn) throw nothingToRemove(model)
        if (to === 'unpriced' && isOwn && before.rates === null) return null
        return { rates: null, source: to === 'default' ? 'bundled' : 'operator', note: '' }
      })
      return book.inPlace(model, upstreamId) === null ? null : rows.row(model, upstreamId)
    },
    export() {
      const isInForce = (price: Price) => price === book.inPlace(price.model, price.upstreamId)
      const own = book.stored().filter((price) => price.rates !== null && isInForce(price))
      const at = now()
      const day = new Date(at).toISOString().slice(0, 10)
      return { fileName: `weir-prices-${day}.json`, text: listText(own, at), rows: own.length }
    },
    load: () => book.load(listPrices(db)),
  }
}

function nothingToRemove(model: string): AppError {
  const message = `There is no price of your own for “${model}” there, so there is nothing to take away.`
  return new AppError('not_found', message)
}

/** Newest first. A row that gave the operator's own price up shows what came with Weir then. */
function historyOf(db: Db, { model, upstreamId }: PriceSlot): Price[] {
  const bundled = upstreamId === null ? bundledPrices.filter((price) => price.model === model) : []
  const stored = listPriceHistory(db, model, upstreamId).map((price) => {
    if (price.source !== 'bundled') return price
    const then = bundled.findLast(({ from }) => from <= price.from)
    return { ...price, rates: then?.rates ?? null, note: then?.note ?? '' }
  })
  return [...bundled, ...stored].sort((a, b) => a.from - b.from).toReversed()
}
