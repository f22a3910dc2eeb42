import { useState } from 'react'
import type { SeriesGroup } from '../../../shared/models/stats.ts'
import { assignColours } from './series.ts'

/** Colours stay with their groups while figures come in; another grouping starts anew. */
export function useColours(groups: readonly Pick<SeriesGroup, 'id'>[], by: string): ReadonlyMap<string, number> {
  const [kept, setKept] = useState<{ by: string; assigned: ReadonlyMap<string, number> }>({ by, assigned: new Map() })
  const before = kept.by === by ? kept.assigned : new Map<string, number>()
  const assigned = assignColours(before, groups)
  const isSame =
    kept.by === by && assigned.size === before.size && [...assigned].every(([id, at]) => before.get(id) === at)
  // Before anything is drawn, so that no colour is seen that changes at once.
  if (!isSame) setKept({ by, assigned })
  return assigned
}
