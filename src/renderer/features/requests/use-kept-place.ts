/**
 * Keeps what is read where it is. At the top of the list, with nothing chosen, new rows push the others down; anywhere
 * else they arrive above without moving what is on screen, and are counted.
 */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { placeOf } from './id-order.ts'
import { HEAD_HEIGHT, ROW_HEIGHT, usePlace, type Place } from './place.ts'
import type { LogSnapshot } from './log-snapshot.ts'

export interface KeptPlaceOptions {
  readonly box: HTMLElement | null
  readonly snapshot: LogSnapshot
  /** A row is open. */
  readonly isReading: boolean
  readonly startsAtEnd: boolean
  readonly place: Place
}

export interface KeptPlace {
  /** How many rows arrived above since one was last at the top. */
  readonly unseen: number
  /** Scrolls no further than it takes to have the row in view. */
  readonly show: (index: number) => void
}

export function useKeptPlace({ box, snapshot, isReading, startsAtEnd, place }: KeptPlaceOptions): KeptPlace {
  const { ids, isAtNewest } = snapshot
  const { isAtTop, current } = usePlace(place)
  const isRestored = useRef(false)
  const [seen, setSeen] = useState<string | null>(null)
  const isFollowing = isAtTop && !isReading && current === null && isAtNewest

  // What is on screen. A listener with the rows of a step before would take the place that was just restored for another.
  const drawn = useRef(ids)
  useLayoutEffect(() => {
    drawn.current = ids
  }, [ids])

  const remember = useCallback(() => {
    if (box === null) return
    const { scrollTop } = box
    const id = drawn.current[Math.floor(scrollTop / ROW_HEIGHT)]
    place.scrolledTo(scrollTop, id === undefined ? null : { id, offset: scrollTop % ROW_HEIGHT })
  }, [box, place])

  useLayoutEffect(() => place.follow(isFollowing), [place, isFollowing])

  useLayoutEffect(() => {
    if (box === null || ids.length === 0) return
    const kept = place.anchor()
    if (kept !== null && !place.isFollowing()) box.scrollTo({ top: placeOf(ids, kept.id) * ROW_HEIGHT + kept.offset })
    else if (kept === null && !isRestored.current && startsAtEnd) box.scrollTo({ top: box.scrollHeight })
    isRestored.current = true
    remember()
  }, [box, ids, place, startsAtEnd, remember])

  useEffect(() => {
    if (box === null) return
    box.addEventListener('scroll', remember, { passive: true })
    return () => box.removeEventListener('scroll', remember)
  }, [box, remember])

  const newest = ids[0] ?? null
  if (isAtNewest && newest !== seen && (isFollowing || seen === null)) setSeen(newest)
  const show = (index: number): void => {
    if (box === null) return
    const top = index * ROW_HEIGHT
    // Under the head that stays, and above the lower edge.
    const least = top + ROW_HEIGHT + HEAD_HEIGHT - box.clientHeight
    box.scrollTo({ top: Math.max(least, Math.min(top, box.scrollTop)) })
    // At once: rows may arrive above before the event of this scrolling, and would take one back to where one was.
    remember()
  }
  return { unseen: seen === null || isFollowing ? 0 : placeOf(ids, seen), show }
}
