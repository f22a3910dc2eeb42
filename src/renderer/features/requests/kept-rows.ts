/** The rows of the log that are at hand: those around what is looked at, those at both ends, and not many more. */
import type { RequestSummary } from '../../../shared/models/request.ts'

const KEPT = 12_000
/** Rows on each side of what is looked at that an eviction leaves. */
const NEAR = 4_000
/**
 * Rows at each end that stay, as they were: one jumps there with a key, and sees these until they are fetched again.
 * More than a tall screen shows.
 */
const ENDS = 200

export interface KeptRows {
  get(id: string): RequestSummary | undefined
  put(row: RequestSummary): void
  drop(ids: Iterable<string>): void
  clear(): void
  /** It is not at hand, or what is known of it is old. */
  isWanted(id: string): boolean
  /** What is known of all others is old from now on: it is shown until they are fetched again. */
  outdateBut(near: ReadonlySet<string>): void
  /** Lets go of what is far from the screen and from both ends, once there is much. `ids`: all rows of the list, newest first. */
  forgetFar(ids: readonly string[], screen: { readonly first: number; readonly last: number }): void
}

export function createKeptRows(): KeptRows {
  const rows = new Map<string, RequestSummary>()
  const stale = new Set<string>()

  function drop(ids: Iterable<string>): void {
    for (const id of ids) {
      rows.delete(id)
      stale.delete(id)
    }
  }

  return {
    get: (id) => rows.get(id),
    put(row) {
      rows.set(row.id, row)
      stale.delete(row.id)
    },
    drop,
    clear() {
      rows.clear()
      stale.clear()
    },
    isWanted: (id) => !rows.has(id) || stale.has(id),
    outdateBut(near) {
      for (const id of rows.keys()) if (!near.has(id)) stale.add(id)
    },
    forgetFar(ids, { first, last }) {
      if (rows.size <= KEPT) return
      const near = new Set(ids.slice(Math.max(0, first - NEAR), last + NEAR))
      const ends = new Set([...ids.slice(0, ENDS), ...ids.slice(-ENDS)])
      const far = [...rows.keys()].filter((id) => !near.has(id))
      for (const id of far) if (ends.has(id)) stale.add(id)
      drop(far.filter((id) => !ends.has(id)))
    },
  }
}
