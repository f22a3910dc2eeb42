/**
 * One clock for all time limits of running requests. A timer per request and chunk would cost more than the work it
 * watches; limits are seconds, so a look every tenth of one is exact enough.
 */
import { createRoster, type Placed } from '../../shared/roster.ts'

export interface Watched extends Placed {
  /** Called at each beat with the monotonic time in ms. */
  beat(now: number): void
}

export interface Watchdog {
  watch(watched: Watched): void
  unwatch(watched: Watched): void
  close(): void
}

const BEAT_MS = 100

export function createWatchdog(now: () => number): Watchdog {
  const watching = createRoster<Watched>()
  let timer: NodeJS.Timeout | null = null

  function beat(): void {
    const at = now()
    // From the end: a beat may take out what it is called on, and the one that takes its place has had its turn.
    for (let i = watching.size - 1; i >= 0; i--) watching.all[i]?.beat(at)
    if (watching.size > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }

  return {
    watch(watched) {
      watching.add(watched)
      timer ??= setInterval(beat, BEAT_MS)
    },
    unwatch(watched) {
      watching.remove(watched)
    },
    close() {
      if (timer !== null) clearInterval(timer)
      timer = null
    },
  }
}
