/** The part of the contract that is about sessions: where they are at home, and letting them go. */
import { z } from 'zod'
import { sessionPage, sessionQuery } from './models/session.ts'

export const sessionRoutes = {
  'session.list': { input: sessionQuery, output: sessionPage },
  /** Its next request goes by the Pool's usual order. False where there is no such session any more. */
  'session.release': {
    input: z.object({ id: z.string().min(1).max(100) }),
    output: z.object({ released: z.boolean() }),
  },
  /** The same of all that match, of which there may be more than a list shows. */
  'session.releaseAll': {
    input: sessionQuery.omit({ limit: true }),
    output: z.object({ released: z.number().int() }),
  },
} satisfies Record<string, { input: z.ZodType; output: z.ZodType }>
