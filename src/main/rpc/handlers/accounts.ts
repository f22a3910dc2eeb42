import type { Services } from '../../services/services.ts'
import type { HandlersOf } from '../router.ts'

export function accountHandlers({ accounts, quotas, resets }: Services): HandlersOf<'account'> {
  return {
    'account.begin': (input, { actor }) => accounts.begin(actor, input),
    'account.flow': ({ id }) => accounts.flow(id),
    'account.complete': ({ id, callbackUrl }) => accounts.complete(id, callbackUrl),
    'account.cancel': ({ id }) => accounts.cancel(id),
    'account.import': (input, { actor }) => accounts.import(actor, input),
    'account.found': () => accounts.found(),
    'account.quota': ({ id }) => quotas.of(id),
    'account.quotaCourse': ({ id, hours }) => quotas.course(id, hours),
    'account.quotaRefresh': ({ id }) => quotas.refresh(id),
    'account.resets': ({ id }) => resets.list(id),
    'account.redeemReset': ({ id, resetId }, { actor }) => resets.redeem(actor, id, resetId),
    'account.settleReset': ({ id, useId }, { actor }) => resets.settle(actor, id, useId),
  }
}
