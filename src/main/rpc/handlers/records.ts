import type { Services } from '../../services/services.ts'
import type { HandlersOf } from '../router.ts'

/** What was recorded: requests, their sums, and changes. */
export function recordHandlers({ requests, stats, audit }: Services): HandlersOf<'request' | 'stats' | 'audit'> {
  return {
    'request.list': (filter) => requests.list(filter),
    'request.get': ({ id }) => requests.get(id),
    'stats.query': (query) => stats.query(query),
    'audit.list': (filter) => audit.list(filter),
  }
}
