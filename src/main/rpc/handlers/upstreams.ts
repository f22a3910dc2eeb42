import type { Services } from '../../services/services.ts'
import type { HandlersOf } from '../router.ts'

export function upstreamHandlers({ upstreams, pools, figures }: Services): HandlersOf<'upstream'> {
  return {
    'upstream.list': () => upstreams.list(),
    'upstream.get': ({ id }) => upstreams.get(id),
    'upstream.create': (draft, { actor }) => upstreams.create(actor, draft),
    'upstream.update': ({ id, patch, secret }, { actor }) => upstreams.update(actor, id, patch, secret),
    'upstream.setSecret': ({ id, secret }, { actor }) => upstreams.setSecret(actor, id, secret),
    'upstream.pause': ({ id }, { actor }) => upstreams.pause(actor, id),
    'upstream.resume': ({ id }, { actor }) => upstreams.resume(actor, id),
    'upstream.test': ({ id }) => upstreams.test(id),
    'upstream.probe': (draft) => upstreams.probe(draft),
    'upstream.probeEdit': ({ id, patch, secret }) => upstreams.probeEdit(id, patch, secret),
    'upstream.health': ({ id }) => upstreams.health(id),
    'upstream.readiness': ({ id }) => upstreams.readiness(id),
    'upstream.readinessAll': () => upstreams.readinessAll(),
    'upstream.assign': ({ id, pools: memberships }, { actor }) => pools.assign(actor, id, memberships),
    'upstream.deletePreview': ({ id }) => upstreams.deletePreview(id),
    'upstream.refreshModels': ({ id }, { actor }) => upstreams.refreshModels(actor, id),
    'upstream.figures': ({ id }) => figures.upstreams(id),
    'upstream.attempts': (query) => figures.attempts(query),
    'upstream.delete': ({ id }, { actor }) => upstreams.delete(actor, id),
  }
}
