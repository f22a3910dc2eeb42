/** What all that writes prices needs: their ids, their moment, the names of their places, what the audit log says. */
import type { Price, PriceSource } from '../../shared/models/price.ts'
import { ratesText } from '../../shared/price-text.ts'
import type { Db } from '../db/database.ts'
import { findUpstream } from '../db/upstream-store.ts'
import { randomBase62 } from '../gateway/pool-key.ts'
import type { PriceBook } from '../prices/price-book.ts'
import type { Target } from './change.ts'
import { factsOf, type Facts } from './sanitise.ts'

/** A new row. A clock that went back must not put it before the one it takes the place of. */
export function newPrice(book: PriceBook, row: Omit<Price, 'id' | 'from'>, now: number): Price {
  return { ...row, id: `prc_${randomBase62(16)}`, from: Math.max(now, book.stored().at(-1)?.from ?? 0) }
}

export function priceTarget(db: Db, model: string, upstreamId: string | null): Target {
  const upstream = upstreamId === null ? undefined : findUpstream(db, upstreamId)
  const name = upstreamId === null ? model : `${model} at ${upstream?.name ?? 'an upstream that is gone'}`
  return { kind: 'price', id: null, name }
}

/** In words: the rates have more levels than an audit row keeps. */
export function priceFacts(price: Pick<Price, 'rates' | 'source' | 'note'> | null): Facts {
  const source: PriceSource | null = price?.source ?? null
  const rates = price === null || price.rates === null ? 'unpriced' : ratesText(price.rates)
  return factsOf({ rates, source, note: price?.note ?? '' }, ['rates', 'source', 'note'])
}
