/** Whether a saved reset took, by the account's own figures. Pure. */
import type { AccountWindow } from '../../../shared/models/quota.ts'
import type { FormerWindow } from '../../db/reset-use-store.ts'

type SeenWindow = Pick<AccountWindow, 'meter' | 'minutes' | 'usedPercent' | 'observedAt'>

/** Sources round differently; less than this is no fall. Percent points. */
const LEAST_FALL = 1

export interface Sending {
  /** Epoch ms at which the reset was sent, and now. */
  readonly at: number
  readonly now: number
}

/**
 * True where a window that was read after the sending has less used than before it, and its own reset has not come yet:
 * nothing but a saved reset does that. A window without its own reset to come tells nothing.
 */
export function hasFallen(before: readonly FormerWindow[], seen: readonly SeenWindow[], { at, now }: Sending): boolean {
  return seen.some(({ meter, minutes, usedPercent, observedAt }) => {
    const former = before.find((window) => window.meter === meter && window.minutes === minutes)
    if (former === undefined || observedAt <= at) return false
    const isToCome = former.resetsAt !== null && former.resetsAt > now
    return isToCome && former.usedPercent - usedPercent >= LEAST_FALL
  })
}
