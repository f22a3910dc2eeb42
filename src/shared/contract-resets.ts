/** The part of the contract that is about saved resets: which there are, using one, letting an unclear one be. */
import { z } from 'zod'
import { resetUse, savedReset } from './models/quota.ts'

const byId = z.object({ id: z.string() })

export const resetRoutes = {
  /** Asks the provider, at most every ten seconds. `savedResets` is null where it has none to speak of. */
  'account.resets': {
    input: byId,
    output: z.object({ savedResets: z.array(savedReset).nullable(), resetUse: resetUse.nullable() }),
  },
  /**
   * Uses one, which cannot be undone. The answer says how it stands: `pending` where nobody knows yet, and then no other
   * is sent. It is never sent twice.
   */
  'account.redeemReset': { input: byId.extend({ resetId: z.string().min(1).max(200) }), output: resetUse },
  /** Lets one be that nobody confirmed within 30 minutes, so that another can be used. */
  'account.settleReset': { input: byId.extend({ useId: z.string().min(1).max(200) }), output: resetUse },
} satisfies Record<string, { input: z.ZodType; output: z.ZodType }>
