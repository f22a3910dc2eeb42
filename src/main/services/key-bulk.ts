/** One action on many keys, each for itself, with the call that takes it back. */
import { AppError } from '../../shared/errors.ts'
import type { KeyBulkAction, KeyBulkResult } from '../../shared/models/key.ts'
import { nextTurn } from './turn.ts'

export interface KeyMoves {
  find(id: string): { readonly name: string; readonly status: string } | undefined
  /** Throws where it cannot be, as for a key that there is not. */
  move(id: string): unknown
}

const UNDO = { pause: 'resume', resume: 'pause', revoke: null } as const
export const STATUS_AFTER = { pause: 'paused', resume: 'active', revoke: 'revoked' } as const

type Outcome = KeyBulkResult['results'][number]

/** Each key is a transaction of its own, and the event loop turns between two of them. */
export async function moveKeys(ids: readonly string[], action: KeyBulkAction, moves: KeyMoves): Promise<KeyBulkResult> {
  const results: Outcome[] = []
  for (const id of new Set(ids)) {
    results.push(outcomeOf(id, action, moves))
    await nextTurn()
  }
  const back = UNDO[action]
  const changed = results.filter((result) => result.outcome === 'changed').map((result) => result.id)
  return { results, undo: back === null || changed.length === 0 ? null : { ids: changed, action: back } }
}

function outcomeOf(id: string, action: KeyBulkAction, { find, move }: KeyMoves): Outcome {
  const before = find(id)
  const name = before?.name ?? null
  try {
    move(id)
    return { id, name, outcome: before?.status === STATUS_AFTER[action] ? 'unchanged' : 'changed', error: null }
  } catch (thrown) {
    const { code, message } = AppError.from(thrown)
    return { id, name, outcome: 'failed', error: { code, message } }
  }
}
