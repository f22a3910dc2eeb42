/**
 * The prices as the request path sees them: in memory, looked up without I/O, each answer kept until a price changes or
 * comes into force. Services put a new price after its commit.
 */
import type { Price, PriceRates } from '../../shared/models/price.ts'
import { maxOutputOf } from './catalog.ts'
import { createPriceTable, type PriceTable } from './price-table.ts'

export interface PriceBook {
  /** For what is sent upstream under this id. Null where it has no price. */
  rates(model: string, upstreamId: string): PriceRates | null
  /** The most tokens that the model puts out; null where not known. */
  maxOutput(model: string): number | null
  /** The price that counts, now or at a moment. One without rates was taken away. */
  find(model: string, upstreamId: string | null, at?: number): Price | null
  /** What counts in exactly this place now; `model` may be a pattern. */
  inPlace(model: string, upstreamId: string | null): Price | null
  /** What the operator set or imported, oldest first. */
  stored(): readonly Price[]
  /** Takes the place of everything that was put before, as at a start. */
  load(prices: readonly Price[]): void
  put(prices: readonly Price[]): void
}

/** Clients choose the model ids that are asked for, so what is remembered is bounded. */
const MAX_REMEMBERED = 10_000

export function createPriceBook(deps: {
  /** What comes with Weir. */
  readonly list: readonly Price[]
  readonly now?: () => number
}): PriceBook {
  const { list, now = Date.now } = deps
  let stored: readonly Price[] = []
  let table: PriceTable = createPriceTable(stored, list)
  let changesAt = table.nextChange(now())
  let remembered = 0
  const answers = new Map<string, Map<string, PriceRates | null>>()

  function forget(at: number): void {
    answers.clear()
    remembered = 0
    changesAt = table.nextChange(at)
  }

  function load(prices: readonly Price[]): void {
    stored = prices
    table = createPriceTable(stored, list)
    forget(now())
  }

  return {
    rates(model, upstreamId) {
      const at = now()
      if (at >= changesAt || remembered >= MAX_REMEMBERED) forget(at)
      let known = answers.get(upstreamId)
      if (known === undefined) answers.set(upstreamId, (known = new Map()))
      const answer = known.get(model)
      if (answer !== undefined) return answer
      const found = table.find(model, upstreamId, at)?.rates ?? null
      known.set(model, found)
      remembered += 1
      return found
    },
    maxOutput: maxOutputOf,
    find: (model, upstreamId, at = now()) => table.find(model, upstreamId, at),
    inPlace: (model, upstreamId) => table.inPlace(model, upstreamId, now()),
    stored: () => stored,
    load,
    put: (prices) => load([...stored, ...prices]),
  }
}
