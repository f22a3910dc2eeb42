/** Times on a command line: `30d`, `12h`, `90m`, `45s`, or a date as ISO 8601 writes it. */
import { AppError } from '../../shared/errors.ts'

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `24h` as ms; null for what is no span. */
function spanMs(text: string): number | null {
  const span = /^(\d{1,9})([smhd])$/.exec(text)
  return span === null ? null : Number(span[1]) * unitMs[span[2] as keyof typeof unitMs]
}

/** How long something lasts, in ms: a span, or 0. */
export function parseSpan(flag: string, text: string, maxMs: number): number {
  const ms = text === '0' ? 0 : spanMs(text)
  if (ms !== null && ms <= maxMs) return ms
  const most = `${maxMs / unitMs.d}d`
  throw new AppError('invalid_option', `--${flag} is "${text}", but must be 0 or a span like 24h, at most ${most}.`)
}

/** A span counts from now: into the past for `ago`, into the future for `ahead`. */
export function parseMoment(flag: string, text: string, now: number, direction: 'ago' | 'ahead'): number {
  const ms = spanMs(text)
  if (ms !== null) return direction === 'ago' ? Math.max(0, now - ms) : now + ms
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isSafeInteger(at) && at >= 0) return at
  const message = `--${flag} is "${text}", but must be a span like 30d, 12h or 90m, or a date like 2027-01-31T18:00Z.`
  throw new AppError('invalid_option', message)
}
