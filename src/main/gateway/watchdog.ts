/**
 * One clock for all time limits of running requests. A timer per request and chunk would cost more than the work it
 * watches; limits are seconds, so a look every tenth of one is exact enough.
 */
export interface Watched {
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
  const all = new Set<Watched>()
  let timer: NodeJS.Timeout | null = null

  function beat(): void {
    const at = now()
    for (const watched of all) watched.beat(at)
    if (all.size > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }

  return {
    watch(watched) {
      all.add(watched)
      timer ??= setInterval(beat, BEAT_MS)
    },
    unwatch(watched) {
      all.delete(watched)
    },
    close() {
      if (timer !== null) clearInterval(timer)
      timer = null
      all.clear()
    },
  }
}
