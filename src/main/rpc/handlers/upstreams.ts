import type { Services } from '../../services/services.ts'
import type { HandlersOf } from '../router.ts'

export function upstreamHandlers({ upstreams }: Services): HandlersOf<'upstream'> {
  return {
    'upstream.list': () => upstreams.list(),
    'upstream.get': ({ id }) => upstreams.get(id),
    'upstream.create': (draft, { actor }) => upstreams.create(actor, draft),
    'upstream.update': ({ id, patch }, { actor }) => upstreams.update(actor, id, patch),
    'upstream.setSecret': ({ id, secret }, { actor }) => upstreams.setSecret(actor, id, secret),
    'upstream.pause': ({ id }, { actor }) => upstreams.pause(actor, id),
    'upstream.resume': ({ id }, { actor }) => upstreams.resume(actor, id),
    'upstream.test': ({ id }) => upstreams.test(id),
    'upstream.probe': (draft) => upstreams.probe(draft),
    'upstream.refreshModels': ({ id }, { actor }) => upstreams.refreshModels(actor, id),
    'upstream.delete': ({ id }, { actor }) => upstreams.delete(actor, id),
  }
}
