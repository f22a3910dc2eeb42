/**
 * Keeps what is known of saved resets from growing old, by the clock: an account in use tells of its quota by itself, so its
 * usage page is seldom read, and its resets would expire unseen. One account at a time.
 */
import type { Log } from '../../gateway/ports.ts'

export interface ResetSchedule {
  start(): void
  /** Looks once at what is due. Never rejects. */
  look(): Promise<void>
  close(): void
}

export interface ResetScheduleDeps {
  /** Signed-in accounts that can be asked. */
  readonly accounts: () => readonly string[]
  /** When the account's list was asked for last; null for never in this run. */
  readonly askedAt: (id: string) => number | null
  /** One was sent, and nobody knows whether it took: by now since when, else null. */
  readonly pendingSince: (id: string) => number | null
  /** Looks at the figures alone, and asks nobody. */
  readonly lookAtFigures: (id: string) => void
  readonly refresh: (id: string) => Promise<void>
  readonly log: Pick<Log, 'error'>
  readonly now: () => number
}

const LOOK_MS = 60_000
const LIST_EVERY_MS = 3_600_000
/** While something is waited for; after a day nothing more is expected. */
const PENDING_EVERY_MS = 300_000
const EXPECTED_FOR_MS = 86_400_000

export function createResetSchedule(deps: ResetScheduleDeps): ResetSchedule {
  const { now, log } = deps
  let timer: NodeJS.Timeout | undefined
  let isLooking = false

  function isDue(id: string): boolean {
    const since = deps.pendingSince(id)
    if (since !== null) deps.lookAtFigures(id)
    const isExpected = since !== null && now() - since < EXPECTED_FOR_MS
    return now() - (deps.askedAt(id) ?? 0) >= (isExpected ? PENDING_EVERY_MS : LIST_EVERY_MS)
  }

  async function look(): Promise<void> {
    if (isLooking) return
    isLooking = true
    try {
      for (const id of deps.accounts().filter(isDue)) await deps.refresh(id)
    } catch (cause) {
      log.error('the accounts whose saved resets are to be listed could not be looked at', { cause })
    } finally {
      isLooking = false
    }
  }

  return {
    start: () => void (timer ??= setInterval(() => void look(), LOOK_MS).unref()),
    look,
    close: () => clearInterval(timer),
  }
}
