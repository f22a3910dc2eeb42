/** A number that may be left out: what is wrong with what is typed, and what it comes to. Pure. */
import { formatCount } from './format.ts'

/** A number field while it is typed into: empty, or not a number yet. */
export type Typed = number | string

export interface NumberRange {
  readonly min: number
  readonly max: number
}

/** What to type instead; null where it is right or blank. */
export function wholeProblem(value: Typed, { min, max }: NumberRange): string | null {
  const number = optionalNumber(value)
  if (number === null) return isBlank(value) ? null : 'Give a number, or nothing.'
  const isRight = Number.isInteger(number) && number >= min && number <= max
  return isRight ? null : `A whole number from ${formatCount(min)} to ${formatCount(max)}, or nothing.`
}

/** Null where nothing is typed, or no number. */
export function optionalNumber(value: Typed): number | null {
  const number = isBlank(value) ? Number.NaN : Number(value)
  return Number.isFinite(number) ? number : null
}

function isBlank(value: Typed): boolean {
  return typeof value === 'string' && value.trim() === ''
}
