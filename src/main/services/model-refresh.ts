/**
 * Fetches model lists on a schedule: one upstream at a time, the never fetched soon after the start, each at its own
 * moment around the interval, so that many upstreams are not asked at once nor in step with anything else.
 */
import type { Log } from '../gateway/ports.ts'

export interface ModelRefresh {
  start(): void
  /** Fetch this one soon, whenever its turn would be. */
  soon(id: string): void
  /** Ends the schedule and the fetch that is running. */
  close(): Promise<void>
}

export interface ModelRefreshDeps {
  readonly refreshable: () => readonly { id: string; fetchedAt: number | null }[]
  readonly refresh: (id: string, signal: AbortSignal) => Promise<void>
  readonly intervalMs: () => number
  readonly now: () => number
  readonly log: Log
  /** Rest before the first fetch and between two of them: the start has better things to do. */
  readonly pauseMs?: number
}

const DEFAULT_PAUSE_MS = 1_000
/** The list of upstreams and the interval can change; both are looked at again at least this often. */
const LONGEST_SLEEP_MS = 60_000
/** Each interval is up to a tenth longer or shorter. */
const JITTER = 0.1

export function createModelRefresh(deps: ModelRefreshDeps): ModelRefresh {
  const { now, log, pauseMs = DEFAULT_PAUSE_MS } = deps
  const urgent = new Set<string>()
  /** When each upstream was last tried, and its part of the jitter, -1 to 1. */
  const tried = new Map<string, { readonly at: number; readonly jitter: number }>()
  const stop = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | null = null
  let isStarted = false

  function dueAt(id: string, fetchedAt: number | null): number {
    if (urgent.has(id)) return 0
    const last = tried.get(id)
    const at = last?.at ?? fetchedAt
    return at === null ? 0 : at + deps.intervalMs() * (1 + JITTER * (last?.jitter ?? 0))
  }

  function next(): { id: string; dueAt: number } | null {
    const known = deps.refreshable()
    const ids = new Set(known.map((upstream) => upstream.id))
    for (const id of [...tried.keys(), ...urgent]) {
      if (ids.has(id)) continue
      tried.delete(id)
      urgent.delete(id)
    }
    const byTime = known.map(({ id, fetchedAt }) => ({ id, dueAt: dueAt(id, fetchedAt) }))
    return byTime.sort((a, b) => a.dueAt - b.dueAt)[0] ?? null
  }

  async function refreshOne(id: string): Promise<void> {
    urgent.delete(id)
    tried.set(id, { at: now(), jitter: Math.random() * 2 - 1 })
    try {
      await deps.refresh(id, stop.signal)
    } catch (cause) {
      // What the upstream did is its own state; this is a failure of ours, and the schedule goes on.
      log.error('a model list could not be refreshed', { upstreamId: id, cause })
    }
  }

  function turn(): void {
    if (running !== null || stop.signal.aborted) return
    const first = next()
    if (first === null || first.dueAt > now()) {
      sleep(first === null ? LONGEST_SLEEP_MS : first.dueAt - now())
      return
    }
    running = refreshOne(first.id).finally(() => {
      running = null
      sleep(pauseMs)
    })
  }

  function guardedTurn(): void {
    try {
      turn()
    } catch (cause) {
      log.error('the schedule of model lists could not look at the upstreams', { cause })
      sleep(LONGEST_SLEEP_MS)
    }
  }

  function sleep(ms: number): void {
    clearTimeout(timer)
    if (stop.signal.aborted) return
    timer = setTimeout(guardedTurn, Math.min(Math.max(ms, pauseMs), LONGEST_SLEEP_MS)).unref()
  }

  return {
    start() {
      isStarted = true
      sleep(pauseMs)
    },
    soon(id) {
      urgent.add(id)
      if (isStarted && running === null) sleep(pauseMs)
    },
    async close() {
      stop.abort()
      clearTimeout(timer)
      await running
    },
  }
}
