/** A queue that is fair between keys: first come, first served within a key, and the keys take turns. */

export interface FairQueue<T> {
  readonly size: number
  push(key: string, item: T): void
  /** False where it is not there any more. */
  remove(key: string, item: T): boolean
  /** Removes and returns the first, in fair order, that the test takes; null where it takes none. */
  take(test: (item: T) => boolean): T | null
  all(): T[]
}

export function createFairQueue<T>(): FairQueue<T> {
  /** In the order of whose turn it is. Keys without items are not in it. */
  const byKey = new Map<string, T[]>()
  let size = 0

  function removeAt(key: string, items: T[], index: number): void {
    items.splice(index, 1)
    size--
    if (items.length === 0) byKey.delete(key)
  }

  return {
    get size() {
      return size
    },
    push(key, item) {
      size++
      const items = byKey.get(key)
      if (items === undefined) byKey.set(key, [item])
      else items.push(item)
    },
    remove(key, item) {
      const items = byKey.get(key)
      const index = items?.indexOf(item) ?? -1
      if (items === undefined || index < 0) return false
      removeAt(key, items, index)
      return true
    },
    take(test) {
      for (const [key, items] of byKey) {
        const index = items.findIndex(test)
        const item = items[index]
        if (item === undefined) continue
        removeAt(key, items, index)
        if (byKey.delete(key)) byKey.set(key, items)
        return item
      }
      return null
    },
    all: () => [...byKey.values()].flat(),
  }
}
