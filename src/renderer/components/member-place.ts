/** The place of an upstream in a Pool, while it is typed. Pure. */
import type { Typed } from '../lib/optional-number.ts'

export interface Place {
  readonly priority: Typed
  readonly weight: Typed
  readonly enabled: boolean
}
export type PlaceField = 'priority' | 'weight'
export const placeFields = ['priority', 'weight'] as const satisfies readonly PlaceField[]

/** Where it goes when it is ticked. */
export const firstPlace = { priority: 1, weight: 1, enabled: true } as const satisfies Place

/** The least of each; the most is 1,000. */
export const leastOf: Readonly<Record<PlaceField, number>> = { priority: 1, weight: 0 }

/** @returns what is wrong with it, or null. */
export function placeProblem(place: Place, field: PlaceField): string | null {
  const least = leastOf[field]
  const value = place[field]
  const isFine = typeof value === 'number' && Number.isInteger(value) && value >= least && value <= 1_000
  return isFine ? null : `A whole number from ${least} to 1,000.`
}

/** From this many to choose from on, the table has a search field. */
export const SEARCH_FROM = 8
