import type { Services } from '../../services/services.ts'
import type { HandlersOf } from '../router.ts'

export function tokenHandlers({ tokens }: Services): HandlersOf<'token'> {
  return {
    'token.list': ({ keyId }) => tokens.list(keyId),
    'token.create': (draft, { actor }) => tokens.create(actor, draft),
    'token.revoke': ({ id }, { actor }) => tokens.revoke(actor, id),
  }
}
