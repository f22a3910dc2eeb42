/** What a request's session, or what it referred to, had to do with where it went. Pure. */
import { exclusionWords } from './words.ts'
import type { AffinityKind, AffinityNote } from '../../../shared/models/session.ts'

/** Why the upstream counted, after its name. */
const because: Readonly<Record<AffinityKind, string>> = {
  session: 'which answered its session last',
  response: 'which has the response that it goes on from',
  file: 'which has its files',
  turn: 'where its turn began',
  socket: 'which answered its WebSocket last',
}

/** Beside the reasons for which an upstream is left out. */
const reasons: Readonly<Record<string, string>> = {
  resting: 'it had failed a moment before',
  priority: 'an upstream of a better priority could serve it',
  fallback: 'an upstream of the Pool itself could serve it',
  no_weight: 'its weight is 0, which makes it a last resort',
  quota_low: 'by what was known its quota was used up',
  not_in_pool: 'it is not in the Pool any more',
  several_owners: 'what the request refers to is at several upstreams',
}

export interface AffinityWords {
  readonly before: string
  /** Behind the upstream's name. */
  readonly after: string
}

/** `Stayed at` X `, which answered its session last.` */
export function affinityWords({ kind, outcome, reason }: AffinityNote): AffinityWords {
  const why = reason === null ? '' : `: ${reasonWords(reason)}`
  if (outcome === 'moved') return { before: 'Moved from', after: `, ${because[kind]}${why}.` }
  if (outcome === 'broken') return { before: 'Had to go to', after: `, ${because[kind]}, and could not${why}.` }
  const isOwner = kind === 'response' || kind === 'file'
  return { before: isOwner ? 'Had to go to' : 'Stayed at', after: `, ${because[kind]}.` }
}

function reasonWords(reason: string): string {
  const known = reasons[reason] ?? exclusionWords(reason)
  return known === null ? reason.replaceAll('_', ' ') : `${known.charAt(0).toLowerCase()}${known.slice(1)}`
}
