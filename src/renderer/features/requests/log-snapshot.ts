/** What the page sees of the rows of one filter. */
import type { RecordName } from '../../../shared/models/request.ts'
import type { OperatorError } from '../../lib/operator-error.ts'

export type Names = Readonly<Record<string, RecordName>>

export interface LogSnapshot {
  readonly phase: 'loading' | 'ready' | 'failed'
  /** Newest first. */
  readonly ids: readonly string[]
  /** Of the first page, or of what was loaded last. */
  readonly error: OperatorError | null
  /** Everything older, or newer, that fits is here. */
  readonly isAtOldest: boolean
  readonly isAtNewest: boolean
  /** How far back a search came that has not seen everything; null when none is open. */
  readonly searchedTo: number | null
  readonly isSearching: boolean
  /** There is no request at all, whatever the filter. */
  readonly isLogEmpty: boolean
  readonly names: Names
}

export const blankLog: LogSnapshot = {
  phase: 'loading',
  ids: [],
  error: null,
  isAtOldest: false,
  isAtNewest: false,
  searchedTo: null,
  isSearching: false,
  isLogEmpty: false,
  names: {},
}

/** The same object while no name is new, so that rows need not be drawn again. */
export function withNames(names: Names, more: Names): Names {
  const isKnown = Object.entries(more).every(([id, { name, isDeleted }]) => {
    return names[id]?.name === name && names[id]?.isDeleted === isDeleted
  })
  return isKnown ? names : { ...names, ...more }
}
