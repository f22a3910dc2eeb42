/** When a key ends: a span from now, a moment of the operator's choice, what it was before, or never. Pure. */
export const expirySpans = { '24h': 1, '7d': 7, '30d': 30, '90d': 90, '1y': 365 } as const
export type ExpirySpan = keyof typeof expirySpans
export type ExpiryChoice = 'keep' | 'never' | ExpirySpan | 'custom'

export interface Expiry {
  readonly choice: ExpiryChoice
  /** The moment itself, settled when it is chosen. Null: never, or a custom one that cannot be read. */
  readonly at: number | null
  /** As the field of the custom moment holds it: `2026-03-01T14:05`, in the zone of this machine. */
  readonly typed: string
}

const DAY_MS = 86_400_000
/** Beyond this a date is a slip of the keyboard. */
const LATEST = Date.UTC(2200, 0, 1)

export const neverExpires: Expiry = { choice: 'never', at: null, typed: '' }

export function chooseExpiry(choice: ExpiryChoice, before: Expiry, kept: number | null, now: number): Expiry {
  if (choice === 'never') return neverExpires
  if (choice === 'keep') return { choice, at: kept, typed: '' }
  if (choice === 'custom') {
    const at = before.at ?? now + 30 * DAY_MS
    const typed = localMinute(at)
    return { choice, typed, at: momentOf(typed) }
  }
  return { choice, at: now + expirySpans[choice] * DAY_MS, typed: '' }
}

export function typeExpiry(typed: string): Expiry {
  return { choice: 'custom', typed, at: momentOf(typed) }
}

export function expiryProblem({ choice, at, typed }: Expiry, now: number): string | null {
  if (choice === 'never' || choice === 'keep') return null
  if (at === null) return typed === '' ? 'Say when the key expires.' : 'This is no date with a time.'
  if (at <= now) return 'This moment is past; choose one to come.'
  return at > LATEST ? 'This is too far ahead; choose “Never”.' : null
}

/** Of a `datetime-local` field; null for what is no moment. */
export function momentOf(typed: string): number | null {
  const at = typed === '' ? Number.NaN : new Date(typed).getTime()
  return Number.isNaN(at) ? null : at
}

function localMinute(at: number): string {
  const date = new Date(at)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`
}
