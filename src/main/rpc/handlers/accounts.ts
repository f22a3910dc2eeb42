import type { Services } from '../../services/services.ts'
import type { HandlersOf } from '../router.ts'

export function accountHandlers({ accounts }: Services): HandlersOf<'account'> {
  return {
    'account.begin': (input, { actor }) => accounts.begin(actor, input),
    'account.flow': ({ id }) => accounts.flow(id),
    'account.complete': ({ id, callbackUrl }) => accounts.complete(id, callbackUrl),
    'account.cancel': ({ id }) => accounts.cancel(id),
    'account.import': (input, { actor }) => accounts.import(actor, input),
    'account.found': () => accounts.found(),
  }
}
