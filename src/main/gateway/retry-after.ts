/** The wait that an upstream asks for. */
import type { IncomingHttpHeaders } from 'node:http'

/** How long the upstream asks to be left alone, in ms; null when it does not say. */
export function retryAfterMs(headers: IncomingHttpHeaders, nowEpochMs: number): number | null {
  const precise = Number(headers['retry-after-ms'] ?? Number.NaN)
  if (Number.isFinite(precise) && precise >= 0) return precise
  const value = headers['retry-after']
  if (value === undefined || value === '') return null
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1_000 : null
  const date = Date.parse(value)
  return Number.isNaN(date) ? null : Math.max(0, date - nowEpochMs)
}
