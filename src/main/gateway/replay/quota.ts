/** Quota as it is now, whatever the replay's clock says, and what accounts are refused for while it runs. */
import { createQuotaEvidence } from '../../providers/quota-evidence.ts'
import type { QuotaView } from '../../providers/quota-view.ts'
import type { QuotaRefusalDeps } from '../quota-refusal.ts'

/** `at`: epoch ms of now. What is noted stays in the replay. */
export function replayedQuota(
  { quota, at }: { readonly quota: QuotaView; readonly at: number },
  clock: () => number,
): QuotaView & QuotaRefusalDeps['quota'] {
  const noted = createQuotaEvidence(clock)
  return {
    accounts: noted.accounts,
    left: (id, _now, model) => quota.left(id, at, model),
    standing(id, model, now) {
      const refused = noted.standing(id, model, now)
      return refused.until === null ? quota.standing(id, model, at) : refused
    },
  }
}
