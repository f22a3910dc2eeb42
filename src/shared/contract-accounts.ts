/** The part of the contract that is about ChatGPT accounts: signing in, in each of the ways, again as well. */
import { z } from 'zod'
import { accountBegin, accountFlow, accountFound, accountImport } from './models/account.ts'
import { upstream } from './models/upstream.ts'

const byId = z.object({ id: z.string() })

export const accountRoutes = {
  /** Starts a sign-in, which lasts 10 minutes. It ends by itself where it can; `account.flow` says how it stands. */
  'account.begin': { input: accountBegin, output: accountFlow },
  'account.flow': { input: byId, output: accountFlow },
  /** Browser sign-in: the address that the browser was sent back to, pasted by the operator. */
  'account.complete': { input: byId.extend({ callbackUrl: z.string().min(1).max(8_000) }), output: accountFlow },
  'account.cancel': { input: byId, output: accountFlow },
  /** `warning`: what the operator should know of tokens that somebody else holds, too; null where nobody does. */
  'account.import': { input: accountImport, output: z.object({ upstream, warning: z.string().nullable() }) },
  /** Looks at the operator's own Codex, when the operator asks. */
  'account.found': { input: z.object({}), output: accountFound },
} satisfies Record<string, { input: z.ZodType; output: z.ZodType }>
