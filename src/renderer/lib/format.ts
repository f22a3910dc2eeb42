/** Figures as an operator reads them: short, with their unit, never more digits than they are worth. */

const plain = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** `12,345` */
export function formatCount(value: number): string {
  return plain.format(value)
}

/** `950`, `12.3k`, `4.57M`, `1.2B`: three digits that count. */
export function formatCompact(value: number): string {
  const steps = ['', 'k', 'M', 'B', 'T'] as const
  let scaled = Math.abs(value)
  let step = 0
  while (step < steps.length - 1 && Number(threeDigits(scaled)) >= 1_000) {
    scaled /= 1_000
    step += 1
  }
  const digits =
    step === 0 ? trimZeros(scaled.toFixed(scaled < 10 && !Number.isInteger(scaled) ? 1 : 0)) : threeDigits(scaled)
  return `${value < 0 ? '−' : ''}${digits}${steps[step] ?? ''}`
}

function threeDigits(value: number): string {
  return trimZeros(value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2))
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/** `1.2k tokens`; `1 token`. */
export function formatTokens(value: number): string {
  return `${formatCompact(value)} ${value === 1 ? 'token' : 'tokens'}`
}

/** Dollars from nano-dollars: `$12.34`, `$0.0042`, `< $0.0001`. Null is a cost nobody knows. */
export function formatUsd(nanos: number | null): string {
  if (nanos === null) return 'unpriced'
  const dollars = nanos / 1e9
  const size = Math.abs(dollars)
  if (size === 0) return '$0'
  if (size < 0.0001) return '< $0.0001'
  const digits = size < 0.01 ? 4 : size < 1 ? 3 : 2
  const text = new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return `${dollars < 0 ? '−' : ''}$${text.format(size)}`
}

/** Dollars with their cents, and more digits only where there are any: `$5.00`, `$0.0125`. For amounts that are limits. */
export function formatDollars(nanos: number): string {
  return formatUsd(nanos).replace(/(\.\d\d)0+$/, '$1')
}

/** `0.4 ms`, `87 ms`, `1.24 s`, `2 min 5 s`, `3 h 2 min`. */
export function formatMs(ms: number | null): string {
  if (ms === null) return '–'
  if (ms < 10) return `${trimZeros(ms.toFixed(1))} ms`
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${trimZeros((ms / 1_000).toFixed(ms < 9_995 ? 2 : 1))} s`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 3_600) return pair(seconds, 60, 'min', 's')
  if (seconds < 86_400) return pair(Math.round(seconds / 60), 60, 'h', 'min')
  return pair(Math.round(seconds / 3_600), 24, 'd', 'h')
}

function pair(total: number, size: number, large: string, small: string): string {
  const rest = total % size
  return `${Math.floor(total / size)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`
}

/** `512 B`, `1.5 KB`, `20 MB`: powers of 1,024, never more than three digits. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'] as const
  let value = bytes
  let unit = 0
  while (unit < units.length - 1 && Number(threeDigits(value)) >= 1_000) {
    value /= 1_024
    unit += 1
  }
  return `${unit === 0 ? value : threeDigits(value)} ${units[unit] ?? 'B'}`
}

/** Of a share between 0 and 1: `97.4 %`, `< 0.1 %`, `100 %`. Never rounds a failure away into 100. */
export function formatShare(share: number | null): string {
  if (share === null || Number.isNaN(share)) return '–'
  const percent = share * 100
  if (percent > 0 && percent < 0.1) return '< 0.1 %'
  if (percent < 100 && percent > 99.9) return '> 99.9 %'
  return `${trimZeros(percent.toFixed(1))} %`
}

/** `12 s ago`, `in 3 h`, `just now`. */
export function formatRelative(at: number, now: number): string {
  const away = Math.abs(now - at)
  if (away < 5_000) return at > now ? 'in a moment' : 'just now'
  const text = largestUnit(away)
  return at > now ? `in ${text}` : `${text} ago`
}

function largestUnit(ms: number): string {
  const seconds = Math.floor(ms / 1_000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`
  const days = Math.floor(seconds / 86_400)
  if (days < 60) return `${days} d`
  return days < 730 ? `${Math.floor(days / 30)} months` : `${Math.floor(days / 365)} years`
}

/** `2026-03-01 14:05:09`, in the zone of this machine. */
export function formatTime(at: number, options: { seconds?: boolean } = {}): string {
  const date = new Date(at)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`
  return `${day} ${time}${options.seconds === false ? '' : `:${two(date.getSeconds())}`}`
}

/** `Europe/Berlin (UTC+02:00)`: the zone of this machine at that time. */
export function zoneOf(at: number): string {
  const minutes = -new Date(at).getTimezoneOffset()
  const size = Math.abs(minutes)
  const offset = `${String(Math.floor(size / 60)).padStart(2, '0')}:${String(size % 60).padStart(2, '0')}`
  return `${Intl.DateTimeFormat().resolvedOptions().timeZone} (UTC${minutes < 0 ? '−' : '+'}${offset})`
}

/** `first`, `second`, `third`, `4th`: of attempts, of which there are a few. */
export function formatOrdinal(place: number): string {
  return ['first', 'second', 'third'][place - 1] ?? `${place}th`
}

/** `1 key`, `3 keys`. */
export function formatNoun(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}
