/** How long an old secret goes on opening after a rotation, as the dialog asks for it. Pure. */
const HOUR_MS = 3_600_000
const MAX_HOURS = 168

export const graceChoices = [
  { value: 'none', label: 'At once', hours: 0 },
  { value: '1h', label: 'In 1 h', hours: 1 },
  { value: '24h', label: 'In 24 h', hours: 24 },
  { value: '7d', label: 'In 7 d', hours: MAX_HOURS },
  { value: 'custom', label: 'Other', hours: null },
] as const

export interface Grace {
  readonly choice: (typeof graceChoices)[number]['value']
  /** What is typed for `custom`: whole hours. Empty where nothing is. */
  readonly typed: number | string
}

export const noGrace: Grace = { choice: 'none', typed: 48 }

/** Null where what is typed is no span that can be taken. */
export function graceMsOf({ choice, typed }: Grace): number | null {
  const fixed = graceChoices.find(({ value }) => value === choice)?.hours ?? null
  const hours = fixed ?? (typed === '' ? Number.NaN : Number(typed))
  const isSpan = Number.isInteger(hours) && hours >= 0 && hours <= MAX_HOURS && (fixed !== null || hours > 0)
  return isSpan ? hours * HOUR_MS : null
}

/** What is wrong with it; null for nothing. */
export function graceProblem(grace: Grace): string | null {
  return graceMsOf(grace) === null ? `Give whole hours, from 1 to ${MAX_HOURS} (7 days).` : null
}
