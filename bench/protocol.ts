/** What the runner and the load generator say to each other over Node's process channel. One job at a time. */
import type { Shape } from './answers.ts'

export interface Target {
  port: number
  /** Credentials and whatever else this subject wants, as header lines. */
  headers: Readonly<Record<string, string>>
}

interface Timed {
  target: Target
  warmupMs: number
  measureMs: number
}

export type Job =
  /** `connections` clients that each wait for their answer and ask again. */
  | ({ kind: 'closed'; connections: number } & Timed)
  /** Requests at a fixed rate, whatever the answers do. */
  | ({ kind: 'open'; perSecond: number } & Timed)
  /** `streams` clients that each read a stream to its end and open the next. */
  | ({ kind: 'streams'; streams: number; model: string; shape: Shape } & Timed)
  /** Opens streams and keeps them until `release`. */
  | { kind: 'hold'; target: Target; streams: number; model: string }
  | { kind: 'release' }

export interface Spread {
  count: number
  p50: number
  p99: number
  p999: number
  max: number
}

export interface JobResult {
  /** Answers, or text chunks of streams, between the marks. */
  count: number
  elapsedMs: number
  failures: number
  firstFailure: string | null
  /** Whole answer, or time to first token, in ms. */
  latency: Spread
  /** Arrival of a chunk minus its send time, in ms; only where the upstream stamps its chunks. */
  lateness: Spread
  /** Chunks that came later than `LATE_MS`. */
  late: number
}

export const LATE_MS = 10

export type LoadMessage =
  | { type: 'ready' }
  /** The measured window begins or ends now: the moment to read the subject's CPU time. */
  | { type: 'mark'; at: 'start' | 'end' }
  | { type: 'held' }
  | { type: 'result'; result: JobResult }
  | { type: 'broken'; message: string }

export function spreadOf(values: readonly number[]): Spread {
  const sorted = Float64Array.from(values).sort()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), p999: at(0.999), max: sorted.at(-1) ?? Number.NaN }
}
