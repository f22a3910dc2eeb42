/** Where one is in a list: how far it is scrolled, by which row, and which row the keyboard is at. Kept with the list, outside of the page. */
import { useSyncExternalStore } from 'react'

export const ROW_HEIGHT = 28
export const HEAD_HEIGHT = 28

export interface PlaceState {
  /** No row is hidden above. */
  readonly isAtTop: boolean
  readonly current: string | null
}

/** A row and how far it is scrolled out. Rows that arrive above while nobody looks don't move it. */
export interface Anchor {
  readonly id: string
  readonly offset: number
}

export interface Place {
  subscribe(listener: () => void): () => void
  state(): PlaceState
  scrollTop(): number
  anchor(): Anchor | null
  scrolledTo(scrollTop: number, anchor: Anchor | null): void
  choose(id: string | null): void
  /** Whether new rows may push the others down, because nobody reads. */
  isFollowing(): boolean
  follow(isFollowing: boolean): void
}

export function createPlace(): Place {
  const listeners = new Set<() => void>()
  let state: PlaceState = { isAtTop: true, current: null }
  let top = 0
  let first: Anchor | null = null
  let follows = true

  function change(patch: Partial<PlaceState>): void {
    const next = { ...state, ...patch }
    if (next.isAtTop === state.isAtTop && next.current === state.current) return
    state = next
    for (const listener of listeners) listener()
  }

  return {
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    state: () => state,
    scrollTop: () => top,
    anchor: () => first,
    scrolledTo(scrollTop, anchor) {
      top = scrollTop
      first = anchor
      change({ isAtTop: scrollTop < ROW_HEIGHT / 2 })
    },
    choose: (current) => change({ current }),
    isFollowing: () => follows,
    follow(isFollowing) {
      follows = isFollowing
    },
  }
}

export function usePlace(place: Place): PlaceState {
  return useSyncExternalStore(place.subscribe, place.state)
}
