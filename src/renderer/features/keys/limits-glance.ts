/** The fullest limit of a key in words. Pure. */
import type { PoolKey } from '../../../shared/models/key.ts'
import type { KeyUsageGlance } from '../../../shared/models/limit.ts'
import { formatCompact, formatDollars, formatRelative, formatShare, formatTime } from '../../lib/format.ts'
import { formatAmount, isBudget, limitNames, limitsWords, resetWord } from './limit-words.ts'

/** How full the fullest is, 1 for full; what denies all is fuller than any. Null where no limit fills up. */
export function shareOf({ fullest }: KeyUsageGlance): number | null {
  if (fullest === null) return null
  return fullest.limit === 0 ? Number.MAX_VALUE : fullest.used / fullest.limit
}

export interface GlanceWords {
  /** `80 %`. */
  readonly share: string
  /** `of $10.00 a day`. */
  readonly cap: string
  /** `gpt-5*, +3 more`; empty where there is nothing to add. */
  readonly more: string
  /** On hover, in full. */
  readonly whole: string
}

export function glanceWords(glance: KeyUsageGlance): GlanceWords {
  const { fullest, limits } = glance
  if (fullest === null) return { share: '', cap: '', more: '', whole: '' }
  const { field, model, limit, used } = fullest
  const { behind, long } = limitNames[field]
  const rest = limits > 1 ? `+${limits - 1} more` : null
  const whose = model === null ? '' : ` for ${model}`
  const others = limits > 1 ? `; the fullest of ${limits} limits` : ''
  const more = [model, rest].filter((each) => each !== null).join(', ')
  if (limit === 0) return { share: 'denied', cap: `0 ${behind}`, more, whole: `${long}${whose}: denied${others}` }
  const cap = isBudget(field) ? formatDollars(limit) : formatCompact(limit)
  return {
    share: percent(used / limit),
    cap: `of ${cap} ${behind}`,
    more,
    whole: `${long}${whose}: ${formatAmount(field, used)} of ${formatAmount(field, limit)}${others}`,
  }
}

/** `resets in 3 h, at 2026-03-02 00:00`; empty where there is nothing to wait for. */
export function resetWords({ fullest }: KeyUsageGlance, now: number): string {
  const word = fullest === null ? null : resetWord(fullest)
  if (fullest === null || fullest.resetAt === null || word === null) return ''
  const { resetAt } = fullest
  if (resetAt <= now) return `${word} now`
  return `${word} ${formatRelative(resetAt, now)}, at ${formatTime(resetAt, { seconds: resetAt - now < 3_600_000 })}`
}

/** Of a key of which nothing fills up: caps of single requests are limits too. */
export function withoutProgress({ limits, limitOverrides }: Pick<PoolKey, 'limits' | 'limitOverrides'>): string {
  const isCapped = [limits, ...limitOverrides.map((row) => row.limits)].some((each) => limitsWords(each).length > 0)
  return isCapped ? 'per request only' : 'no limits'
}

/** Whole percent, which a bar is read by; the small ones stay told from nothing, and nearly all from all. */
function percent(share: number): string {
  if (share > 0 && share < 0.01) return '< 1 %'
  if (share > 0.99 && share < 1) return '99 %'
  return formatShare(Math.round(share * 100) / 100)
}
