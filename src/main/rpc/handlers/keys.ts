import type { Services } from '../../services/services.ts'
import type { HandlersOf } from '../router.ts'

export function keyHandlers({ keys }: Services): HandlersOf<'key'> {
  return {
    'key.list': ({ poolId }) => keys.list(poolId),
    'key.get': ({ id }) => keys.get(id),
    'key.create': (draft, { actor }) => keys.create(actor, draft),
    'key.update': ({ id, patch }, { actor }) => keys.update(actor, id, patch),
    'key.rotate': ({ id }, { actor }) => keys.rotate(actor, id),
    'key.pause': ({ id }, { actor }) => keys.pause(actor, id),
    'key.resume': ({ id }, { actor }) => keys.resume(actor, id),
    'key.revoke': ({ id }, { actor }) => keys.revoke(actor, id),
    'key.delete': ({ id, prefix }, { actor }) => keys.delete(actor, id, prefix),
  }
}
