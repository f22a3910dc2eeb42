import type { Services } from '../../services/services.ts'
import type { HandlersOf } from '../router.ts'

export function poolHandlers({ pools, upstreams, figures }: Services): HandlersOf<'pool'> {
  return {
    'pool.list': () => pools.list(),
    'pool.get': ({ id }) => pools.get(id),
    'pool.create': (draft, { actor }) => pools.create(actor, draft),
    'pool.update': ({ id, patch }, { actor }) => pools.update(actor, id, patch),
    'pool.summary': () => pools.summary(),
    'pool.readiness': ({ id }) => upstreams.poolReadiness(id),
    'pool.duplicate': ({ id, name }, { actor }) => pools.duplicate(actor, id, name),
    'pool.deletePreview': ({ id }) => pools.deletePreview(id),
    'pool.figures': () => figures.pools(),
    'pool.previewPlan': (question) => pools.previewPlan(question),
    'pool.replay': (input) => pools.replay(input),
    'pool.delete': ({ id }, { actor }) => pools.delete(actor, id),
  }
}
