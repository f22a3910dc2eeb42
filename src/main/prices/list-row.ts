/** What a list of prices comes to, whatever its form. */
import type { PriceRates } from '../../shared/models/price.ts'

export interface ListRow {
  /** Its place in the list, from 1. */
  readonly row: number
  readonly model: string
  readonly upstreamId: string | null
  readonly rates: PriceRates
}

export interface ListProblem {
  readonly row: number
  readonly name: string
  readonly reason: string
}

export type ListEntry = ListRow | ListProblem

export function isProblem(entry: ListEntry): entry is ListProblem {
  return 'reason' in entry
}

/** A model's name as a problem repeats it. */
export function shortName(name: unknown): string {
  const text = typeof name === 'string' ? name : '(no name)'
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
