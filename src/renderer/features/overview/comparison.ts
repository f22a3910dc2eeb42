/** Today's figures against yesterday's to the same time, in words. Pure. */
import type { Overview, PeriodFigures } from '../../../shared/models/overview.ts'
import type { UsageSums } from '../../../shared/models/stats.ts'
import { formatShare } from '../../lib/format.ts'

export interface Delta {
  readonly text: string
  /** Null where more is neither better nor worse. */
  readonly good: boolean | null
}

/** `+12 %`, `×3.4`; null where there is nothing to compare with. */
export function relativeDelta(
  today: number | null,
  yesterday: number | null,
  better: 'more' | 'less' | null,
): Delta | null {
  if (today === null || yesterday === null || yesterday === 0) return null
  const ratio = today / yesterday
  const percent = Math.round((ratio - 1) * 100)
  if (percent === 0) return { text: 'the same', good: null }
  const good = better === null ? null : percent > 0 === (better === 'more')
  if (ratio >= 3) return { text: `×${ratio >= 10 ? Math.round(ratio) : ratio.toFixed(1)}`, good }
  return { text: `${signOf(percent)}${Math.abs(percent)} %`, good }
}

/** Of two shares, in percentage points. */
export function shareDelta(today: number | null, yesterday: number | null): Delta | null {
  if (today === null || yesterday === null) return null
  const points = Math.round((today - yesterday) * 1_000) / 10
  if (points === 0) return { text: 'the same', good: null }
  return { text: `${signOf(points)}${Math.abs(points)} ${Math.abs(points) === 1 ? 'pt' : 'pts'}`, good: points > 0 }
}

function signOf(value: number): string {
  return value > 0 ? '+' : '−'
}

export function tokensOf({ input, output }: UsageSums): number {
  return input + output
}

/** Fresh input, cached input, output: they add up to all tokens. */
export function tokenParts({ input, cached, output }: UsageSums) {
  return [
    { name: 'fresh', label: 'fresh', hint: 'Input that was not cached', tokens: Math.max(0, input - cached) },
    { name: 'cached', label: 'cached', hint: 'Input that the provider had cached', tokens: cached },
    { name: 'output', label: 'output', hint: 'Output, reasoning included', tokens: output },
  ] as const
}

export function isQuiet({ today, yesterday, failures, upstreams }: Overview): boolean {
  const isIdle = (period: PeriodFigures) => period.sums.requests === 0
  return (
    isIdle(today) &&
    isIdle(yesterday) &&
    failures.groups.length === 0 &&
    upstreams.every(({ day }) => day.requests === 0)
  )
}

export interface Verdict {
  readonly tone: 'ok' | 'warn' | 'bad'
  readonly text: string
}

/** "Is everything well?", as far as upstreams go. Null without any. */
export function upstreamVerdict(upstreams: Overview['upstreams']): Verdict | null {
  if (upstreams.length === 0) return null
  const ready = upstreams.filter(({ health }) => health.state === 'ready').length
  if (ready === upstreams.length) {
    return { tone: 'ok', text: ready === 1 ? 'The upstream is ready' : `All ${ready} upstreams are ready` }
  }
  if (upstreams.length === 1) return { tone: 'bad', text: 'The upstream is not ready' }
  const unwanted = upstreams.filter(({ health }) => health.state !== 'ready' && health.state !== 'paused').length
  const text = `${ready} of ${upstreams.length} upstreams ${ready === 1 ? 'is' : 'are'} ready`
  return { tone: ready === 0 ? 'bad' : unwanted > 0 ? 'warn' : 'ok', text }
}

/** The same of the last day's requests. Null without any that were sent on. */
export function failureVerdict({ upstreams, failures }: Overview): Verdict | null {
  const sent = upstreams.reduce((sum, { day }) => sum + day.requests, 0)
  const failed = upstreams.reduce((sum, { day }) => sum + day.failed, 0)
  if (failed === 0) {
    if (sent === 0) return null
    return { tone: 'ok', text: failures.groups.length === 0 ? 'Nothing failed in 24 h' : 'No upstream failed in 24 h' }
  }
  const share = failed / sent
  return { tone: share >= 0.05 ? 'bad' : 'warn', text: `${formatShare(share)} failed in 24 h` }
}

/** Those that need somebody first, then the busiest. */
export function byTrouble(upstreams: Overview['upstreams']): Overview['upstreams'] {
  const rank = { secret_missing: 0, auth_required: 0, cooling_down: 1, ready: 2, paused: 3 } as const
  return upstreams.toSorted((a, b) => rank[a.health.state] - rank[b.health.state] || b.day.requests - a.day.requests)
}
