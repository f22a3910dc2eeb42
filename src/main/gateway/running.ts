/** What is being served right now: counted, waited for at a shutdown, and cut when that takes too long. */
import { createRoster, type Placed } from '../../shared/roster.ts'

/** One request, until its client has all of it. */
export interface Work extends Placed {
  /** Breaks it off. */
  readonly cut: () => void
}

export interface Running {
  readonly size: number
  add(work: Work): void
  remove(work: Work): void
  /** Resolves when nothing runs any more, or after the bound. */
  emptied(boundMs: number): Promise<void>
  /** How many there were. */
  cutAll(): number
}

export function createRunning(): Running {
  const roster = createRoster<Work>()
  let told: (() => void) | null = null

  return {
    get size() {
      return roster.size
    },
    add: roster.add,
    remove(work) {
      if (roster.remove(work) && roster.size === 0 && told !== null) setImmediate(told)
    },
    emptied(boundMs) {
      if (roster.size === 0 || boundMs === 0) return Promise.resolve()
      return new Promise((resolve) => {
        const bound = setTimeout(resolve, boundMs)
        told = () => {
          if (roster.size > 0) return
          clearTimeout(bound)
          resolve()
        }
      })
    },
    cutAll() {
      const cut = [...roster.all]
      for (const work of cut) work.cut()
      return cut.length
    },
  }
}
