/**
 * Renews tokens ahead of their expiry, by the clock alone: never because somebody looked. One account at a time with a
 * pause between, each at a moment of its own.
 */
import type { Log } from '../../gateway/ports.ts'
import type { Keeper } from './keeper.ts'

export interface RefreshSchedule {
  start(): void
  close(): void
}

export interface RefreshScheduleDeps {
  readonly keeper: Pick<Keeper, 'accounts' | 'refresh'>
  readonly aheadMs: () => number
  readonly now: () => number
  readonly log: Log
}

const LONGEST_SLEEP_MS = 60_000
const SHORTEST_SLEEP_MS = 200
/** Between two renewals, by chance within these. */
const PAUSE_MS = [1_000, 3_000] as const
/** A token that lasts for minutes is not renewed as if it lasted for days. */
const LARGEST_SHARE = 0.25

export function createRefreshSchedule({ keeper, aheadMs, now, log }: RefreshScheduleDeps): RefreshSchedule {
  /** Each account's part of the jitter, anew with its tokens. */
  const jitters = new Map<string, { readonly of: number; readonly part: number }>()
  let timer: NodeJS.Timeout | undefined
  let isClosed = false
  let pausedUntil = 0

  function partOf(id: string, refreshedAt: number): number {
    const known = jitters.get(id)
    if (known?.of === refreshedAt) return known.part
    const part = Math.random()
    jitters.set(id, { of: refreshedAt, part })
    return part
  }

  function next(): { id: string; dueAt: number } | null {
    const accounts = keeper.accounts()
    const ids = new Set(accounts.map(({ id }) => id))
    for (const id of jitters.keys()) if (!ids.has(id)) jitters.delete(id)
    const due = accounts.flatMap(({ id, tokens: { expiresAt, refreshedAt }, retryAt }) => {
      if (expiresAt === null) return []
      const life = Math.max(0, expiresAt - refreshedAt)
      const ahead = Math.min(aheadMs(), life * LARGEST_SHARE) * (1 + partOf(id, refreshedAt) / 2)
      return [{ id, dueAt: Math.max(expiresAt - ahead, retryAt) }]
    })
    return due.sort((a, b) => a.dueAt - b.dueAt)[0] ?? null
  }

  async function turn(): Promise<void> {
    try {
      const first = next()
      const dueAt = Math.max(first?.dueAt ?? Number.POSITIVE_INFINITY, pausedUntil)
      if (first === null || dueAt > now()) {
        sleep(dueAt - now())
        return
      }
      await keeper.refresh(first.id)
      const [least, most] = PAUSE_MS
      pausedUntil = now() + least + Math.random() * (most - least)
      sleep(0)
    } catch (cause) {
      log.error('the schedule of renewals could not look at the accounts', { cause })
      sleep(LONGEST_SLEEP_MS)
    }
  }

  function sleep(ms: number): void {
    clearTimeout(timer)
    if (isClosed) return
    // A new account or a changed setting is seen at the next look.
    timer = setTimeout(() => void turn(), Math.min(Math.max(ms, SHORTEST_SLEEP_MS), LONGEST_SLEEP_MS)).unref()
  }

  return {
    start: () => sleep(0),
    close() {
      isClosed = true
      clearTimeout(timer)
    },
  }
}
