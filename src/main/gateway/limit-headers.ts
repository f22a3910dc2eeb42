/** How much of its limits a caller has left, in the headers that OpenAI's clients read, and a warning when it is little. */
import type { Remaining } from './limits/figures.ts'

/** Shares of a limit from which on a caller is warned. */
export const WARN_AT = [0.95, 0.8] as const

/** Flat [name, value, …]; empty where the key has no such limits. `isUnpriced`: its budgets can't count this answer. */
export function limitHeaders({ requests, tokens, fullest }: Remaining, now: number, isUnpriced = false): string[] {
  const headers: string[] = []
  for (const [unit, room] of [
    ['requests', requests],
    ['tokens', tokens],
  ] as const) {
    if (room === null) continue
    headers.push(`x-ratelimit-limit-${unit}`, String(room.limit))
    headers.push(`x-ratelimit-remaining-${unit}`, String(room.remaining))
    headers.push(`x-ratelimit-reset-${unit}`, `${Math.max(0, Math.ceil((room.resetAt - now) / 1_000))}s`)
  }
  const reached = fullest === null ? undefined : WARN_AT.find((share) => fullest.share >= share)
  const warnings: string[] = []
  if (fullest !== null && reached !== undefined) {
    warnings.push(`${fullest.field} ${Math.floor(fullest.share * 100)}%`)
  }
  if (isUnpriced) warnings.push('unpriced')
  if (warnings.length > 0) headers.push('x-weir-limit-warning', warnings.join(', '))
  return headers
}
