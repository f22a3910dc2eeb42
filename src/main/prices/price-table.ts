/**
 * Which price counts for a model at an upstream, at a moment: the upstream's own before the general one; in each, the
 * exact id before the longest beginning; in each, what the operator set or imported before what came with Weir; of
 * those, the newest. Built once per change, asked often; pure.
 */
import type { Price } from '../../shared/models/price.ts'

export interface PriceTable {
  /** Null where there is none. A price without rates is an answer too: the operator took it away. */
  find(model: string, upstreamId: string | null, at: number): Price | null
  /** What counts in exactly this place, without looking at less exact ones. `model` may be a pattern. */
  inPlace(model: string, upstreamId: string | null, at: number): Price | null
  /** When the next price comes into force by itself; infinite when none does. */
  nextChange(at: number): number
}

interface Place {
  /** Oldest first. */
  readonly stored: Price[]
  readonly bundled: Price[]
}

interface Scope {
  readonly places: Map<string, Place>
  /** Beginnings before a `*`, longest first. */
  beginnings: string[]
}

export function createPriceTable(stored: readonly Price[], bundled: readonly Price[]): PriceTable {
  const scopes = new Map<string, Scope>()
  for (const price of bundled) placeOf(scopes, price).bundled.push(price)
  for (const price of stored) placeOf(scopes, price).stored.push(price)
  for (const scope of scopes.values()) {
    for (const place of scope.places.values()) for (const rows of [place.stored, place.bundled]) rows.sort(byTime)
    const patterns = [...scope.places.keys()].filter((model) => model.endsWith('*'))
    scope.beginnings = patterns.map((model) => model.slice(0, -1)).sort((a, b) => b.length - a.length)
  }
  const moments = [...stored, ...bundled].map(({ from }) => from).sort((a, b) => a - b)

  return {
    find(model, upstreamId, at) {
      const own = upstreamId === null ? undefined : scopes.get(upstreamId)
      return inScope(own, model, at) ?? inScope(scopes.get(''), model, at)
    },
    inPlace: (model, upstreamId, at) => inForce(scopes.get(upstreamId ?? '')?.places.get(model), at),
    nextChange: (at) => moments.find((from) => from > at) ?? Number.POSITIVE_INFINITY,
  }
}

function byTime(a: Price, b: Price): number {
  return a.from - b.from
}

function placeOf(scopes: Map<string, Scope>, { model, upstreamId }: Price): Place {
  const key = upstreamId ?? ''
  const scope = scopes.get(key) ?? { places: new Map<string, Place>(), beginnings: [] }
  scopes.set(key, scope)
  const place = scope.places.get(model) ?? { stored: [], bundled: [] }
  scope.places.set(model, place)
  return place
}

function inScope(scope: Scope | undefined, model: string, at: number): Price | null {
  if (scope === undefined) return null
  const exact = inForce(scope.places.get(model), at)
  if (exact !== null) return exact
  for (const beginning of scope.beginnings) {
    if (!model.startsWith(beginning)) continue
    const found = inForce(scope.places.get(`${beginning}*`), at)
    if (found !== null) return found
  }
  return null
}

function inForce(place: Place | undefined, at: number): Price | null {
  if (place === undefined) return null
  const own = newest(place.stored, at)
  // A stored row of source `bundled` says that the operator gave his own price up.
  return own !== null && own.source !== 'bundled' ? own : newest(place.bundled, at)
}

function newest(rows: readonly Price[], at: number): Price | null {
  return rows.findLast(({ from }) => from <= at) ?? null
}
