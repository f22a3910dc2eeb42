/** The log of what the address asks for, kept for a while after one leaves the page: "back" finds rows and place again. */
import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react'
import { invoke, useConnectionState } from '../../lib/api.ts'
import { useCoreEvents } from '../../lib/live.ts'
import type { FilterState, ViewState } from './filter-state.ts'
import { toFilter } from './filter-state.ts'
import { createPlace, type Place } from './place.ts'
import type { LogSnapshot } from './log-snapshot.ts'
import { createRequestLog, type RequestLog } from './request-log.ts'

const KEPT = 4
/** Running requests are looked at this often; finished ones are told by events. */
const POLL_MS = 5_000
/** News is gathered this long, so that a busy gateway costs one look a second. */
const GATHER_MS = 1_000
const REFRESH_MS = 500

export interface OpenLog {
  readonly log: RequestLog
  readonly place: Place
}

/** The one used last at the end. */
const kept = new Map<string, OpenLog>()

function openLog(state: FilterState, start: ViewState['start']): OpenLog {
  const key = JSON.stringify([state, start])
  const opened = kept.get(key) ?? {
    log: createRequestLog({
      list: (filter) => invoke('request.list', filter),
      filter: toFilter(state, Date.now()),
      start,
    }),
    place: createPlace(),
  }
  kept.delete(key)
  kept.set(key, opened)
  for (const old of kept.keys()) if (kept.size > KEPT) kept.delete(old)
  return opened
}

export function useRequestLog(state: FilterState, start: ViewState['start']): OpenLog {
  // The address makes a new object with each step; only what is in it matters.
  const key = JSON.stringify([state, start])
  // eslint-disable-next-line react/exhaustive-deps
  const opened = useMemo(() => openLog(state, start), [key])
  useEffect(() => void opened.log.start(), [opened])
  return opened
}

export function useSnapshot(log: RequestLog): LogSnapshot {
  return useSyncExternalStore(log.subscribe, log.snapshot)
}

/** Brings what is new while `isLive`. */
export function useTail({ log, place }: OpenLog, isLive: boolean): void {
  const settled = useRef<string[]>([])
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const refreshing = useRef<ReturnType<typeof setTimeout>>(undefined)
  const isConnected = useConnectionState() === 'connected'

  const look = useRef(() => {})
  useEffect(() => {
    look.current = () => {
      clearTimeout(timer.current)
      timer.current = undefined
      const ids = settled.current
      settled.current = []
      void log.tail({ settled: [...new Set(ids)], isFollowing: place.isFollowing() })
    }
  })

  useCoreEvents((events) => {
    // With a key its requests go.
    if (events.some(({ type }) => type === 'key.changed')) {
      refreshing.current ??= setTimeout(() => {
        refreshing.current = undefined
        void log.refresh()
      }, REFRESH_MS)
    }
    if (!isLive) return
    for (const event of events) if (event.type === 'request.settled') settled.current.push(event.id)
    if (settled.current.length > 0) timer.current ??= setTimeout(() => look.current(), GATHER_MS)
  })

  useEffect(() => {
    if (!isLive || !isConnected) return
    const poll = () => {
      const { ids } = log.snapshot()
      const isRunning = (id: string) => log.row(id)?.state === 'open'
      settled.current.push(...ids.slice(0, 1_000).filter(isRunning))
      look.current()
    }
    poll()
    const interval = setInterval(poll, POLL_MS)
    return () => {
      clearInterval(interval)
      clearTimeout(timer.current)
      timer.current = undefined
    }
  }, [log, isLive, isConnected])
}
