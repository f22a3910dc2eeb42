/** Sends a saved reset to be used: once, or once more where nothing was looked at but a token that had run out. */
import { AppError } from '../../../shared/errors.ts'
import type { ResetUse } from '../../../shared/models/quota.ts'
import type { AccountKeeper } from '../../gateway/ports.ts'
import { redeemSavedReset, type Redemption } from '../../providers/saved-resets.ts'
import type { UpstreamRuntime } from '../upstream-runtime.ts'
import type { ResetLists } from './reset-lists.ts'

export interface ResetSender {
  readonly lists: Pick<ResetLists, 'call'>
  readonly runtime: Pick<UpstreamRuntime, 'secretOf'>
  readonly renew: AccountKeeper['refreshAfter401']
}

export const SEND_TIMEOUT_MS = 30_000

/** Never rejects. */
export async function sendReset(
  { lists, runtime, renew }: ResetSender,
  id: string,
  use: ResetUse,
): Promise<Redemption> {
  const attempt = async (): Promise<Redemption> => {
    try {
      return await redeemSavedReset(lists.call(id, SEND_TIMEOUT_MS), use.resetId, use.id)
    } catch (thrown) {
      return { kind: 'refused', reason: AppError.from(thrown).message, isSignedOut: false }
    }
  }
  const usedToken = runtime.secretOf(id)?.account?.accessToken ?? ''
  const first = await attempt()
  if (first.kind !== 'refused' || !first.isSignedOut) return first
  // A refused token did nothing. The same act under the same name is safe to ask for with another one.
  return (await renew(id, usedToken)) === 'renewed' ? attempt() : first
}
