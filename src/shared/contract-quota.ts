/** The part of the contract that is about the quota of ChatGPT accounts. */
import { z } from 'zod'
import { accountQuota, quotaCourse } from './models/quota.ts'

const byId = z.object({ id: z.string() })

export const quotaRoutes = {
  /** What is known; nobody is asked. */
  'account.quota': { input: byId, output: accountQuota },
  /** How its windows filled, one course for each. */
  'account.quotaCourse': {
    input: byId.extend({ hours: z.number().int().min(1).max(1_440) }),
    output: z.array(quotaCourse),
  },
  /** Asks the provider now; within a minute of the last time, what is known. */
  'account.quotaRefresh': { input: byId, output: accountQuota },
} satisfies Record<string, { input: z.ZodType; output: z.ZodType }>
