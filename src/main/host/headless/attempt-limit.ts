/** Counts failures in a sliding window; once full, everything is refused until the oldest failure has aged out. */
export interface AttemptLimit {
  /** Milliseconds until the next attempt is heard, 0 when it is heard now. */
  waitMs(): number
  failed(): void
}

export function createAttemptLimit(deps: { now: () => number; most: number; windowMs: number }): AttemptLimit {
  const failures: number[] = []
  return {
    waitMs() {
      const start = deps.now() - deps.windowMs
      while (failures[0] !== undefined && failures[0] <= start) failures.shift()
      return failures.length < deps.most ? 0 : (failures[0] as number) - start
    },
    failed() {
      failures.push(deps.now())
    },
  }
}
