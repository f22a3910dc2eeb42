/**
 * A map with a bound and an end: what was not put for a while is gone, and at the bound the oldest go. In the order in
 * which its entries were put last, so the oldest are at its front, and no timer runs.
 */

/** When it was put last, epoch ms. Set by the map. */
export interface Lasting {
  at: number
}

export interface LastingMap<V extends Lasting> {
  /** Also false where all that there is has ended. */
  readonly isEmpty: boolean
  /** Undefined where there is none, or its time is over. Its place stays. */
  get(key: string): V | undefined
  /** It is the newest now. */
  put(key: string, value: V): void
  delete(key: string): boolean
  /** The oldest first. */
  entries(): IterableIterator<[string, V]>
}

export interface LastingRules {
  readonly most: number
  readonly ttlMs: () => number
  /** Epoch ms. */
  readonly clock: () => number
}

/** How much room is made at once, as a part of the bound: looking for the oldest costs, so it is done rarely. */
const ROOM = 1 / 16

export function createLastingMap<V extends Lasting>({ most, ttlMs, clock }: LastingRules): LastingMap<V> {
  const entries = new Map<string, V>()

  /** Down to so many, and to those whose time is not over. */
  function shrink(size: number): void {
    const now = clock()
    const ttl = ttlMs()
    for (const [key, { at }] of entries) {
      if (entries.size <= size && now - at <= ttl) return
      entries.delete(key)
    }
  }

  return {
    get isEmpty() {
      return entries.size === 0
    },
    get(key) {
      const value = entries.get(key)
      return value === undefined || clock() - value.at > ttlMs() ? undefined : value
    },
    put(key, value) {
      value.at = clock()
      entries.delete(key)
      entries.set(key, value)
      if (entries.size > most) shrink(Math.floor(most * (1 - ROOM)))
    },
    delete: (key) => entries.delete(key),
    entries() {
      shrink(most)
      return entries.entries()
    },
  }
}
