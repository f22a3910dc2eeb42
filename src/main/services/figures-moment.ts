/** The moment at which figures are asked for, which says what of them is past and can't change any more. */
import type { FiguresMoment } from '../db/stats-blocks.ts'
import type { Directory } from '../gateway/directory.ts'
import { tryFlush } from './requests.ts'

export interface FiguresMomentDeps {
  readonly flushJournal: () => void
  readonly directory: Pick<Directory, 'settings'>
  /** Epoch ms. */
  readonly now: () => number
}

/** Hands the journal's rows to the database first, so that the figures are of now. */
export function figuresMoment(deps: FiguresMomentDeps): FiguresMoment {
  // The clock first: what is admitted after it is not past.
  const nowMs = deps.now()
  const settlingMs = deps.directory.settings['gateway.bodyTimeoutMs']
  return { nowMs, settlingMs, isComplete: tryFlush(deps.flushJournal) }
}
