/** What is still to happen in a replay, in the order of time; equal times in the order in which they were put in. */

export interface Agenda {
  put(at: number, happen: () => void): void
  /** Epoch ms of the first; infinite where there is none. */
  readonly nextAt: number
  /** Takes the first out. Null where there is none. */
  take(): Happening | null
}

export interface Happening {
  readonly at: number
  readonly happen: () => void
}

interface Entry extends Happening {
  readonly number: number
}

/** A binary heap. */
export function createAgenda(): Agenda {
  const heap: Entry[] = []
  let count = 0

  function isBefore(a: number, b: number): boolean {
    const [first, second] = [heap[a], heap[b]]
    if (first === undefined || second === undefined) return first !== undefined
    return first.at < second.at || (first.at === second.at && first.number < second.number)
  }

  function swap(a: number, b: number): void {
    const [first, second] = [heap[a], heap[b]]
    if (first === undefined || second === undefined) return
    heap[a] = second
    heap[b] = first
  }

  return {
    get nextAt() {
      return heap[0]?.at ?? Number.POSITIVE_INFINITY
    },
    put(at, happen) {
      let place = heap.push({ at, happen, number: count++ }) - 1
      for (let parent = (place - 1) >> 1; place > 0 && isBefore(place, parent); parent = (place - 1) >> 1) {
        swap(place, parent)
        place = parent
      }
    },
    take() {
      const first = heap[0]
      const last = heap.pop()
      if (first === undefined || last === undefined) return null
      if (heap.length === 0) return first
      heap[0] = last
      for (let place = 0; ;) {
        const [left, right] = [2 * place + 1, 2 * place + 2]
        const least = isBefore(right, left) && right < heap.length ? right : left
        if (left >= heap.length || !isBefore(least, place)) return first
        swap(least, place)
        place = least
      }
    },
  }
}
