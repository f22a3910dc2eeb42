/** Microseconds of the system's monotonic clock: the same zero in every process, unlike `performance.now()`. */
export function monotonicMicros(): number {
  const [seconds, nanos] = process.hrtime()
  return Math.round(seconds * 1e6 + nanos / 1e3)
}
