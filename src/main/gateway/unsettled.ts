/**
 * Requests that are being served until they are settled, which may be after their connection has closed. Counted, not
 * kept: a set of them would be rebuilt every few dozen requests, for a question that only the shutdown asks.
 */
export interface Unsettled {
  /** `served` never rejects. */
  add(served: Promise<void>): void
  /** Resolves when there is none, at once where there is none now. */
  emptied(): Promise<void>
}

export function createUnsettled(): Unsettled {
  let count = 0
  let waiting: (() => void)[] = []

  function settled(): void {
    if (--count > 0 || waiting.length === 0) return
    const told = waiting
    waiting = []
    for (const tell of told) tell()
  }

  return {
    add(served) {
      count++
      void served.then(settled)
    },
    emptied() {
      if (count === 0) return Promise.resolve()
      return new Promise((resolve) => waiting.push(resolve))
    },
  }
}
