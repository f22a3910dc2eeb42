/**
 * The things that are going on right now, in no order. An array that stays dense, instead of a Set: V8 rebuilds a Set's
 * table every few dozen changes, and tables that were left behind point to their successors. Once one of them has grown
 * old, each keeps the next alive with everything that was in it, and the collector copies requests that ended long ago.
 */
export interface Placed {
  /** Where it stands; -1 while it is in no roster. Written by the roster only. */
  place: number
}

export interface Roster<T extends Placed> {
  readonly size: number
  /** Live: do not add or remove while walking over it. */
  readonly all: readonly T[]
  add(item: T): void
  /** False when it was not in. */
  remove(item: T): boolean
}

export function createRoster<T extends Placed>(): Roster<T> {
  const all: T[] = []
  return {
    all,
    get size() {
      return all.length
    },
    add(item) {
      if (item.place >= 0) return
      item.place = all.length
      all.push(item)
    },
    remove(item) {
      if (all[item.place] !== item) return false
      // The last one takes its place.
      const last = all.pop()
      if (last !== undefined && last !== item) {
        all[item.place] = last
        last.place = item.place
      }
      item.place = -1
      return true
    },
  }
}
