/**
 * The prices as the request path sees them: in memory, looked up without I/O, each answer kept until a price changes or
 * comes into force. Services put a new price after its commit.
 */
import type { Price, PriceRates } from '../../shared/models/price.ts'
import { maxOutputOf } from './catalog.ts'
import { createPriceTable, type PriceTable } from './price-table.ts'

/** Prices as they are from one moment until the next one changes. Whoever holds them keeps them. */
export interface PriceEdition {
  /** For what is sent upstream under this id. Null where it has no price. */
  rates(model: string, upstreamId: string): PriceRates | null
}

export interface PriceBook extends PriceEdition {
  /** Those in force now. */
  current(): PriceEdition
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
  let edition: PriceEdition
  let changesAt: number
  renew(now())

  function renew(at: number): void {
    edition = createEdition(table, at)
    changesAt = table.nextChange(at)
  }

  function current(): PriceEdition {
    const at = now()
    if (at >= changesAt) renew(at)
    return edition
  }

  function load(prices: readonly Price[]): void {
    stored = prices
    table = createPriceTable(stored, list)
    renew(now())
  }

  return {
    rates: (model, upstreamId) => current().rates(model, upstreamId),
    current,
    maxOutput: maxOutputOf,
    find: (model, upstreamId, at = now()) => table.find(model, upstreamId, at),
    inPlace: (model, upstreamId) => table.inPlace(model, upstreamId, now()),
    stored: () => stored,
    load,
    put: (prices) => load([...stored, ...prices]),
  }
}

/** No price of the table comes into force while it counts, so its answers are those of its first moment. */
function createEdition(table: PriceTable, at: number): PriceEdition {
  const answers = new Map<string, Map<string, PriceRates | null>>()
  let remembered = 0

  return {
    rates(model, upstreamId) {
      if (remembered >= MAX_REMEMBERED) {
        answers.clear()
        remembered = 0
      }
      let known = answers.get(upstreamId)
      if (known === undefined) answers.set(upstreamId, (known = new Map()))
      const answer = known.get(model)
      if (answer !== undefined) return answer
      const found = table.find(model, upstreamId, at)?.rates ?? null
      known.set(model, found)
      remembered += 1
      return found
    },
  }
}
