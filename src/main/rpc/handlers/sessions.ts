import type { Services } from '../../services/services.ts'
import type { HandlersOf } from '../router.ts'

export function sessionHandlers({ sessions }: Services): HandlersOf<'session'> {
  return {
    'session.list': (query) => sessions.list(query),
    'session.release': ({ id }, { actor }) => sessions.release(actor, id),
    'session.releaseAll': (filter, { actor }) => sessions.releaseAll(actor, filter),
  }
}
