import type { Services } from '../../services/services.ts'
import type { HandlersOf } from '../router.ts'

export function poolHandlers({ pools }: Services): HandlersOf<'pool'> {
  return {
    'pool.list': () => pools.list(),
    'pool.get': ({ id }) => pools.get(id),
    'pool.create': (draft, { actor }) => pools.create(actor, draft),
    'pool.update': ({ id, patch }, { actor }) => pools.update(actor, id, patch),
    'pool.delete': ({ id }, { actor }) => pools.delete(actor, id),
  }
}
