/** A list that mounted components add to and others watch: what shortcuts and the command palette are made of. */
import { useCallback, useEffect, useRef, useSyncExternalStore } from 'react'

export interface Registry<T> {
  add(entry: T): () => void
  entries(): readonly T[]
  subscribe(listener: () => void): () => void
}

export function createRegistry<T>(): Registry<T> {
  let entries: readonly T[] = []
  const listeners = new Set<() => void>()
  const change = (next: readonly T[]) => {
    entries = next
    for (const listener of listeners) listener()
  }
  return {
    add(entry) {
      change([...entries, entry])
      return () => change(entries.filter((other) => other !== entry))
    },
    entries: () => entries,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

export function useRegistry<T>(registry: Registry<T>): readonly T[] {
  return useSyncExternalStore(registry.subscribe, registry.entries)
}

/** A function that stays the same and always runs the latest one it was given. */
export function useLatest(run: () => void): () => void {
  const latest = useRef(run)
  useEffect(() => {
    latest.current = run
  })
  return useCallback(() => latest.current(), [])
}
