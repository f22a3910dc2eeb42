import type { Services } from '../../services/services.ts'
import type { HandlersOf } from '../router.ts'

export function keyHandlers({ keys, figures }: Services): HandlersOf<'key'> {
  return {
    'key.list': (filter) => keys.list(filter),
    'key.get': ({ id }) => keys.get(id),
    'key.usage': ({ id }) => keys.usage(id),
    'key.usageAll': () => keys.usageAll(),
    'key.spend': ({ id, days }) => keys.spend(id, days),
    'key.raiseBudget': (raise, { actor }) => keys.raiseBudget(actor, raise),
    'key.endRaise': (place, { actor }) => keys.endRaise(actor, place),
    'key.resetLimit': (place, { actor }) => keys.resetLimit(actor, place),
    'key.create': (draft, { actor }) => keys.create(actor, draft),
    'key.update': ({ id, patch }, { actor }) => keys.update(actor, id, patch),
    'key.rotate': ({ id, graceMs }, { actor }) => keys.rotate(actor, id, graceMs),
    'key.endGrace': ({ id }, { actor }) => keys.endGrace(actor, id),
    'key.pause': ({ id }, { actor }) => keys.pause(actor, id),
    'key.resume': ({ id }, { actor }) => keys.resume(actor, id),
    'key.revoke': ({ id }, { actor }) => keys.revoke(actor, id),
    'key.duplicate': (copy, { actor }) => keys.duplicate(actor, copy),
    'key.bulk': ({ ids, action }, { actor }) => keys.bulk(actor, ids, action),
    'key.doctor': (question) => keys.doctor(question),
    'key.effectivePolicy': (input) => keys.review(input),
    'key.test': ({ secret, model }) => keys.test(secret, model),
    'key.deletePreview': ({ id }) => keys.deletePreview(id),
    'key.figures': (query) => figures.keys(query),
    'key.delete': ({ id, prefix }, { actor }) => keys.delete(actor, id, prefix),
  }
}
