/**
 * Follows how the windows of accounts fill, away from the requests: what has moved is kept as samples, which a start fills
 * the memory from and a forecast is made from; pages are told; and the operator, when an account has run dry.
 */
import type { AccountCredits, AccountWindow, QuotaCourse } from '../../../shared/models/quota.ts'
import type { Db } from '../../db/database.ts'
import {
  insertSamples,
  newestSamples,
  samplesSince,
  trimSamples,
  type QuotaSample,
} from '../../db/quota-sample-store.ts'
import type { Log } from '../../gateway/ports.ts'
import type { AccountView } from '../../providers/account-state.ts'
import { SAME_RESET_MS } from '../../providers/account-windows.ts'
import type { QuotaEvidence } from '../../providers/quota-evidence.ts'
import type { EventHub } from '../events.ts'
import { nextTurn } from '../turn.ts'
import { courseOf } from './quota-course.ts'
import { emptyAt, spanOf } from './quota-forecast.ts'
import { follow, keyOf, LEAST_BETWEEN_MS, trackOf, type Track } from './quota-track.ts'

export interface QuotaWatch {
  /** Fills the memory from the table. Once, before the first request. */
  load(): void
  /** As it stands, with a forecast; null where nobody ever said anything. */
  view(upstreamId: string): { readonly windows: AccountWindow[]; readonly credits: AccountCredits | null } | null
  course(upstreamId: string, hours: number): QuotaCourse[]
  /** Forgets an account that is another one now, or gone. */
  forget(upstreamId: string): void
  sweep(): Promise<void>
  /** Keeps what is known, for the next start. */
  close(): void
}

export interface QuotaWatchDeps {
  readonly db: Db
  readonly quota: Pick<QuotaEvidence, 'accounts' | 'standing'>
  readonly events: Pick<EventHub, 'emit'>
  readonly log: Pick<Log, 'error'>
  readonly now: () => number
  /** It has nothing left until then. Called again as long as that holds. */
  readonly dry: (upstreamId: string, until: number) => void
}

/** How long news are gathered. */
const QUIET_MS = 500
const KEPT_MS = 60 * 86_400_000
const MOST_PER_WINDOW = 5_000
const SLICE = 500
const LONGEST_SLEEP_MS = 3_600_000

export function createQuotaWatch(deps: QuotaWatchDeps): QuotaWatch {
  const { db, quota, events, log, now } = deps
  const { accounts } = quota
  const tracks = new Map<string, Map<string, Track>>()
  const news = new Set<string>()
  /** Accounts that have nothing left, and until when. */
  const dry = new Map<string, number>()
  let timer: NodeJS.Timeout | null = null
  let alarm: NodeJS.Timeout | undefined
  let isClosed = false

  function tracksOf(id: string): Map<string, Track> {
    const known = tracks.get(id) ?? new Map<string, Track>()
    tracks.set(id, known)
    return known
  }

  accounts.onNews((id) => {
    news.add(id)
    if (timer !== null || isClosed) return
    timer = setTimeout(() => {
      timer = null
      lookAtNews()
    }, QUIET_MS)
    timer.unref()
  })

  function lookAtNews(): void {
    const ids = [...news]
    news.clear()
    for (const id of ids) {
      try {
        look(id)
      } catch (cause) {
        // Deleted meanwhile, or a disk that refuses: the figures themselves are in memory.
        log.error('the quota of an account could not be kept', { upstreamId: id, cause })
      }
    }
  }

  function look(id: string): void {
    const view = accounts.view(id, now())
    if (view === null) return
    const samples: QuotaSample[] = []
    let isMoved = false
    const known = tracksOf(id)
    for (const window of view.windows) {
      const moved = follow(known, window)
      isMoved ||= moved !== 'no'
      if (moved === 'far') samples.push(sampleOf(id, window))
    }
    const present = new Set(view.windows.map(keyOf))
    for (const key of known.keys()) if (!present.has(key)) isMoved = known.delete(key) || isMoved
    if (lookWhetherDry(id) || isMoved) events.emit({ type: 'upstream.changed', id })
    insertSamples(db, samples)
  }

  /** Whether that is otherwise than before. */
  function lookWhetherDry(id: string): boolean {
    const { until } = quota.standing(id, '', now())
    const before = dry.get(id) ?? null
    if (until === null) dry.delete(id)
    else {
      dry.set(id, until)
      deps.dry(id, until)
    }
    setAlarm()
    return until !== before
  }

  /** Nobody tells of a reset: the pages are told when one has come. */
  function setAlarm(): void {
    clearTimeout(alarm)
    if (dry.size === 0 || isClosed) return
    const wait = Math.min(...dry.values()) - now()
    const ring = (): void => {
      for (const [id, until] of dry) if (until <= now()) news.add(id)
      lookAtNews()
      setAlarm()
    }
    alarm = setTimeout(ring, Math.min(Math.max(wait, QUIET_MS), LONGEST_SLEEP_MS)).unref()
  }

  return {
    load() {
      for (const sample of newestSamples(db)) {
        const { upstreamId, meter, minutes, at, usedPercent, resetsAt } = sample
        const window = { meter, minutes, usedPercent, resetsAt }
        // What it came from is not kept: whatever comes is as strong.
        accounts.seed(upstreamId, [{ ...window, observedAt: at, source: 'usage' }])
        const points = samplesSince(db, upstreamId, at - spanOf(minutes)).filter(
          (row) => keyOf(row) === keyOf(sample) && Math.abs((row.resetsAt ?? 0) - (resetsAt ?? 0)) <= SAME_RESET_MS,
        )
        tracksOf(upstreamId).set(keyOf(sample), trackOf({ ...window, observedAt: at, state: 'ok' }, points))
      }
      // Told before, if at all: a notice is told once.
      for (const id of tracks.keys()) lookWhetherDry(id)
    },
    view(id) {
      const at = now()
      const view: AccountView | null = accounts.view(id, at)
      if (view === null) return null
      const known = tracks.get(id)
      const windows = view.windows.map((window) => {
        const points = known?.get(keyOf(window))?.points ?? []
        const isLive = window.state === 'ok'
        return { ...window, emptyAt: isLive ? emptyAt(window, points, at) : null }
      })
      return { windows, credits: view.credits }
    },
    course(id, hours) {
      const at = now()
      return courseOf(samplesSince(db, id, at - hours * 3_600_000), accounts.view(id, at)?.windows ?? [], at)
    },
    forget(id) {
      tracks.delete(id)
      dry.delete(id)
      news.delete(id)
    },
    async sweep() {
      const bounds = { before: now() - KEPT_MS, most: MOST_PER_WINDOW, slice: SLICE }
      while (trimSamples(db, bounds) >= SLICE) await nextTurn()
    },
    close() {
      isClosed = true
      if (timer !== null) clearTimeout(timer)
      clearTimeout(alarm)
      lookAtNews()
      try {
        insertSamples(db, lastWords())
      } catch (cause) {
        log.error('the last figures of accounts could not be kept', { cause })
      }
    },
  }

  /** Figures that did not move and were confirmed since: after a start they are as fresh as they are now. */
  function lastWords(): QuotaSample[] {
    return [...tracks].flatMap(([id, known]) =>
      (accounts.view(id, now())?.windows ?? []).flatMap((window) => {
        const last = known.get(keyOf(window))?.points.at(-1)
        return window.observedAt - (last?.at ?? 0) < LEAST_BETWEEN_MS ? [] : [sampleOf(id, window)]
      }),
    )
  }
}

function sampleOf(upstreamId: string, window: AccountWindow): QuotaSample {
  const { meter, minutes, usedPercent, resetsAt, observedAt } = window
  return { upstreamId, meter, minutes, at: observedAt, usedPercent, resetsAt }
}
